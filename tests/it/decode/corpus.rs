//! Every document of the corpus, against what its index says about it. Exceptions are named with a reason, and
//! one that is no longer needed fails too.
//! Never here: copies of the documents; many have no licence that would allow it.

use std::collections::{BTreeMap, BTreeSet};
use vouch::aws::decode::{Decoded, decode};
use vouch::case::finding::{Finding, Form};
use vouch::case::principal::PrincipalKind;

/// What of a document differs from its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Aspect {
    /// Kept for the dead-letter queue.
    Bad,
    /// Read although the index calls it no finding.
    Read,
    Type,
    Principal,
    Key,
    Sample,
}

const THIRTEEN: &str = "the publisher's placeholder account has thirteen digits";
const MASKED: &str = "the publisher masked the account";
const LACKS: &str = "hand-written without account and Region, both of which a finding must have";
const SHORT: &str = "hand-written with an account of nine digits and no Region in the finding";
const RESHAPED: &str =
    "re-shaped by its publisher, yet with all that a finding must have: filed rather than lost";
const CONTRADICTION: &str =
    "hand-written: an assumed role cannot hold an AKIA key, so nobody knows who it is";

/// Publisher, document, what differs, why that is right.
const EXCEPTIONS: &[(&str, &str, Aspect, &str)] = &[
    (SOAR, "credentialaccess-rds-anomalousbehavior-successfullogin", Aspect::Bad, THIRTEEN),
    (SOAR, "policy-iamuser-rootcredentialusage", Aspect::Bad, THIRTEEN),
    (SOAR, "recon-ec2-portprobeunprotectedport", Aspect::Bad, THIRTEEN),
    (SOAR, "recon-ec2-portscan", Aspect::Bad, THIRTEEN),
    (SOAR, "trojan-ec2-blackholetraffic", Aspect::Bad, THIRTEEN),
    (SOAR, "trojan-ec2-dnsdataexfiltration", Aspect::Bad, THIRTEEN),
    (SOAR, "trojan-ec2-droppoint", Aspect::Bad, THIRTEEN),
    (SOAR, "unauthorizedaccess-ec2-maliciousipcaller-custom", Aspect::Bad, THIRTEEN),
    (SOAR, "unauthorizedaccess-ec2-rdpbruteforce", Aspect::Bad, THIRTEEN),
    (SOAR, "unauthorizedaccess-ec2-sshbruteforce", Aspect::Bad, THIRTEEN),
    (SOAR, "unauthorizedaccess-ec2-torclient-2", Aspect::Bad, THIRTEEN),
    (SOAR, "unauthorizedaccess-ec2-torclient", Aspect::Bad, THIRTEEN),
    (SOAR, "unauthorizedaccess-ec2-torrelay", Aspect::Bad, THIRTEEN),
    (
        "OluOlus--guardduty-sentinel-integration--",
        "policy-s3-bucketblockpublicaccessdisabled",
        Aspect::Bad,
        "the publisher wrote \"region\" where the Region's name was",
    ),
    (
        "airbnb--streamalert--",
        "empty-detail",
        Aspect::Bad,
        "the envelope says it is a GuardDuty finding and holds nothing: kept, not dropped",
    ),
    ("aws-samples--amazon-guardduty-waf-acl--", "unauthorizedaccess-ec2-sshbruteforce", Aspect::Bad, LACKS),
    (
        "cartography-cncf--cartography--",
        "unauthorizedaccess-ec2-maliciousipcaller-custom",
        Aspect::Bad,
        LACKS,
    ),
    (
        "cartography-cncf--cartography--",
        "unauthorizedaccess-ec2-maliciousipcaller-custom-2",
        Aspect::Bad,
        LACKS,
    ),
    ("cevoaustralia--aws-to-slack--", "discovery-kubernetes-maliciousipcaller-sns", Aspect::Bad, MASKED),
    (
        "cruxstack--aws-guardduty-slack-integration-go--",
        "unauthorizedaccess-iamuser-anomalousbehavior",
        Aspect::Key,
        "hand-written: the key has 15 characters, AWS's have 20, so it is no key id",
    ),
    (DMITRYINT, "discovery-iamuser-anomalousbehavior", Aspect::Principal, CONTRADICTION),
    (DMITRYINT, "recon-iamuser-maliciousipcaller", Aspect::Principal, CONTRADICTION),
    (DMITRYINT, "unauthorizedaccess-iamuser-maliciousipcaller", Aspect::Principal, CONTRADICTION),
    (
        "ken5scal--guardduty--",
        "unauthorizedaccess-iamuser-instancecredentialexfiltration",
        Aspect::Type,
        "renamed by AWS: it is .OutsideAWS today, and the playbook knows only that name",
    ),
    (MOZDEF, "backdoor-ec2-denialofservice-tcp", Aspect::Read, RESHAPED),
    (MOZDEF, "backdoor-ec2-denialofservice-udp", Aspect::Read, RESHAPED),
    (MOZDEF, "cryptocurrency-ec2-bitcointool-b-dns", Aspect::Read, RESHAPED),
    (MOZDEF, "recon-ec2-portprobeunprotectedport", Aspect::Read, RESHAPED),
    (MOZDEF, "unauthorizedaccess-ec2-rdpbruteforce", Aspect::Read, RESHAPED),
    (MOZDEF, "unauthorizedaccess-iamuser-toripcaller", Aspect::Read, RESHAPED),
    (TERRAFORM, "recon-ec2-portprobeunprotectedport", Aspect::Bad, SHORT),
    (TERRAFORM, "recon-ec2-portprobeunprotectedport-sns", Aspect::Bad, SHORT),
    ("unknown--unidentified--", "attacksequence-iam-compromisedcredentials", Aspect::Bad, MASKED),
];

const SOAR: &str = "blu371ck--GuardDuty-SOAR--";
const DMITRYINT: &str = "dmitryint--aws-lambda-aws-to-slack--";
const MOZDEF: &str = "mozilla--MozDef--";
const TERRAFORM: &str = "terraform-aws-modules--terraform-aws-notify-slack--";

#[test]
fn every_document_is_read_as_its_index_says() {
    let Some(shared) = crate::shared() else { return };
    let rows = index(&shared);
    let mut read = 0;
    let mut differ = BTreeMap::new();
    for row in &rows {
        let Ok(body) = std::fs::read(shared.join("findings").join(&row["file"])) else { continue };
        read += 1;
        for (aspect, what) in differences(row, &body) {
            differ.insert((row["file"].trim_end_matches(".json").to_owned(), aspect), what);
        }
    }
    let excused: BTreeSet<_> =
        EXCEPTIONS.iter().map(|(who, file, aspect, _)| (format!("{who}{file}"), *aspect)).collect();
    let mut complaints = Vec::new();
    for (key, what) in &differ {
        if !excused.contains(key) {
            complaints.push(format!("{key:?}: {what}"));
        }
    }
    complaints
        .extend(excused.iter().filter(|e| !differ.contains_key(e)).map(|e| format!("{e:?} is not needed")));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(read >= 120, "only {read} documents were read");
}

fn index(shared: &std::path::Path) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(shared.join("findings/index.tsv")).expect("the index is readable");
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    lines.map(|l| head.iter().zip(l.split('\t')).map(|(k, v)| ((*k).into(), v.into())).collect()).collect()
}

fn differences(row: &BTreeMap<String, String>, body: &[u8]) -> Vec<(Aspect, String)> {
    match decode(body) {
        Decoded::Bad { why, .. } => vec![(Aspect::Bad, why)],
        Decoded::NotFinding { .. } if row["form"] == "other" => Vec::new(),
        Decoded::NotFinding { what } => vec![(Aspect::Bad, format!("no finding: {what:?}"))],
        Decoded::Findings { findings, problems } => {
            assert!(problems.is_empty(), "{}: {problems:?}", row["file"]);
            findings.iter().flat_map(|finding| compare(row, finding)).collect()
        }
    }
}

fn compare(row: &BTreeMap<String, String>, finding: &Finding) -> Vec<(Aspect, String)> {
    let mut out = Vec::new();
    let form = match row["form"].as_str() {
        "eventbridge" => Form::Eventbridge,
        "raw-camel" => Form::RawCamel,
        "raw-pascal" => Form::RawPascal,
        "sns-wrapped" => Form::Sns,
        "asff" | "eventbridge-securityhub" => Form::Asff,
        "other" => {
            out.push((Aspect::Read, finding.kind.clone()));
            finding.form
        }
        unknown => panic!("the index has a new form, {unknown}"),
    };
    assert_eq!(finding.form, form, "{}", row["file"]);
    let kind = if form == Form::Asff { asff_type(&row["finding_type"]) } else { &row["finding_type"] };
    if finding.kind != kind {
        out.push((Aspect::Type, format!("{} is not {kind}", finding.kind)));
    }
    let severity: f64 = row["severity"].parse().unwrap_or(finding.severity);
    assert!((finding.severity - severity).abs() < 1e-9, "{}: severity {}", row["file"], finding.severity);
    if finding.sample != (row["sample"] == "yes") {
        out.push((Aspect::Sample, format!("sample is {}", finding.sample)));
    }
    if !kinds(&row["user_type"]).contains(&finding.principal.kind) {
        out.push((Aspect::Principal, format!("{:?} for {:?}", finding.principal, row["user_type"])));
    }
    let key = finding.principal.access_key.as_ref().map(|key| &key.as_str()[..4]);
    let indexed = Some(row["access_key_id"].as_str()).filter(|key| ["AKIA", "ASIA"].contains(key));
    if key != indexed {
        out.push((Aspect::Key, format!("{key:?} for {indexed:?}")));
    }
    out
}

/// The index has Security Hub's names; these are GuardDuty's.
fn asff_type(name: &str) -> &str {
    match name {
        "TTPs/Defense Evasion/DefenseEvasion:EC2-UnusualDNSResolver" => {
            "DefenseEvasion:EC2/UnusualDNSResolver"
        }
        "TTPs/Discovery/IAMUser-AnomalousBehavior" => "Discovery:IAMUser/AnomalousBehavior",
        "TTPs/Initial Access/UnauthorizedAccess:EC2-SSHBruteForce" => "UnauthorizedAccess:EC2/SSHBruteForce",
        "TTPs/Discovery/Recon:IAMUser-ResourcePermissions" => "Recon:IAMUser/ResourcePermissions",
        "TTPs/Discovery/Recon:IAMUser-UserPermissions" => "Recon:IAMUser/UserPermissions",
        "Unusual Behaviors/User/UnauthorizedAccess:IAMUser-ConsoleLogin" => {
            "UnauthorizedAccess:IAMUser/ConsoleLogin"
        }
        new => panic!("the corpus has a new ASFF type, {new}"),
    }
}

/// What the index's `userType` may become.
fn kinds(user_type: &str) -> &'static [PrincipalKind] {
    match user_type {
        "IAMUser" => &[PrincipalKind::IamUser],
        "Root" => &[PrincipalKind::Root],
        "AssumedRole" | "Role" => &[PrincipalKind::RoleSession],
        "GeneratedFindingUserType" => &[PrincipalKind::Unknown],
        // Not said: nobody, actors, or told by the key.
        "" => &[PrincipalKind::None, PrincipalKind::Actors, PrincipalKind::IamUser, PrincipalKind::Unknown],
        new => panic!("the corpus has a new user type, {new}"),
    }
}
