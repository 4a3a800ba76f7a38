//! Security Hub's names for finding types, back to GuardDuty's.
//! Never here: anything but names.

use super::one;

/// The patterns of "Integration with AWS Security Hub" (GuardDuty user guide), one row of each.
const NAMES: &[(&str, &str)] = &[
    ("TTPs/AttackSequence:EKS-CompromisedCluster", "AttackSequence:EKS/CompromisedCluster"),
    ("TTPs/Command and Control/Backdoor:EC2-C&CActivity.B!DNS", "Backdoor:EC2/C&CActivity.B!DNS"),
    ("Software and Configuration Checks/Backdoor:EC2.C&CActivity.B", "Backdoor:EC2/C&CActivity.B"),
    ("Unusual Behaviors/VM/Behavior:EC2-NetworkPortUnusual", "Behavior:EC2/NetworkPortUnusual"),
    ("TTPs/Credential Access/IAMUser-AnomalousBehavior", "CredentialAccess:IAMUser/AnomalousBehavior"),
    ("TTPs/Defense Evasion/IAMUser-AnomalousBehavior", "DefenseEvasion:IAMUser/AnomalousBehavior"),
    ("TTPs/Exfiltration/IAMUser-AnomalousBehavior", "Exfiltration:IAMUser/AnomalousBehavior"),
    ("Effects/Data Exfiltration/IAMUser-AnomalousBehavior", "Exfiltration:IAMUser/AnomalousBehavior"),
    ("TTPs/Discovery/RDS-TorIPCaller", "Discovery:RDS/TorIPCaller"),
    (
        "TTPs/AnomalousBehavior/Persistence:Kubernetes-WorkloadDeployed!ContainerWithSensitiveMount",
        "Persistence:Kubernetes/AnomalousBehavior.WorkloadDeployed!ContainerWithSensitiveMount",
    ),
    ("TTPs/DefenseEvasion/EC2:Unusual-DNS-Resolver", "DefenseEvasion:EC2/UnusualDNSResolver"),
    ("TTPs/Defense Evasion/DefenseEvasion:EC2-UnusualDNSResolver", "DefenseEvasion:EC2/UnusualDNSResolver"),
    ("TTPs/PenTest:IAMUser/KaliLinux", "PenTest:IAMUser/KaliLinux"),
    ("TTPs/Policy:IAMUser-RootCredentialUsage", "Policy:IAMUser/RootCredentialUsage"),
    ("TTPs/Command and Control/Trojan:EC2-DNSDataExfiltration!DNS", "Trojan:EC2/DNSDataExfiltration"),
    (
        "Effects/Data Exfiltration/UnauthorizedAccess:IAMUser-InstanceCredentialExfiltration",
        "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
    ),
    ("Something else entirely", "Something else entirely"),
];

fn recovered(asff: &str) -> String {
    let body = serde_json::json!({
        "SchemaVersion": "2018-10-08",
        "ProductArn": "arn:aws:securityhub:eu-central-1::product/aws/guardduty",
        "Id": "arn:aws:guardduty:eu-central-1:444455556666:detector/d/finding/f",
        "AwsAccountId": "444455556666",
        "Types": [asff],
    });
    one(&serde_json::to_vec(&body).unwrap()).kind
}

#[test]
fn security_hub_names_are_recovered() {
    for (asff, guardduty) in NAMES {
        assert_eq!(recovered(asff), *guardduty, "{asff}");
    }
}

/// The regular pattern, for every type there is.
#[test]
fn every_documented_type_survives_the_way_through_security_hub() {
    let Some(shared) = crate::shared() else { return };
    let table = std::fs::read_to_string(shared.join("guardduty-finding-types.tsv")).expect("the types");
    let mut seen = 0;
    for row in table.lines().skip(1) {
        let kind = row.split('\t').next().unwrap_or_default();
        if row.ends_with("renamed") {
            continue; // Becomes its new name, as above.
        }
        seen += 1;
        let (purpose, _) = kind.split_once(':').expect("a purpose");
        let dashed = kind.replacen('/', "-", 1);
        assert_eq!(recovered(&format!("TTPs/{purpose}/{dashed}")), kind);
        assert_eq!(recovered(&format!("TTPs/{dashed}")), kind);
    }
    assert!(seen > 200);
}
