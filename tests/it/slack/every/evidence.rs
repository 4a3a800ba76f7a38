//! Cards with every kind of evidence: users, roles, root, and each way that following a session can end.
//! Never here: assertions.

use super::super::fixtures::noon;
use super::{full_card, or};
use vouch::case::evidence::{
    Chain, ChainEnd, Hop, KeyFact, Made, OtherCredential, OtherKind, RootFact, ServiceUse,
};
use vouch::case::message::{CardView, EvidenceView, Message};
use vouch::case::principal::AccountId;

pub(super) fn cards(nasty: Option<&str>, all: &mut Vec<(String, Message)>) {
    let text = |word: &str| or(nasty, word);
    let mut add = |name: &str, evidence: EvidenceView| {
        let view = CardView { evidence, ..full_card(nasty) };
        all.push((format!("card-evidence-{name}"), Message::Card(Box::new(view))));
    };
    let other = |kind, active| OtherCredential { kind, name: text("codecommit.amazonaws.com"), active };
    let made = Made { at: noon(), event: text("CreateUser"), what: text("backdoor") };
    add(
        "user",
        EvidenceView {
            made_lately: Some(noon()),
            keys: vec![KeyFact {
                id: text("AKIAIOSFODNN7EXAMPLE"),
                active: false,
                last_used: None,
                last_service: None,
            }],
            writes_iam: true,
            console_password: Some(true),
            mfa_devices: Some(2),
            boundary: Some(text("arn:aws:iam::aws:policy/ReadOnlyAccess")),
            services: vec![ServiceUse { service: text("s3"), last: noon() }],
            others: vec![
                other(OtherKind::ServiceSpecific, true),
                other(OtherKind::SshKey, false),
                other(OtherKind::SigningCertificate, true),
            ],
            made: vec![made.clone(), Made { what: String::new(), ..made }],
            gaps: vec![text("iam:GetUser in account 111122223333, us-east-1 failed")],
            ..EvidenceView::default()
        },
    );
    for (keys, mfa) in [(true, false), (false, true)] {
        add("root", EvidenceView { root: Some(RootFact { keys, mfa }), ..EvidenceView::default() });
    }
    let hop = Hop {
        at: noon(),
        event: text("AssumeRole"),
        by: text("arn:aws:sts::111122223333:assumed-role/Ops/bo"),
        key: None,
        source_identity: None,
    };
    let ends = [
        ChainEnd::User { arn: text("arn:aws:iam::111122223333:user/bo") },
        ChainEnd::Root { account: AccountId::parse("111122223333") },
        ChainEnd::Provider { provider: text("idp"), subject: text("bo@example.com") },
        ChainEnd::Service { name: text("ec2.amazonaws.com") },
        ChainEnd::Elsewhere { account: text("444455556666") },
        ChainEnd::NotFound { yet: true },
        ChainEnd::NotFound { yet: false },
        ChainEnd::TooLong,
        ChainEnd::Unclear { what: text("AssumeRole by somebody") },
    ];
    for end in ends {
        let chain = Some(Chain { hops: vec![hop.clone(); 5], end });
        let trusts = vec![text("ec2.amazonaws.com"); 5];
        add("role", EvidenceView { admin: true, trusts, chain, ..EvidenceView::default() });
    }
}
