//! English names for the values of a case.
//! Never here: whole messages.

use super::En;
use crate::case::event::{Answer, NotNow};
use crate::case::guard::Mode;
use crate::case::owner::{Confidence, Source};
use crate::case::prompt::{PromptState, Verdict};
use crate::case::remedy::{ActState, Remedy};
use crate::case::state::{Closing, ProposalKind, Stage};
use crate::slack::texts::Nouns;

impl Nouns for En {
    fn remedy(&self, remedy: Remedy) -> &'static str {
        match remedy {
            Remedy::DeactivateKey => "Switch off this access key",
            Remedy::DeactivateAllKeys => "Switch off all access keys of this user",
            Remedy::CutSessions => "Cut all open sessions of this user",
            Remedy::DisableConsole => "Take away the console password",
            Remedy::QuarantineUser => "Quarantine this user",
            Remedy::RevokeSession => "Cut this session",
            Remedy::RevokeRoleSessions => "Cut all sessions of this role",
            Remedy::QuarantineRole => "Quarantine this role",
            Remedy::SnapshotInstance => "Take snapshots of this instance",
            Remedy::IsolateInstance => "Isolate this instance",
            Remedy::DetachInstanceProfile => "Take the role from this instance",
            Remedy::RequireImdsv2 => "Require IMDSv2 on this instance",
            Remedy::StopInstance => "Stop this instance",
            Remedy::BlockBucketPublicAccess => "Block public access to this bucket",
            Remedy::BlockAccountPublicAccess => "Block public access to all buckets of the account",
            Remedy::DenyPrincipalOnBucket => "Keep this identity out of the bucket",
            Remedy::MakeAclPrivate => "Make the bucket's ACL private",
            Remedy::RemoveCors => "Remove the bucket's CORS rules",
            Remedy::Advise => "Change nothing, show what to do by hand",
            Remedy::Cut => "Stop this credential",
            Remedy::Contain => "Contain everything that can be undone",
        }
    }

    fn breaks(&self, remedy: Remedy) -> &'static str {
        match remedy {
            Remedy::DeactivateKey => "every program that uses this key stops working",
            Remedy::DeactivateAllKeys => "every program that uses any key of this user stops working",
            Remedy::CutSessions => "sessions opened before now lose access and must sign in again",
            Remedy::DisableConsole => "the user cannot sign in to the console until given a new password",
            Remedy::QuarantineUser => "the user can do nothing at all until released",
            Remedy::RevokeSession => "this one session loses access; others go on",
            Remedy::RevokeRoleSessions => "everybody and everything on this role must sign in again",
            Remedy::QuarantineRole => "everybody and everything on this role can do nothing until released",
            Remedy::SnapshotInstance => "nothing stops; snapshots cost storage",
            Remedy::IsolateInstance => "the instance loses all network connections",
            Remedy::DetachInstanceProfile => "programs on the instance lose their AWS access",
            Remedy::RequireImdsv2 => "programs that use IMDSv1 lose their AWS access",
            Remedy::StopInstance => "the instance stops; memory and instance store are lost",
            Remedy::BlockBucketPublicAccess => "public access to this bucket ends, websites included",
            Remedy::BlockAccountPublicAccess => {
                "public access to every bucket of the account ends, websites included"
            }
            Remedy::DenyPrincipalOnBucket => "this identity can no longer use the bucket",
            Remedy::MakeAclPrivate => "access given by ACL ends, for other accounts too",
            Remedy::RemoveCors => "web pages of other sites can no longer use the bucket",
            Remedy::Advise => "nothing stops",
            Remedy::Cut => "everything that uses this credential stops working",
            Remedy::Contain => "everything that uses this identity or resource stops working",
        }
    }

    fn act_state(&self, state: ActState) -> &'static str {
        match state {
            ActState::Planned => "planned",
            ActState::Applied => "done, being checked",
            ActState::Verified => "done and checked",
            ActState::Failed => "failed",
            ActState::Undone => "undone",
            ActState::DryRun => "dry run: nothing was changed",
        }
    }

    fn prompt_state(&self, state: PromptState) -> &'static str {
        match state {
            PromptState::Sending => "being asked",
            PromptState::Open => "asked, no answer yet",
            PromptState::Answered => "answered",
            PromptState::Superseded => "settled without them",
            PromptState::Expired => "did not answer in time",
            PromptState::Failed => "could not be asked",
        }
    }

    fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Mine => "It was me",
            Verdict::Partial => "Only partly me, which counts as not me",
            Verdict::NotMine => "Not me",
            Verdict::Unsure => "Not sure",
        }
    }

    fn stage(&self, stage: Stage) -> &'static str {
        match stage {
            Stage::Tracing => "Looking for the owner",
            Stage::Asking => "Waiting for an answer",
            Stage::AwaitingApproval => "Waiting for a responder's approval",
            Stage::Remedying => "Acting now",
            Stage::Verifying => "Checking that it worked",
            Stage::Stuck => "A responder must act",
            Stage::Closed => "Closed",
        }
    }

    fn closing(&self, closing: Closing) -> &'static str {
        match closing {
            Closing::Vouched => "vouched for",
            Closing::Contained => "contained",
            Closing::Dismissed => "dismissed by a responder",
            Closing::Recorded => "recorded, nothing was changed",
            Closing::Undone => "undone by a responder",
        }
    }

    fn source(&self, source: Source) -> &'static str {
        match source {
            Source::Static => "the security team's list names you",
            Source::Sso => "the company directory names you",
            Source::Trail => "the AWS activity log leads to you",
            Source::Tags => "a tag names you",
            Source::Creator => "you created it",
            Source::Account => "you answer for this account",
        }
    }

    fn source_of(&self, source: Source) -> &'static str {
        match source {
            Source::Static => "named in the settings",
            Source::Sso => "named in the company directory",
            Source::Trail => "found through the AWS activity log",
            Source::Tags => "named in a tag",
            Source::Creator => "created it",
            Source::Account => "answers for the account",
        }
    }

    fn confidence(&self, confidence: Confidence) -> &'static str {
        match confidence {
            Confidence::Low => "low confidence",
            Confidence::Medium => "medium confidence",
            Confidence::High => "high confidence",
        }
    }

    fn proposal(&self, kind: ProposalKind) -> &'static str {
        match kind {
            ProposalKind::Vouch => "accept the answer It was me",
            ProposalKind::Plan => "carry this out",
            ProposalKind::Release => "release what was contained, since the owner says it was theirs",
            ProposalKind::Undo => "undo what was done",
            ProposalKind::Dismiss => "dismiss this case",
            ProposalKind::Done => "accept that it was done by hand",
        }
    }

    fn severity(&self, severity: f64) -> &'static str {
        // GuardDuty user guide, severity levels of findings.
        if severity >= 9.0 {
            "Critical"
        } else if severity >= 7.0 {
            "High"
        } else if severity >= 4.0 {
            "Medium"
        } else {
            "Low"
        }
    }

    fn mode(&self, mode: Mode) -> &'static str {
        match mode {
            Mode::Observe => "Observe mode: nobody is asked and nothing is changed.",
            Mode::DryRun => "Dry run: nothing will be changed in AWS, whatever is pressed here.",
            Mode::Enforce => "",
        }
    }

    fn answer(&self, answer: &Answer) -> &'static str {
        match answer {
            Answer::Accepted => "Thank you, that is noted.",
            Answer::FieldErrors { .. } => "Something is missing. Please look at the form again.",
            Answer::NotYours => "Only the people this was sent to can answer it. Your click was not counted.",
            Answer::FactsChanged => {
                "The facts changed while you were answering. Nothing was decided: please look at the message again."
            }
            Answer::AlreadyAnswered => "This was answered already. Your click was not counted.",
            Answer::NotNow { why } => self.not_now(*why),
        }
    }

    fn not_now(&self, why: NotNow) -> &'static str {
        match why {
            NotNow::Settled => "This case is settled already. Your click was not counted.",
            NotNow::NothingToUndo => "There is nothing to undo in this case.",
            NotNow::UndoWindowOver => "It is too late to undo this here. It has to be done by hand.",
            NotNow::NothingToApprove => "There is nothing to approve in this case right now.",
            NotNow::OwnVoice => "A second person has to decide this: you answered or proposed it yourself.",
            NotNow::WritesStopped => "Changes are stopped right now. Resume them first, then approve.",
            NotNow::Busy => "Something is under way in this case. Please try again in a moment.",
        }
    }

    fn clauses(&self, clauses: &[&str]) -> String {
        clauses.join("; ")
    }

    fn sample(&self) -> &'static str {
        "SAMPLE"
    }

    fn and_more(&self, count: usize) -> String {
        format!("and {count} more")
    }

    fn case(&self, case: &str) -> String {
        format!("Case {case}")
    }
}
