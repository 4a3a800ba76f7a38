//! What may be done to an instance at most, resource by resource: for a session that acts on one, with what was saved
//! of it, and for the role that may act on any.
//! Never here: calls.

use super::MOST;
use crate::case::principal::Partition;
use crate::case::remedy::{Isolation, Prior, Remedy, Target};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The key of the tag by which isolation groups are known.
const TAG: &str = "vouch:isolation";

/// One instance and what belongs to it; `*` where any may be meant.
struct Reach<'a> {
    partition: &'a str,
    account: &'a str,
    region: &'a str,
    instance: &'a str,
    /// Security groups to put back. Isolation groups are known by their tag.
    groups: BTreeSet<&'a str>,
    vpcs: BTreeSet<&'a str>,
    scaling: BTreeSet<&'a str>,
    targets: BTreeSet<&'a str>,
    roles: BTreeSet<&'a str>,
}

/// Before anything was saved only reading is allowed: preparing writes nothing.
pub fn for_instance(target: &Target, id: &str, acts: &[(Remedy, Option<&Prior>)]) -> String {
    let mut reach =
        Reach::empty(target.partition.as_str(), target.account.as_str(), target.region.as_str(), id);
    let mut saved = false;
    for prior in acts.iter().filter_map(|(_, prior)| *prior) {
        saved = true;
        reach.add(prior);
    }
    let actions = acts.iter().flat_map(|(remedy, _)| remedy.actions()).copied();
    // The role's own policy says which descriptions; here a letter counts.
    let actions: BTreeSet<&str> = actions.filter(|action| saved || is_read(action)).map(brief).collect();
    // Very many security groups or target groups: any of the account then, but nothing else is let go.
    let wider: [fn(&mut Reach<'_>); 3] =
        [|_| {}, |reach| reach.groups = BTreeSet::from(["*"]), |reach| reach.targets = BTreeSet::from(["*"])];
    let mut policy = String::new();
    for widen in wider {
        widen(&mut reach);
        policy = document(&reach.statements(&actions));
        if policy.len() <= MOST {
            break;
        }
    }
    policy
}

/// For the role that acts on any instance, with `Sid`s.
pub fn for_any(partition: Partition, remedies: &BTreeSet<Remedy>) -> Vec<Value> {
    let actions: BTreeSet<&str> = remedies.iter().flat_map(|remedy| remedy.actions()).copied().collect();
    let ours: BTreeSet<&str> = actions.into_iter().filter(|action| is_ours(action)).collect();
    let any = || BTreeSet::from(["*"]);
    let reach = Reach {
        groups: any(),
        vpcs: any(),
        scaling: any(),
        targets: any(),
        roles: any(),
        ..Reach::empty(partition.as_str(), "*", "*", "*")
    };
    let mut statements = reach.statements(&ours);
    for (n, statement) in statements.iter_mut().enumerate() {
        statement["Sid"] = json!(format!("Instances{}", n + 1));
    }
    statements
}

/// Whether an action is one of those that only remedies for instances need.
pub fn is_ours(action: &str) -> bool {
    let own = ["ec2:", "autoscaling:", "elasticloadbalancing:"];
    own.iter().any(|service| action.starts_with(service))
        || ["iam:PassRole", "iam:GetInstanceProfile"].contains(&action)
}

/// Something such an action could be done to, for asking whether it may: it need not exist.
pub fn sample(partition: Partition, account: &str, region: &str, action: &str) -> String {
    let (partition, nobody) = (partition.as_str(), "vouch-check-nobody");
    let of = |service: &str, rest: &str| format!("arn:{partition}:{service}:{region}:{account}:{rest}");
    let ec2 = |kind: &str| of("ec2", &format!("{kind}/{nobody}"));
    match action.split_once(':').map_or(action, |(_, verb)| verb) {
        _ if is_read(action) => "*".to_owned(),
        "ModifyNetworkInterfaceAttribute" => ec2("network-interface"),
        "CreateSecurityGroup" | "RevokeSecurityGroupEgress" | "RevokeSecurityGroupIngress" => {
            ec2("security-group")
        }
        "CreateTags" | "CreateSnapshots" => format!("arn:{partition}:ec2:{region}::snapshot/{nobody}"),
        "EnterStandby" | "ExitStandby" => {
            of("autoscaling", &format!("autoScalingGroup:{nobody}:autoScalingGroupName/{nobody}"))
        }
        "DeregisterTargets" | "RegisterTargets" => {
            of("elasticloadbalancing", &format!("targetgroup/{nobody}/{nobody}"))
        }
        "PassRole" => format!("arn:{partition}:iam::{account}:role/{nobody}"),
        _ => ec2("instance"),
    }
}

/// What is true of such a call when it is really made: the keys that statements depend on, and their values.
pub fn circumstances(partition: Partition) -> [(String, &'static str); 3] {
    [
        (format!("aws:ResourceTag/{TAG}"), "true"),
        ("ec2:CreateAction".to_owned(), "CreateSnapshots"),
        ("iam:PassedToService".to_owned(), passed_to(partition.as_str())),
    ]
}

/// EC2's own name where a role is passed to it.
fn passed_to(partition: &str) -> &'static str {
    if partition == Partition::China.as_str() { "ec2.amazonaws.com.cn" } else { "ec2.amazonaws.com" }
}

fn is_read(action: &str) -> bool {
    action.contains(":Describe") || action.contains(":Get")
}

fn brief(action: &str) -> &str {
    let all = [
        "ec2:Describe*",
        "autoscaling:Describe*",
        "elasticloadbalancing:Describe*",
        "ec2:RevokeSecurityGroup*",
    ];
    all.into_iter().find(|all| action.starts_with(all.trim_end_matches('*'))).unwrap_or(action)
}

fn document(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

impl<'a> Reach<'a> {
    fn empty(partition: &'a str, account: &'a str, region: &'a str, instance: &'a str) -> Self {
        Self {
            partition,
            account,
            region,
            instance,
            groups: BTreeSet::new(),
            vpcs: BTreeSet::new(),
            scaling: BTreeSet::new(),
            targets: BTreeSet::new(),
            roles: BTreeSet::new(),
        }
    }

    fn add(&mut self, prior: &'a Prior) {
        match prior {
            Prior::Isolation(before) => self.add_isolation(before),
            Prior::Power(before) => self.scaling.extend(before.standby.as_deref()),
            Prior::InstanceProfile { roles, .. } => self.roles.extend(roles.iter().map(String::as_str)),
            Prior::Keys { .. }
            | Prior::Inline { .. }
            | Prior::Quarantine { .. }
            | Prior::Console { .. }
            | Prior::Snapshots { .. }
            | Prior::Metadata { .. }
            | Prior::PublicAccess { .. }
            | Prior::AccountPublicAccess { .. }
            | Prior::BucketPolicy { .. }
            | Prior::Acl { .. }
            | Prior::Cors { .. }
            | Prior::Nothing => {}
        }
    }

    fn add_isolation(&mut self, before: &'a Isolation) {
        for interface in before.interfaces.values() {
            self.vpcs.insert(&interface.vpc);
            self.groups.extend(interface.groups.iter().map(String::as_str));
        }
        self.scaling.extend(before.standby.as_deref());
        self.targets.extend(before.registrations.iter().map(|r| r.group.as_str()));
    }

    /// Actions that may be done to the same things go together.
    fn statements(&self, actions: &BTreeSet<&str>) -> Vec<Value> {
        let mut by_place: BTreeMap<String, (Value, Vec<&str>)> = BTreeMap::new();
        for action in actions {
            for place in self.places(action) {
                by_place.entry(place.to_string()).or_insert((place, vec![])).1.push(action);
            }
        }
        let statement = |(place, actions): (Value, Vec<&str>)| {
            let mut statement = place;
            statement["Effect"] = json!("Allow");
            statement["Action"] = json!(actions);
            statement
        };
        by_place.into_values().map(statement).collect()
    }

    /// Where an action may be done: `Resource`, and `Condition` if it has one (Service Authorization Reference).
    /// Nothing where there is nothing of the kind.
    fn places(&self, action: &str) -> Vec<Value> {
        // EC2's ids are unique: neither account nor Region has to be said, and a session policy has to be short.
        let ec2 = |kind: &str, id: &str| format!("arn:{}:ec2:*:*:{kind}/{id}", self.partition);
        let instance = ec2("instance", self.instance);
        let any = |kind: &str| ec2(kind, "*");
        let snapshots = format!("arn:{}:ec2:*::snapshot/*", self.partition);
        let plain = |resource: Value| vec![json!({ "Resource": resource })];
        let only = |resource: Value, key: &str, value: Value| json!({ "Resource": resource, "Condition": { "StringEquals": { key: value } } });
        let isolation = only(json!(any("security-group")), &format!("aws:ResourceTag/{TAG}"), json!("true"));
        let verb = action.split_once(':').map_or(action, |(_, verb)| verb);
        match verb {
            _ if is_read(action) => plain(json!("*")),
            "ModifyNetworkInterfaceAttribute" => {
                let (any_vpc, any_group) = (self.vpcs.contains("*"), self.groups.contains("*"));
                let mut on = vec![instance];
                on.extend(any_vpc.then(|| any("network-interface")));
                on.extend(self.groups.iter().map(|id| ec2("security-group", id)));
                let mut places = vec![json!({ "Resource": on })];
                // Where any group may be put back, those of ours are among them.
                places.extend((!any_group).then_some(isolation));
                places.extend((!any_vpc).then(|| self.interfaces()).flatten());
                places
            }
            "RevokeSecurityGroupEgress" | "RevokeSecurityGroupIngress" | "RevokeSecurityGroup*" => {
                vec![isolation]
            }
            "CreateSecurityGroup" => {
                let vpcs = self.vpcs.iter().map(|id| ec2("vpc", id));
                plain(json!(vpcs.chain([any("security-group")]).collect::<Vec<_>>()))
            }
            // Only at birth: what is there already is never tagged.
            "CreateTags" => vec![only(
                json!([any("security-group"), snapshots]),
                "ec2:CreateAction",
                json!(["CreateSecurityGroup", "CreateSnapshots"]),
            )],
            "CreateSnapshots" => plain(json!([instance, any("volume"), snapshots])),
            "ModifyInstanceAttribute" => plain(json!([instance, any("volume")])),
            "EnterStandby" | "ExitStandby" => self.listed(&self.scaling, |group| {
                self.arn("autoscaling", &format!("autoScalingGroup:*:autoScalingGroupName/{group}"))
            }),
            "DeregisterTargets" | "RegisterTargets" => self.listed(&self.targets, |arn| {
                if arn == "*" { self.arn("elasticloadbalancing", "targetgroup/*") } else { arn.to_owned() }
            }),
            "PassRole" => {
                let roles = self.listed(&self.roles, |arn| {
                    if arn == "*" { format!("arn:{}:iam::*:role/*", self.partition) } else { arn.to_owned() }
                });
                let service = passed_to(self.partition);
                let to_ec2 =
                    |place: Value| only(place["Resource"].clone(), "iam:PassedToService", json!(service));
                roles.into_iter().map(to_ec2).collect()
            }
            _ => plain(json!(instance)),
        }
    }

    /// Those in the VPCs that the instance is in, and not only those that were saved: somebody may give it another one
    /// meanwhile.
    fn interfaces(&self) -> Option<Value> {
        let arn = |kind: &str, id: &str| format!("arn:{}:ec2:*:*:{kind}/{id}", self.partition);
        let vpcs: Vec<String> = self.vpcs.iter().map(|id| arn("vpc", id)).collect();
        let here = json!({ "ArnLike": { "ec2:Vpc": vpcs } });
        (!vpcs.is_empty()).then(|| json!({ "Resource": arn("network-interface", "*"), "Condition": here }))
    }

    fn listed(&self, names: &BTreeSet<&str>, arn: impl Fn(&str) -> String) -> Vec<Value> {
        if names.is_empty() {
            return vec![];
        }
        vec![json!({ "Resource": names.iter().map(|name| arn(name)).collect::<Vec<_>>() })]
    }

    fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{rest}", self.partition, self.region, self.account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::principal::{AccountId, PrincipalKind, Region};
    use crate::case::remedy::{Interface, Registration};

    fn target() -> Target {
        Target {
            partition: Partition::Commercial,
            account: AccountId::parse("123456789012").unwrap(),
            region: Region::parse("ap-northeast-1").unwrap(),
            kind: PrincipalKind::None,
            name: String::new(),
            session: None,
            unique_id: None,
            keys: vec![],
            instance: Some("i-0123456789abcdef0".to_owned()),
            buckets: vec![],
        }
    }

    fn isolation(interfaces: usize, groups: usize) -> Prior {
        let interface = |n: usize| {
            let id = |kind: &str, n: usize| format!("{kind}-{n:017x}");
            let groups = (0..groups).map(|g| id("sg", n * 16 + g)).collect();
            (id("eni", n), Interface { vpc: id("vpc", n % 2), groups })
        };
        let group =
            "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/web/0123456789abcdef";
        Prior::Isolation(Box::new(Isolation {
            interfaces: (0..interfaces).map(interface).collect(),
            standby: Some("web".to_owned()),
            registrations: vec![Registration { group: group.to_owned(), id: "i-0".to_owned(), port: None }],
            ..Isolation::default()
        }))
    }

    #[test]
    fn preparing_may_only_read() {
        let policy =
            for_instance(&target(), "i-1", &[(Remedy::IsolateInstance, None), (Remedy::StopInstance, None)]);
        let value: Value = serde_json::from_str(&policy).unwrap();
        let statements = value["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), 1, "{policy}");
        let actions = statements[0]["Action"].as_array().unwrap();
        assert!(actions.iter().all(|a| a.as_str().unwrap().ends_with(":Describe*")), "{policy}");
    }

    #[test]
    fn it_names_this_instance_and_what_belongs_to_it() {
        let prior = isolation(4, 1);
        let policy =
            for_instance(&target(), "i-0123456789abcdef0", &[(Remedy::IsolateInstance, Some(&prior))]);
        for arn in [
            "ec2:*:*:instance/i-0123456789abcdef0",
            "security-group/sg-00000000000000030",
            "vpc/vpc-00000000000000001",
            "autoScalingGroupName/web",
            "targetgroup/web/0123456789abcdef",
        ] {
            assert!(policy.contains(arn), "{arn}: {policy}");
        }
        let value: Value = serde_json::from_str(&policy).unwrap();
        let interfaces = |s: &&Value| s["Resource"].to_string().contains("network-interface/*");
        let any: Vec<&Value> = value["Statement"].as_array().unwrap().iter().filter(interfaces).collect();
        assert_eq!(any.len(), 1, "{policy}");
        assert_eq!(any[0]["Condition"]["ArnLike"]["ec2:Vpc"].as_array().unwrap().len(), 2, "{policy}");
        assert!(!policy.contains("TerminateInstances"), "{policy}");
    }

    #[test]
    fn what_an_instance_can_be_at_most_fits_what_sts_takes() {
        for (interfaces, groups) in [(1, 1), (4, 2), (4, 5), (15, 5)] {
            let prior = isolation(interfaces, groups);
            let snapshots = Prior::Snapshots { volumes: vec![] };
            let acts =
                [(Remedy::SnapshotInstance, Some(&snapshots)), (Remedy::IsolateInstance, Some(&prior))];
            let policy = for_instance(&target(), "i-0123456789abcdef0", &acts);
            assert!(policy.len() <= MOST, "{interfaces}, {groups}: {}", policy.len());
        }
    }

    /// An instance behind thirty load balancers.
    #[test]
    fn many_target_groups_fit_too() {
        let Prior::Isolation(mut before) = isolation(2, 2) else { panic!("no isolation") };
        let arn = |n: usize| {
            format!(
                "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/service-{n:020}/{n:016x}"
            )
        };
        let one = |n| Registration { group: arn(n), id: "i-0".to_owned(), port: None };
        before.registrations = (0..30).map(one).collect();
        let prior = Prior::Isolation(before);
        let acts = [(Remedy::IsolateInstance, Some(&prior))];
        let policy = for_instance(&target(), "i-0123456789abcdef0", &acts);
        assert!(policy.len() <= MOST, "{}: {policy}", policy.len());
        assert!(policy.contains("ap-northeast-1:123456789012:targetgroup/*"), "{policy}");
    }

    #[test]
    fn passing_a_role_is_held_to_the_saved_one_and_to_ec2() {
        let roles = vec!["arn:aws:iam::123456789012:role/web".to_owned()];
        let prior = Prior::InstanceProfile { arn: Some("p".to_owned()), roles };
        let acts = [(Remedy::DetachInstanceProfile, Some(&prior))];
        let value: Value = serde_json::from_str(&for_instance(&target(), "i-1", &acts)).unwrap();
        let pass = value["Statement"].as_array().unwrap();
        let pass = pass.iter().find(|s| s["Action"] == json!(["iam:PassRole"])).unwrap();
        assert_eq!(pass["Resource"], json!(["arn:aws:iam::123456789012:role/web"]));
        assert_eq!(pass["Condition"]["StringEquals"]["iam:PassedToService"], "ec2.amazonaws.com");
    }
}
