//! Values that the tests of this room share.
//! Never here: assertions.

use jiff::Timestamp;
use vouch::case::CaseId;
use vouch::case::effect::EffectNo;
use vouch::case::event::Answered;
use vouch::case::evidence::{InstanceEvidence, InterfaceFact, KeyFact, RoleFact, ScalingFact};
use vouch::case::finding::GroupKey;
use vouch::case::guard::Mode;
use vouch::case::message::{
    ActView, AskedView, CardButton, CardView, EvidenceView, FactsView, Message, MineModal, Offer, PromptView,
};
use vouch::case::owner::{Candidate, Confidence, PersonId, Source};
use vouch::case::playbook::NoAnswer;
use vouch::case::prompt::{PromptState, Surface, Verdict};
use vouch::case::question::{About, Question};
use vouch::case::remedy::{ActState, Remedy};
use vouch::case::state::Stage;
use vouch::ports::{Delivery, Subject};
use vouch::slack::client::Identity;
use vouch::slack::token::TokenKey;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn noon() -> Timestamp {
    at("2026-11-23T12:00:00Z")
}

pub(crate) fn case() -> CaseId {
    CaseId::parse("k3w7q2mz9a").unwrap()
}

pub(super) fn group() -> GroupKey {
    serde_json::from_value("111122223333/8:iam-user".into()).expect("a key is a text")
}

pub(super) fn person(id: &str) -> PersonId {
    PersonId::parse(id).unwrap()
}

pub(super) fn key() -> TokenKey {
    TokenKey::new(b"a secret of thirty-two bytes ...".to_vec())
}

pub(super) fn surface() -> Surface {
    Surface { effect: EffectNo(7), revision: 2 }
}

pub(super) fn us() -> Identity {
    Identity {
        team: "T0VOUCH".into(),
        enterprise: None,
        app: Some("A0VOUCH".into()),
        user: "U0VOUCHBOT".into(),
        bot: Some("B0VOUCH".into()),
        scopes: vec![],
    }
}

pub(super) fn delivery(message: Message) -> Delivery {
    let subject = match &message {
        Message::Control(_) | Message::Breaker(_) | Message::Crowd(_) => Subject::Ledger,
        Message::Prompt(_)
        | Message::Card(_)
        | Message::Note(_)
        | Message::MineModal(_)
        | Message::DismissModal { .. }
        | Message::Refusal { .. } => Subject::Case(case()),
    };
    Delivery {
        subject,
        no: EffectNo(9),
        surface: surface(),
        message,
        locale: String::new(),
        since: Timestamp::UNIX_EPOCH,
        maybe_sent: false,
    }
}

pub(crate) fn facts() -> FactsView {
    let s = |text: &str| Some(text.to_owned());
    FactsView {
        finding_type: "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom".into(),
        title: "API CreateAccessKey was invoked from an IP address on a custom threat list.".into(),
        severity: 5.0,
        sample: false,
        api: s("CreateAccessKey"),
        service: s("iam"),
        error_code: None,
        first_seen: Some(at("2026-11-23T11:41:07Z")),
        last_seen: at("2026-11-23T11:58:43Z"),
        count: 3,
        findings: 1,
        source: s("198.51.100.7"),
        place: s("Amsterdam, Netherlands"),
        network_owner: s("Example Hosting"),
        known_network: false,
        user_agent: s("aws-cli/2.15.30 Python/3.11"),
        principal: "alice-deploy".into(),
        principal_arn: s("arn:aws:iam::111122223333:user/alice-deploy"),
        key_last4: s("WXYZ"),
        account: "111122223333".into(),
        regions: vec!["eu-central-1".into()],
        resource: None,
        instance: None,
        unusual: vec![],
        question: Question::Call,
        about: None,
    }
}

/// A mining instance, with every name it has written as `say`.
pub(super) fn instance(say: impl Fn(&str) -> String) -> InstanceEvidence {
    let interface = |id: &str, vpc: &str, managed| InterfaceFact {
        id: say(id),
        vpc: say(vpc),
        groups: vec![say("sg-1")],
        managed,
    };
    InstanceEvidence {
        id: say("i-0123456789abcdef0"),
        state: say("running"),
        kind: Some(say("m5.large")),
        image: Some(say("ami-0abc")),
        launched_at: Some(at("2026-11-01T08:00:00Z")),
        spot: false,
        public_addresses: vec![say("203.0.113.9")],
        interfaces: vec![
            interface("eni-1", "vpc-1", false),
            interface("eni-2", "vpc-2", false),
            interface("eni-3", "vpc-1", true),
        ],
        open_ports: vec![say("tcp 22"), say("tcp 8000-8100")],
        role: Some(RoleFact { name: say("web"), arn: say("arn"), unique_id: say("AROA1") }),
        volumes: vec![(say("/dev/sda1"), true)],
        instance_store: true,
        termination_protected: Some(true),
        imdsv2: Some(false),
        scaling: Some(ScalingFact { group: say("web-fleet"), state: "InService".to_owned() }),
        target_groups: vec![say("web-http")],
        tags: vec![(say("Name"), say("web"))],
    }
}

/// The facts of a finding about it.
pub(super) fn instance_facts() -> FactsView {
    FactsView {
        finding_type: "CryptoCurrency:EC2/BitcoinTool.B!DNS".into(),
        title: "EC2 instance i-0123456789abcdef0 is querying a domain name of a mining pool.".into(),
        api: None,
        service: None,
        principal: String::new(),
        principal_arn: None,
        key_last4: None,
        resource: Some("arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0".into()),
        instance: Some(Box::new(instance(str::to_owned))),
        question: Question::Expected,
        about: Some(About::Instance("i-0123456789abcdef0".into())),
        ..facts()
    }
}

pub(super) fn offers() -> Vec<Offer> {
    vec![
        Offer { remedy: Remedy::Cut, parts: vec![Remedy::DeactivateKey, Remedy::CutSessions] },
        Offer { remedy: Remedy::DeactivateKey, parts: vec![Remedy::DeactivateKey] },
        Offer { remedy: Remedy::Advise, parts: vec![Remedy::Advise] },
    ]
}

pub(super) fn candidate() -> Candidate {
    Candidate {
        person: person("U0ALICE"),
        source: Source::Static,
        confidence: Confidence::High,
        detail: "arn:aws:iam::111122223333:user/alice-*".into(),
        address: None,
        moved: false,
    }
}

pub(super) fn answered(verdict: Verdict, reason: &str) -> Answered {
    Answered { by: person("U0ALICE"), at: noon(), verdict, reason: reason.into() }
}

pub(super) fn prompt() -> PromptView {
    PromptView {
        case: case(),
        surface: surface(),
        person: person("U0ALICE"),
        facts: facts(),
        why: Some(candidate()),
        offers: offers(),
        mode: Mode::Enforce,
        deadline: Some(at("2026-11-23T12:15:00Z")),
        open: true,
        changed: false,
        end: None,
        done: vec![],
    }
}

pub(super) fn acts(state: ActState) -> Vec<ActView> {
    let act = |remedy, note: &str| ActView { remedy, state, at: Some(noon()), note: note.into() };
    vec![act(Remedy::DeactivateKey, "key …WXYZ was active"), act(Remedy::CutSessions, "")]
}

pub(super) fn card() -> CardView {
    CardView {
        case: case(),
        surface: surface(),
        facts: facts(),
        mode: Mode::Enforce,
        stage: Stage::Asking,
        closing: None,
        rule: "stolen keys".into(),
        evidence: EvidenceView {
            admin: true,
            keys: vec![KeyFact {
                id: "AKIAIOSFODNN7EXAWXYZ".into(),
                active: true,
                last_used: Some(noon()),
                last_service: Some("iam".into()),
            }],
            policies: vec!["AdministratorAccess".into()],
            console_password: Some(true),
            mfa_devices: Some(0),
            ..EvidenceView::default()
        },
        asked: vec![AskedView {
            person: person("U0ALICE"),
            state: PromptState::Open,
            why: Some(candidate()),
            at: Some(noon()),
        }],
        would_ask: vec![],
        answered: None,
        acts: vec![],
        contained_after: None,
        proposal: None,
        stuck: None,
        taken_by: None,
        offers: offers(),
        buttons: vec![CardButton::Contain, CardButton::Dismiss, CardButton::Take],
        revives_until: None,
        deadline: Some(at("2026-11-23T12:15:00Z")),
        dismissal: None,
        no_answer: NoAnswer::Run(Remedy::Cut),
    }
}

pub(super) fn mine() -> MineModal {
    MineModal {
        case: case(),
        surface: surface(),
        facts: facts(),
        remedy: offers().remove(0),
        mode: Mode::Enforce,
    }
}
