//! The policies that `vouch iam-policy` prints, held against an emulator that enforces them: with all of it
//! everything works, and without any one action something does not.
//! Never here: what is tried; remedies and look-ups bring that with their own tests.

use crate::emulator::Calls;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;
use vouch::case::remedy::Remedy;

/// Permissions that the emulator does not ask for, mostly because it lacks the call, and the one that only `vouch check`
/// uses. That they are printed, and used, is judged from the calls that all tests make together (`tests/deploy/calls.py`).
pub(crate) const UNASKED: [&str; 12] = [
    "iam:GenerateServiceLastAccessedDetails",
    "iam:GetInstanceProfile",
    "iam:GetServiceLastAccessedDetails",
    "iam:PassRole",
    "iam:ListSSHPublicKeys",
    "iam:ListServiceSpecificCredentials",
    "iam:ListSigningCertificates",
    "iam:SimulatePrincipalPolicy",
    "s3:GetAccountPublicAccessBlock",
    "s3:ListAccessPoints",
    "s3:PutAccountPublicAccessBlock",
    "sts:SetSourceIdentity",
];

/// One of the printed documents.
#[derive(Debug, Clone)]
pub(crate) struct Policy(Value);

/// What came of doing something with a policy.
#[derive(Debug)]
pub(crate) struct Tried {
    /// Actions that were needed, whether or not they were allowed.
    pub(crate) needed: BTreeSet<String>,
    denied: BTreeSet<String>,
    /// Everything that was said to be missing or wrong.
    said: Vec<String>,
}

/// Whoever may attach any policy may become anything: each statement that allows one of these calls names the policy,
/// strictly. Gives how many do.
fn held_to_one_policy(printed: &Value) -> usize {
    let statements = printed["Statement"].as_array().unwrap().iter();
    let allows = statements.filter(|statement| statement["Effect"] == "Allow");
    let pinned =
        allows.filter(|s| Remedy::PINNED.iter().any(|action| s["Action"].to_string().contains(action)));
    pinned
        .inspect(|statement| {
            let only = &statement["Condition"]["ArnLike"]["iam:PolicyARN"];
            let named = only.as_array().is_some_and(|arns| !arns.is_empty());
            assert!(named && only.to_string().contains(":policy/vouch/VouchQuarantine"), "{statement}");
        })
        .count()
}

impl Policy {
    /// As the real program prints it for `evidence` or `respond`, with every source asked and every remedy offered.
    pub(crate) fn printed(role: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("everything.toml");
        let all: Vec<&str> = Remedy::ALL.iter().map(|remedy| remedy.as_str()).collect();
        std::fs::write(&path, format!("[[rule]]\nname = \"everything\"\noffer = {all:?}\n")).unwrap();
        let printed = Command::new(env!("CARGO_BIN_EXE_vouch"))
            .env_clear()
            .env("VOUCH__QUEUE__URL", "https://sqs.eu-central-1.amazonaws.com/000000000000/findings")
            .env("VOUCH__SLACK__SECURITY_CHANNEL", "C0SECURITY")
            .env("VOUCH__SLACK__RESPONDERS", "U0RESP1")
            .env("VOUCH__AWS__EVIDENCE_ROLE", "arn:{partition}:iam::{account}:role/vouch/vouch-evidence")
            .env("VOUCH__AWS__RESPOND_ROLE", "arn:{partition}:iam::{account}:role/vouch/vouch-respond")
            .env("VOUCH__OWNERS__IDENTITY_STORE_ID", "d-1234567890")
            .env("VOUCH__OWNERS__IDENTITY_STORE_REGION", "us-east-1")
            .args(["--config", path.to_str().unwrap(), "iam-policy", role])
            .output()
            .unwrap();
        assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
        let text = String::from_utf8(printed.stdout).unwrap();
        let held = held_to_one_policy(&serde_json::from_str(&text).unwrap());
        assert_eq!(held, usize::from(role == "respond"), "{text}");
        // The emulator does not say which policy is attached (`iam:PolicyARN`), so nothing can be held to one there.
        Self(serde_json::from_str(&text.replace("\"ArnLike\"", "\"ArnLikeIfExists\"")).unwrap())
    }

    /// What it allows of one service, such as `iam`.
    pub(crate) fn actions(&self, service: &str) -> BTreeSet<String> {
        let statements = self.0["Statement"].as_array().unwrap().iter();
        let allows = statements.filter(|statement| statement["Effect"] == "Allow");
        let actions = allows.flat_map(|statement| statement["Action"].as_array().unwrap());
        let named = actions.map(|action| action.as_str().unwrap().to_owned());
        named.filter(|action| action.starts_with(&format!("{service}:"))).collect()
    }

    /// The whole document.
    pub(crate) fn text(&self) -> String {
        self.0.to_string()
    }

    /// The document but for one action.
    pub(crate) fn without(&self, action: &str) -> String {
        let mut lesser = self.0.clone();
        for statement in lesser["Statement"].as_array_mut().unwrap() {
            if statement["Effect"] == "Allow" {
                statement["Action"].as_array_mut().unwrap().retain(|named| named != action);
            }
        }
        // IAM takes no statement without an action.
        lesser["Statement"].as_array_mut().unwrap().retain(|one| one["Action"] != json!([]));
        assert_ne!(lesser, self.0, "{action} is not allowed in the first place");
        lesser.to_string()
    }
}

impl Tried {
    pub(crate) fn of(calls: &Calls, said: Vec<String>) -> Self {
        let mut denied = calls.denied();
        // The one call that is made without leave to make it: a refusal tells the bucket's Region too.
        denied.remove("s3:ListBucket");
        Self { needed: calls.actions(), denied, said }
    }

    fn complains(&self) -> bool {
        self.said.iter().any(|said| said.contains("AccessDenied"))
    }

    pub(crate) fn went_well(self) -> Self {
        assert!(self.denied.is_empty() && !self.complains(), "with all that is printed: {self:?}");
        self
    }

    /// The action was taken away, was asked for, and somebody is told.
    pub(crate) fn missed(&self, action: &str) {
        assert_eq!(self.denied, BTreeSet::from([action.to_owned()]), "without {action}: {self:?}");
        assert!(self.complains(), "nobody is told that {action} is missing: {self:?}");
    }
}
