//! The world outside the engine, answering from a table, and a store whose rows can be spoiled.
//! Never here: what is expected of the engine.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vouch::case::CaseId;
use vouch::case::effect::{Destination, EffectNo};
use vouch::case::entry::EntryKind;
use vouch::case::event::{Answer, Confirmation};
use vouch::case::evidence::Evidence;
use vouch::case::finding::{Activity, Finding, Form};
use vouch::case::message::Message;
use vouch::case::owner::{Confidence, Handle, Lead, PersonId, Source};
use vouch::case::playbook::Ask;
use vouch::case::principal::{AccessKeyId, AccountId, Partition, Principal, PrincipalKind, Region};
use vouch::case::prompt::{Choice, Posted, Reply, Surface};
use vouch::case::remedy::{Act, Prior, Receipt, Remedy, Target};
use vouch::case::state::{Case, Stage};
use vouch::engine::{Engine, Live, Ports};
use vouch::inbox::{Inbox, Input, NotCommitted, inbox};
use vouch::metrics::Metrics;
use vouch::ports::{
    Batch, CaseStore, Clock, Delivery, Detector, Fault, Found, Investigator, Lookup, Messenger,
    OwnerDirectory, Page, People, Prepared, Profile, Query, Remediator, Stored, Undone, WriteError,
};

pub const RULE: &str = r#"
[[rule]]
name = "test"
types = ["UnauthorizedAccess:IAMUser/MaliciousIPCaller"]
stance = "ask"
ask = "owner"
deadline = "15m"
reminders = []
offer = ["cut"]
no_answer = "escalate"
escalate_to = []
voices = 1
"#;

const SETTINGS: &str = r#"
mode = "enforce"
[queue]
url = "https://sqs.us-east-1.amazonaws.com/111122223333/findings"
[slack]
security_channel = "C0SECURITY"
responders = ["U0RESP01"]
[aws]
accounts = ["111122223333"]
[guard]
max_writes_10m = 1000
max_writes_day = 1000
max_writes_account_hour = 1000
"#;

pub struct Plan {
    pub rule: String,
    pub evidence_hangs: bool,
    pub slack_away: bool,
    /// Nothing that is asked or said comes back.
    pub all_hangs: bool,
    /// So many searches for an owner are to be tried again.
    pub owners_throttled: usize,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            rule: RULE.to_owned(),
            evidence_hangs: false,
            slack_away: false,
            all_hangs: false,
            owners_throttled: 0,
        }
    }
}

#[derive(Default)]
struct Seen {
    asked: Mutex<Vec<String>>,
    posts: AtomicUsize,
    applied: AtomicUsize,
    looked_up: AtomicUsize,
    spoiled: Mutex<BTreeSet<String>>,
    /// GuardDuty's own copies.
    copies: Mutex<Vec<Finding>>,
    said: Mutex<Vec<Message>>,
    /// Whose an e-mail address is in Slack. A user of that name is known by it.
    addresses: Mutex<BTreeMap<String, String>>,
}

#[derive(Clone)]
pub struct Hands(Arc<Mutex<Timestamp>>);

impl Hands {
    pub fn forward(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now += by;
    }

    pub fn time(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        self.time()
    }
}

pub struct Outside {
    pub inbox: Inbox,
    pub clock: Hands,
    pub metrics: Arc<Metrics>,
    store: Arc<Spoilable>,
    seen: Arc<Seen>,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Outside {
    #[expect(clippy::disallowed_methods, reason = "the engine and the worker run beside the test")]
    pub async fn start(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vouch.toml");
        std::fs::write(&file, format!("{SETTINGS}{}", plan.rule)).unwrap();
        let settings = vouch::config::load_without_secrets(&[file], std::iter::empty());
        let settings = settings.unwrap_or_else(|problems| panic!("{problems}"));
        let seen = Arc::new(Seen::default());
        let store = vouch::store::open(&folder.path().join("store")).unwrap();
        let store = Arc::new(Spoilable { inner: Arc::new(store), seen: seen.clone() });
        let clock = Hands(Arc::new(Mutex::new("2026-11-23T12:00:00Z".parse().unwrap())));
        let away = Arc::new(World { seen: seen.clone(), clock: clock.clone(), plan });
        let ports = Ports {
            pager: None,
            store: store.clone(),
            clock: Arc::new(clock.clone()),
            owners: away.clone(),
            people: away.clone(),
            investigator: away.clone(),
            messenger: away.clone(),
            remediator: away.clone(),
            detector: away,
        };
        let (inbox, lanes) = inbox();
        let live = Arc::new(Live::new(settings, Some(account()), None));
        let metrics = Arc::new(Metrics::default());
        let started = Engine::start(ports, live, metrics.clone(), (inbox.clone(), lanes)).await;
        let (engine, worker) = started.unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(engine.run(stop.clone()));
        tokio::spawn(worker.run(stop.clone()));
        Self { inbox, clock, metrics, store, seen, stop, _folder: folder }
    }

    pub async fn takes(&self, finding: Finding) {
        assert_eq!(arrives(&self.inbox, finding).await, Ok(Answer::Accepted));
    }

    pub async fn until(&self, what: &str, so: impl Fn(&Self) -> bool) {
        for _ in 0..400 {
            if so(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("never: {what}; applied {}, asked {:?}", self.applied(), self.asked());
    }

    pub fn applied(&self) -> usize {
        self.seen.applied.load(Ordering::SeqCst)
    }

    pub fn looked_up(&self) -> usize {
        self.seen.looked_up.load(Ordering::SeqCst)
    }

    pub fn asked(&self) -> Vec<String> {
        self.seen.asked.lock().unwrap().clone()
    }

    /// GuardDuty's own copy of this finding is this, from now on.
    pub fn guardduty_has(&self, finding: &Finding) {
        let mut copies = self.seen.copies.lock().unwrap();
        copies.retain(|known| known.id != finding.id);
        copies.push(finding.clone());
    }

    /// In Slack this user's e-mail address is this person's, from now on.
    pub fn address_of(&self, user: &str, person: &str) {
        self.seen.addresses.lock().unwrap().insert(format!("{user}@example.com"), person.to_owned());
    }

    /// Everything that was posted.
    pub fn said(&self) -> Vec<Message> {
        self.seen.said.lock().unwrap().clone()
    }

    pub async fn cases(&self) -> Vec<Case> {
        let query = Query::Cases { stage: None, limit: 100, after: None };
        let Ok(Page::Cases(cases)) = self.store.page(query).await else { panic!("no cases") };
        cases
    }

    /// What the audit's lines of this kind say.
    pub async fn audited(&self, kind: EntryKind) -> Vec<serde_json::Value> {
        let Ok(Page::Lines(lines)) = self.store.page(Query::Lines { after: 0, limit: 1000 }).await else {
            panic!("no audit")
        };
        lines.into_iter().filter(|line| line.kind == kind.as_str()).map(|line| line.data).collect()
    }

    pub async fn clicks(&self, case: &Case, by: &str, effect: EffectNo, choice: Choice) -> Answer {
        let revision = if choice.is_for_owner() { case.revision } else { case.card_surface(effect).revision };
        let place = self.place(case, effect);
        let dedupe = format!("{by}/{}/{}", case.id, choice.as_str());
        let surface = Surface { effect, revision };
        let is_responder = by == "U0RESP01";
        let reply = Reply { by: person(by), is_responder, surface, place, trigger: None, choice };
        let input = Input::Reply { case: case.id.clone(), reply, dedupe };
        self.inbox.send(input).await.expect("the click is committed")
    }

    pub fn spoil(&self, id: &CaseId) {
        self.seen.spoiled.lock().unwrap().insert(id.to_string());
    }

    pub async fn the_case(&self) -> Case {
        self.cases().await.into_iter().next().expect("a case")
    }

    pub async fn case_in(&self, stage: Stage) -> Case {
        for _ in 0..400 {
            let case = self.the_case().await;
            if case.stage == stage && case.card.is_none_or(|card| case.posted.contains_key(&card)) {
                return case;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("never {stage:?}: {:?}", self.the_case().await.stage)
    }

    pub fn place(&self, case: &Case, effect: EffectNo) -> Posted {
        case.posted.get(&effect).cloned().expect("it stands")
    }
}

pub async fn arrives(inbox: &Inbox, finding: Finding) -> Result<Answer, NotCommitted> {
    inbox.send(Input::Finding(Box::new(finding))).await
}

pub fn account() -> AccountId {
    AccountId::parse("111122223333").unwrap()
}

pub fn person(id: &str) -> PersonId {
    PersonId::parse(id).unwrap()
}

pub fn finding(user: &str, n: u32) -> Finding {
    let at: Timestamp = "2026-11-23T11:59:00Z".parse().unwrap();
    Finding {
        id: format!("{n:032x}"),
        kind: "UnauthorizedAccess:IAMUser/MaliciousIPCaller".into(),
        account: account(),
        region: Region::parse("us-east-1").unwrap(),
        partition: Partition::Commercial,
        severity: 5.0,
        title: "t".into(),
        description: "d".into(),
        updated_at: at,
        first_seen: Some(at),
        last_seen: Some(at),
        count: 1,
        sample: false,
        archived: false,
        form: Form::Eventbridge,
        principal: Principal {
            kind: PrincipalKind::IamUser,
            partition: Partition::Commercial,
            account: Some(account()),
            name: user.into(),
            session: None,
            unique_id: None,
            access_key: AccessKeyId::parse("AKIAIOSFODNN7EXAMPLE"),
        },
        resource: None,
        activity: Activity {
            api: Some("ListBuckets".into()),
            ip: "198.51.100.7".parse().ok(),
            ..Activity::default()
        },
    }
}

/// A store of which some rows cannot be read.
struct Spoilable {
    inner: Arc<dyn CaseStore>,
    seen: Arc<Seen>,
}

#[async_trait]
impl CaseStore for Spoilable {
    async fn load(&self, id: &CaseId) -> Result<Option<Stored<Case>>, Fault> {
        if self.seen.spoiled.lock().unwrap().contains(id.as_str()) {
            return Err(Fault::never("a stored row is damaged"));
        }
        self.inner.load(id).await
    }

    async fn lookup(&self, key: Lookup) -> Result<Option<Found>, Fault> {
        self.inner.lookup(key).await
    }

    async fn write(&self, batch: &Batch) -> Result<(), WriteError> {
        self.inner.write(batch).await
    }

    async fn page(&self, query: Query) -> Result<Page, Fault> {
        self.inner.page(query).await
    }
}

/// AWS and Slack in one.
struct World {
    seen: Arc<Seen>,
    clock: Hands,
    plan: Plan,
}

impl World {
    async fn hang(&self, so: bool) {
        if so {
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl OwnerDirectory for World {
    async fn leads(
        &self,
        finding: &Finding,
        _ask: Ask,
        _within: Duration,
    ) -> Result<(Vec<Lead>, Vec<String>), Fault> {
        self.hang(self.plan.all_hangs).await;
        let before = self.seen.looked_up.fetch_add(1, Ordering::SeqCst);
        if before < self.plan.owners_throttled {
            return Err(Fault::later("throttled"));
        }
        let id = format!("U0{:0<6}", finding.principal.name.to_uppercase());
        let address = format!("{}@example.com", finding.principal.name);
        let by_address = self.seen.addresses.lock().unwrap().contains_key(&address);
        let lead = Lead {
            handle: if by_address { Handle::Email(address) } else { Handle::Slack(person(&id)) },
            source: Source::Static,
            confidence: Confidence::High,
            detail: "pattern".into(),
        };
        Ok((vec![lead], vec![]))
    }
}

#[async_trait]
impl People for World {
    async fn profile(&self, person: &PersonId) -> Result<Option<Profile>, Fault> {
        Ok(Some(Profile { person: person.clone(), unfit: None, locale: "en-US".into() }))
    }

    async fn by_email(&self, email: &str) -> Result<Option<PersonId>, Fault> {
        Ok(self.seen.addresses.lock().unwrap().get(email).map(|id| person(id)))
    }
}

#[async_trait]
impl Investigator for World {
    async fn evidence(&self, _finding: &Finding) -> Result<Evidence, Fault> {
        self.hang(self.plan.all_hangs || self.plan.evidence_hangs).await;
        Ok(Evidence::default())
    }
}

#[async_trait]
impl Messenger for World {
    async fn post(&self, to: &Destination, delivery: &Delivery) -> Result<Posted, Fault> {
        self.hang(self.plan.all_hangs).await;
        if self.plan.slack_away {
            return Err(Fault::later("Slack is away"));
        }
        if let Destination::Person { person } = to {
            self.seen.asked.lock().unwrap().push(person.to_string());
        }
        self.seen.said.lock().unwrap().push(delivery.message.clone());
        let n = self.seen.posts.fetch_add(1, Ordering::SeqCst);
        Ok(Posted { channel: "C0SECURITY".into(), ts: format!("{n}.0") })
    }

    async fn update(&self, _at: &Posted, _delivery: &Delivery) -> Result<(), Fault> {
        Ok(())
    }

    async fn whisper(&self, _at: &Posted, _to: &PersonId, _delivery: &Delivery) -> Result<(), Fault> {
        Ok(())
    }

    async fn open_view(&self, _trigger: &str, _delivery: &Delivery) -> Result<(), Fault> {
        Ok(())
    }
}

#[async_trait]
impl Remediator for World {
    async fn prepare(&self, _case: &CaseId, target: &Target, acts: &[Remedy]) -> Result<Prepared, Fault> {
        let priors = acts.iter().map(|_| Ok(Prior::Nothing)).collect();
        Ok(Prepared { arns: target.arns(), priors })
    }

    async fn apply(
        &self,
        _case: &CaseId,
        _target: &Target,
        _act: Remedy,
        _prior: &Prior,
        _cut_off: Timestamp,
    ) -> Result<Receipt, Fault> {
        self.seen.applied.fetch_add(1, Ordering::SeqCst);
        let request_ids = vec!["r-1".to_owned()];
        Ok(Receipt { applied_at: self.clock.time(), request_ids, note: String::new() })
    }

    async fn verify(
        &self,
        _case: &CaseId,
        _target: &Target,
        _acts: &[Act],
        _cut_off: Timestamp,
    ) -> Result<Vec<String>, Fault> {
        Ok(vec![])
    }

    async fn undo(
        &self,
        _case: &CaseId,
        _target: &Target,
        _acts: &[Act],
        _cut_off: Timestamp,
        _begun: bool,
    ) -> Result<Undone, Fault> {
        Ok(Undone::Restored { request_ids: vec!["r-2".to_owned()], notes: vec![] })
    }
}

#[async_trait]
impl Detector for World {
    async fn confirm(&self, finding: &Finding) -> Result<Confirmation, Fault> {
        self.hang(self.plan.all_hangs).await;
        let copies = self.seen.copies.lock().unwrap();
        let theirs = copies.iter().find(|known| known.id == finding.id).cloned().map(Box::new);
        let name = &finding.principal.name;
        let is_another = theirs.as_ref().is_some_and(|theirs| theirs.principal.name != *name);
        Ok(if is_another && !name.is_empty() {
            Confirmation::Refuted { why: "the user name differs".into(), theirs }
        } else {
            Confirmation::Good { theirs }
        })
    }

    async fn archive(
        &self,
        _findings: &[(String, String)],
        _useful: bool,
        _comment: &str,
    ) -> Result<Vec<String>, Fault> {
        Ok(vec![])
    }

    async fn recent(&self, _since: Timestamp) -> Result<Vec<Finding>, Fault> {
        Ok(vec![])
    }
}
