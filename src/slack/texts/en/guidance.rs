//! What only people can do, in English.
//! Never here: commands; they are the same in every language and come with the case.

use super::En;
use crate::case::guidance::{Advised, Blank};
use crate::slack::texts::GuidanceWords;

impl GuidanceWords for En {
    #[expect(clippy::too_many_lines, reason = "one sentence an arm, nothing else")]
    fn advised(&self, what: Advised) -> &'static str {
        match what {
            Advised::AskUser => {
                "Ask whoever uses this identity, by a way you know, three things: was it this call, at this time, \
                 from this address? One no counts as no."
            }
            Advised::TraceKey => {
                "Find out who got this session: the event that issued it names the caller. If that is a session \
                 again, look up its key the same way. Events can take 15 minutes to show."
            }
            Advised::LookUpCalls => {
                "See what else was done with this credential, above all new users, keys, roles, policies and \
                 instances; look in us-east-1 and in every Region you do not use."
            }
            Advised::CheckPermissions => {
                "See which permissions it has and which it used, and take away the rest. The answer is a job to ask \
                 for again after some seconds."
            }
            Advised::RotateKey => {
                "If a program needs the key: make a new one, put it in place, see that it works, and only then delete \
                 the old one. A user can have two keys."
            }
            Advised::ChangePassword => {
                "If it was not them, take the console password away and give a new one by a safe way, never through \
                 Slack. Check their MFA devices for one that is not theirs."
            }
            Advised::AccountArticle => {
                "If more than this one credential may be in the wrong hands, follow AWS's steps for a compromised \
                 account:"
            }
            Advised::SsoUserId => {
                "This is a person of IAM Identity Center; AWS does not let anybody change the role. Look up the \
                 person's id, in the account and Region of Identity Center."
            }
            Advised::SsoPolicy => {
                "Fastest way to stop them everywhere: a service control policy with that id, attached to the \
                 root or to the accounts concerned (Organizations, management account; it does not bind that account \
                 itself)."
            }
            Advised::SsoPermissionSet => {
                "Or put the same statement into the permission set as deny.json; it takes some minutes and reaches \
                 every account that uses the set. Keep the inline policy that is there now."
            }
            Advised::SsoNewSessions => {
                "Then keep new sessions from being opened: disable the person in Identity Center or at your identity \
                 provider, and end their sessions there. This alone does not stop sessions that are open already."
            }
            Advised::SsoKeep => {
                "Keep the denial for 12 hours at least: sessions that are open run that long, and would work again."
            }
            Advised::ServiceNoRevoke => {
                "This role belongs to an AWS service: its sessions cannot be revoked and it cannot be changed. Do not \
                 delete it before you know what uses it."
            }
            Advised::ServiceLook => {
                "Find out which service it belongs to and what told that service to act: look for who changed its \
                 settings shortly before, and contain that identity. If you do not use the service, switch it off there."
            }
            Advised::RootNotByChat => {
                "This is the root user of the account. Do not ask its owner in Slack: whoever holds root may read \
                 along. Call the people who keep the root credentials, on numbers you have from before."
            }
            Advised::RootContact => {
                "The account's security contact, if you need to find them (from the management account, or without \
                 the account id in the account itself):"
            }
            Advised::RootDeny => {
                "No IAM policy binds root. In a member account of an organization this service control policy does; \
                 attach it to that account. It has no effect in the management account."
            }
            Advised::RootAudit => {
                "In a member account with centralized root access: see which root credentials there are."
            }
            Advised::RootDelete => {
                "The same way removes its password, keys, certificates and MFA. *This cannot be undone*; a second \
                 person should agree."
            }
            Advised::RootManagement => {
                "In a management or single account: sign in as root, change the password and the mail address's \
                 password, delete root's access keys, and check its MFA devices."
            }
            Advised::Support => {
                "Open a case with AWS Support (account and billing, or technical). The incident response team can be \
                 reached from any plan."
            }
            Advised::FederatedIssuer => {
                "A user of this account, or root, made this session with GetFederationToken. The event that issued it \
                 says who."
            }
            Advised::FederatedDeny => {
                "The session can only be stopped through that user: deny everything to them, or cut their sessions \
                 off. This hits every session they made. If root made it, nothing stops it before it ends (36 hours \
                 at most)."
            }
            Advised::AccountOwner => {
                "Somebody else's AWS account called. If you know it, ask the people who run it; if not, report it:"
            }
            Advised::AccountDeny => {
                "What it may do here stands in the policies of your resources. To shut it out of a bucket, add this \
                 statement to the bucket's policy."
            }
            Advised::AnonymousOwner => {
                "Nobody signed in for this: there is no person behind it to ask. Ask the bucket's owner whether it \
                 should be open to everybody."
            }
            Advised::AnonymousBlock => {
                "If it should not, this closes it. Websites that read from it stop working."
            }
            Advised::SequenceEach => {
                "Several signals make one attack. Go through the finding's actors and resources one by one: each \
                 credential may need its own answer, and nobody of those concerned should be asked in Slack first."
            }
            Advised::WorkloadRecycle => {
                "These are a workload's own credentials. Find out how they got out, then let it have fresh ones: \
                 restart the instance, publish the function anew, or stop the task. While the hole is open, the new \
                 ones leave the same way."
            }
            Advised::RoleTrust => {
                "See who may assume this role, and whether whoever opened the session could open another one:"
            }
            Advised::InstanceScan => {
                "Have it scanned for malware: GuardDuty can, from a snapshot, without touching the instance; so can \
                 tools of the AWS Marketplace."
            }
            Advised::InstanceRebuild => {
                "Do not clean it from inside: build it anew from an image you know to be good, and take only data over."
            }
            Advised::InstanceConnections => {
                "Isolating cuts new connections. Those that are open can live on, and DNS goes through whatever the \
                 security group says. If it must fall silent at once, stop it; a network ACL would hit its whole subnet."
            }
            Advised::InstancePorts => {
                "Find out how they got in: ports open to the world, credentials on the disk, software without updates. \
                 These are its security groups:"
            }
            Advised::InstanceTerminate => {
                "Only when its snapshots are complete and a second person agrees, terminate it and replace it. *This \
                 cannot be undone.*"
            }
            Advised::InstanceReading => {
                "Before it comes back, read how to keep instances safe and how to respond to an incident:"
            }
            Advised::Community => {
                "Others may have seen the same. Name no account and no address when you ask:"
            }
            Advised::Suppress => {
                "If this is expected and will come again, a suppression rule by type and by address or image keeps it \
                 away. Two people should agree on it, and it should end on a date."
            }
            Advised::Kubernetes => {
                "Ask the cluster's team. If it was not them: take away the role binding of the user or service \
                 account, isolate the pod or the node, and change the secrets it could read."
            }
            Advised::Database => {
                "Ask the database's owner whether this sign-in was theirs. If not: change the password of the database \
                 user, close public access, and see what was read. With IAM authentication contain the identity."
            }
            Advised::Function => {
                "Ask whoever changed the function last. If it is not expected: set its concurrency to 0, disable its \
                 triggers, revoke the sessions of its role, and look at its code and its dependencies."
            }
            Advised::Container => {
                "Ask the service's team. If it is not expected: stop the task (keep its logs), revoke the sessions of \
                 its role, and rebuild the image from a known good source."
            }
            Advised::Runtime => {
                "A process inside the workload did this. Ask its team; if it is not expected, isolate the host or stop \
                 the task, keep a copy of the disk, and treat every credential in its reach as stolen."
            }
            Advised::Malware => {
                "Nobody should open or run what was found. Ask who put it there and whether it is a test file; if not, \
                 deny access to it, do not restore it, and find out where else it went."
            }
            Advised::UnknownType => {
                "This type of finding is new to vouch. Read AWS's page on it, find out what is concerned, and ask its \
                 owner whether it was expected."
            }
        }
    }

    fn blank(&self, what: Blank) -> &'static str {
        match what {
            Blank::Name | Blank::UserName | Blank::Key | Blank::Bucket | Blank::Instance => {
                "The finding does not say it, or it has characters that do not belong in a command. Look it up in the \
                 console."
            }
            Blank::IdentityStore => "`aws sso-admin list-instances` shows it, where Identity Center is.",
            Blank::UserId => "The answer to the command of the step before.",
            Blank::InstanceArn => "`aws sso-admin list-instances` shows it, where Identity Center is.",
            Blank::PermissionSet => {
                "The ARN of the permission set of that name. `aws sso-admin list-permission-sets` lists them."
            }
            Blank::Issuer => {
                "The user name of whoever called GetFederationToken, in the answer to the command of the step before."
            }
            Blank::Quarantine => "A managed policy of that account that denies everything.",
            Blank::TheirAccount => "The account of the caller. CloudTrail's event names it.",
        }
    }
}
