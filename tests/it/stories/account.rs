//! A story's own corner of the shared AWS account: an IAM user with a key, a queue, and the daemon's own identity.
//! Never here: GuardDuty; that is the sim's.

use super::report::{ACCOUNT, Accused, REGION};
use aws_sdk_iam::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_iam::types::StatusType;
use aws_sdk_sqs::types::QueueAttributeName::{
    ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible, QueueArn, RedrivePolicy,
    VisibilityTimeout,
};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

/// The accused's keys and queue, as root sees them.
pub(crate) struct Account {
    emulator: SocketAddr,
    iam: aws_sdk_iam::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) accused: Accused,
    secret: String,
    pub(crate) queue_url: String,
    pub(crate) dead_url: String,
    /// Access key id and secret of the daemon.
    pub(crate) own: (String, String),
}

/// Seconds until an unacknowledged message comes back.
const VISIBILITY: &str = "3";

fn iam(emulator: SocketAddr, credentials: Credentials) -> aws_sdk_iam::Client {
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .endpoint_url(format!("http://{emulator}"))
        .credentials_provider(credentials);
    aws_sdk_iam::Client::from_conf(config.build())
}

fn sqs(emulator: SocketAddr, credentials: Credentials) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .endpoint_url(format!("http://{emulator}"))
        .credentials_provider(credentials);
    aws_sdk_sqs::Client::from_conf(config.build())
}

fn keys(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials::new(id, secret, token.map(str::to_owned), None, "story")
}

impl Account {
    /// `receives`: after so many a message goes to the dead-letter queue.
    pub(crate) async fn open(emulator: SocketAddr, story: &str, receives: u32) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{story}-{n}");
        let root = keys("test", "test", None);
        let (iam, sqs) = (iam(emulator, root.clone()), sqs(emulator, root));
        let (queue_url, dead_url, queue_arn) = queue(&sqs, &name, receives).await;

        let user = format!("ci-{name}");
        let made = iam.create_user().user_name(&user).send().await.expect("a user is made");
        let made = made.user.expect("IAM tells of the user");
        // What the key is good for, so that its refusal means something.
        put_policy(&iam, &user, "work", &json!(["sts:*", "iam:GetUser"]), &made.arn).await;
        let (key, secret) = new_key(&iam, &user).await;

        let own = format!("vouch-{name}");
        iam.create_user().user_name(&own).send().await.expect("the daemon's user is made");
        let queue = json!([
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
            // AWS knows no such actions; the emulator asks for them all the same.
            "sqs:DeleteMessageBatch",
            "sqs:ChangeMessageVisibilityBatch",
            "sqs:GetQueueAttributes"
        ]);
        put_policy(&iam, &own, "queue", &queue, &queue_arn).await;
        let ours = format!("{}*", made.arn);
        let evidence = json!([
            "iam:GetUser",
            "iam:ListUserTags",
            "iam:ListAccessKeys",
            "iam:GetLoginProfile",
            "iam:ListMFADevices",
            "iam:ListUserPolicies",
            "iam:ListAttachedUserPolicies",
            "iam:ListGroupsForUser",
        ]);
        put_policy(&iam, &own, "evidence", &evidence, &ours).await;
        // Its request names a key only, and the emulator does not look up whose key that is.
        put_policy(&iam, &own, "last-used", &json!(["iam:GetAccessKeyLastUsed"]), "*").await;
        let respond = json!([
            "iam:UpdateAccessKey",
            "iam:GetUserPolicy",
            "iam:PutUserPolicy",
            "iam:DeleteUserPolicy",
            "iam:AttachUserPolicy",
            "iam:DetachUserPolicy",
            "iam:DeleteLoginProfile",
        ]);
        put_policy(&iam, &own, "respond", &respond, &ours).await;
        let own = new_key(&iam, &own).await;

        let accused = Accused { user, unique_id: made.user_id, key };
        Self { emulator, iam, sqs, accused, secret, queue_url, dead_url, own }
    }

    /// The daemon's own user may do these, with whatever there is.
    pub(crate) async fn allow_own(&self, actions: &[&str]) {
        let own = self.accused.user.replacen("ci-", "vouch-", 1);
        put_policy(&self.iam, &own, "more", &json!(actions), "*").await;
    }

    /// A role that the daemon's own user may assume with this external id, and that may do these.
    pub(crate) async fn role(&self, name: &str, external_id: &str, actions: &[&str]) {
        let own = self.accused.user.replacen("ci-", "vouch-", 1);
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:user/{own}")},
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
            "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
        }]});
        let made = self.iam.create_role().role_name(name).assume_role_policy_document(trust.to_string());
        made.send().await.expect("a role is made");
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": "*"}
        ]});
        let put = self.iam.put_role_policy().role_name(name).policy_name("work");
        put.policy_document(policy.to_string()).send().await.expect("a policy is put");
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:user/{}", self.accused.user)
    }

    pub(crate) async fn send(&self, body: &str) {
        let sent = self.sqs.send_message().queue_url(&self.queue_url).message_body(body).send().await;
        sent.expect("the queue takes a message");
    }

    /// In batches of ten.
    pub(crate) async fn send_all(&self, bodies: &[String]) {
        for ten in bodies.chunks(10) {
            let entry = |(n, body): (usize, &String)| {
                let entry = SendMessageBatchRequestEntry::builder().id(n.to_string()).message_body(body);
                entry.build().expect("a whole entry")
            };
            let entries = ten.iter().enumerate().map(entry).collect();
            let sent = self.sqs.send_message_batch().queue_url(&self.queue_url).set_entries(Some(entries));
            assert!(sent.send().await.expect("the queue takes messages").failed.is_empty());
        }
    }

    /// `(visible, in flight)` messages.
    pub(crate) async fn queued(&self, url: &str) -> (u32, u32) {
        let names = [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible];
        let read = self.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
        let read = read.send().await.expect("the queue can be read").attributes.unwrap_or_default();
        let count = |name| read.get(name).and_then(|n: &String| n.parse().ok()).unwrap_or(0);
        (count(&names[0]), count(&names[1]))
    }

    /// The accused key's own next call. `Err` with the code when it is refused.
    pub(crate) async fn use_key(&self) -> Result<(), String> {
        let own = iam(self.emulator, keys(&self.accused.key, &self.secret, None));
        match own.get_user().user_name(&self.accused.user).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(code(&error)),
        }
    }

    /// A session of the accused user, taken out with its key.
    pub(crate) async fn session(&self) -> aws_sdk_iam::Client {
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .endpoint_url(format!("http://{}", self.emulator))
            .credentials_provider(keys(&self.accused.key, &self.secret, None));
        let sts = aws_sdk_sts::Client::from_conf(config.build());
        let session = sts.get_session_token().send().await.expect("the key still works");
        let session = session.credentials.expect("STS gives credentials");
        let token = Some(session.session_token.as_str());
        iam(self.emulator, keys(&session.access_key_id, &session.secret_access_key, token))
    }

    /// The session's own next call.
    pub(crate) async fn use_session(&self, session: &aws_sdk_iam::Client) -> Result<(), String> {
        match session.get_user().user_name(&self.accused.user).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(code(&error)),
        }
    }

    /// Whether the key is active, as IAM says.
    pub(crate) async fn key_is_active(&self) -> bool {
        let listed = self.iam.list_access_keys().user_name(&self.accused.user).send().await;
        let listed = listed.expect("IAM lists keys").access_key_metadata;
        let ours = listed.iter().find(|key| key.access_key_id.as_deref() == Some(&self.accused.key));
        ours.and_then(|key| key.status.clone()).expect("the key is there") == StatusType::Active
    }

    /// Somebody else sets the key's state.
    pub(crate) async fn set_key(&self, active: bool) {
        let status = if active { StatusType::Active } else { StatusType::Inactive };
        let set = self.iam.update_access_key().user_name(&self.accused.user).access_key_id(&self.accused.key);
        set.status(status).send().await.expect("root may set a key's state");
    }

    /// Whether the quarantine policy is attached to the user.
    pub(crate) async fn is_quarantined(&self) -> bool {
        let listed = self.iam.list_attached_user_policies().user_name(&self.accused.user).send().await;
        let listed = listed.expect("IAM lists policies").attached_policies.unwrap_or_default();
        listed.iter().any(|policy| policy.policy_name() == Some("VouchQuarantine"))
    }

    /// Of the user's inline policies, all the room that IAM gives them.
    pub(crate) async fn fill_inline(&self) {
        let names: Vec<String> = (0..60).map(|n| format!("arn:aws:s3:::{n:030}")).collect();
        let deny = json!([{"Sid": "Theirs", "Effect": "Deny", "Action": "s3:*", "Resource": names}]);
        let document = json!({"Version": "2012-10-17", "Statement": deny}).to_string();
        let put = self.iam.put_user_policy().user_name(&self.accused.user).policy_name("VouchRevoke");
        put.policy_document(document).send().await.expect("root may put a policy");
    }

    pub(crate) async fn give_password(&self) {
        let made = self.iam.create_login_profile().user_name(&self.accused.user).password("Correct-Horse-7");
        made.send().await.expect("root may give a password");
    }

    pub(crate) async fn has_password(&self) -> bool {
        self.iam.get_login_profile().user_name(&self.accused.user).send().await.is_ok()
    }

    /// The inline policy that cuts sessions, if it is there.
    pub(crate) async fn revocation(&self) -> Option<String> {
        let read = self.iam.get_user_policy().user_name(&self.accused.user).policy_name("VouchRevoke");
        read.send().await.ok().map(|policy| policy.policy_document)
    }

    pub(crate) async fn tag(&self, key: &str, value: &str) {
        let tag = aws_sdk_iam::types::Tag::builder().key(key).value(value).build().expect("a whole tag");
        self.iam.tag_user().user_name(&self.accused.user).tags(tag).send().await.expect("the user is tagged");
    }

    /// One more user with a key, whom the daemon may look at and act on as well.
    pub(crate) async fn another(&self) -> Accused {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let user = format!("{}-b{n}", self.accused.user);
        let made = self.iam.create_user().user_name(&user).send().await.expect("a user is made");
        let unique_id = made.user.expect("IAM tells of the user").user_id;
        let (key, _) = new_key(&self.iam, &user).await;
        Accused { user, unique_id, key }
    }

    /// Deletes the user and makes another of the same name, who is somebody else. Gives the new key's id.
    pub(crate) async fn re_create_user(&self) -> String {
        let user = &self.accused.user;
        let gone = self.iam.delete_access_key().user_name(user).access_key_id(&self.accused.key).send().await;
        gone.expect("the key is deleted");
        let gone = self.iam.delete_user_policy().user_name(user).policy_name("work").send().await;
        gone.expect("the policy is deleted");
        self.iam.delete_user().user_name(user).send().await.expect("the user is deleted");
        let made = self.iam.create_user().user_name(user).send().await.expect("a user is made");
        let id = made.user.expect("IAM tells of the user").user_id;
        assert_ne!(id, self.accused.unique_id, "another user has another id");
        new_key(&self.iam, user).await.0
    }
}

fn code<E: aws_sdk_iam::error::ProvideErrorMetadata + std::fmt::Debug>(error: &E) -> String {
    error.code().map_or_else(|| format!("{error:?}"), str::to_owned)
}

async fn queue(sqs: &aws_sdk_sqs::Client, name: &str, receives: u32) -> (String, String, String) {
    let make = |name: String| sqs.create_queue().queue_name(name);
    let arn = async |url: &str| {
        let read = sqs.get_queue_attributes().queue_url(url).attribute_names(QueueArn).send().await;
        let read = read.expect("the queue can be read").attributes.unwrap_or_default();
        read.get(&QueueArn).cloned().expect("a queue has an ARN")
    };
    let dead = make(format!("{name}-dead")).send().await.expect("a queue is made");
    let dead = dead.queue_url.expect("a queue has an URL");
    let redrive = json!({"deadLetterTargetArn": arn(&dead).await, "maxReceiveCount": receives}).to_string();
    let live = make(format!("{name}-findings"))
        .attributes(VisibilityTimeout, VISIBILITY)
        .attributes(RedrivePolicy, redrive)
        .send()
        .await
        .expect("a queue is made");
    let live = live.queue_url.expect("a queue has an URL");
    let live_arn = arn(&live).await;
    (live, dead, live_arn)
}

async fn put_policy(
    iam: &aws_sdk_iam::Client,
    user: &str,
    name: &str,
    actions: &serde_json::Value,
    resource: &str,
) {
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": resource});
    let document = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let put = iam.put_user_policy().user_name(user).policy_name(name).policy_document(document);
    put.send().await.expect("a policy is put");
}

async fn new_key(iam: &aws_sdk_iam::Client, user: &str) -> (String, String) {
    let made = iam.create_access_key().user_name(user).send().await.expect("a key is made");
    let made = made.access_key.expect("IAM tells of the key");
    (made.access_key_id, made.secret_access_key)
}
