//! Which page of AWS's guide is about a finding type. Built from constants only: nothing of a finding gets into a link.
//! Never here: advice of our own.

/// Families of finding types and their pages (GuardDuty user guide, "finding types by potentially impacted resources").
const PAGES: [(&str, &str); 14] = [
    ("AttackSequence:", "guardduty-attack-sequence-finding-types.html"),
    (":Runtime/", "findings-runtime-monitoring.html"),
    (":EC2/MaliciousFile", "findings-malware-protection.html"),
    (":ECS/MaliciousFile", "findings-malware-protection.html"),
    (":Kubernetes/MaliciousFile", "findings-malware-protection.html"),
    (":Container/MaliciousFile", "findings-malware-protection.html"),
    ("Object:S3/", "gdu-malware-protection-s3-finding-types.html"),
    (":IAMUser/", "guardduty_finding-types-iam.html"),
    (":EC2/", "guardduty_finding-types-ec2.html"),
    (":S3/", "guardduty_finding-types-s3.html"),
    (":Kubernetes/", "guardduty-finding-types-eks-audit-logs.html"),
    (":RDS/", "findings-rds-protection.html"),
    (":Lambda/", "lambda-protection-finding-types.html"),
    ("Recovery", "findings-malware-protection-backup.html"),
];

/// Always a page of docs.aws.amazon.com; the list of all types when the family is unknown.
pub fn guide_url(finding_type: &str) -> String {
    let known = PAGES.iter().find(|(family, _)| finding_type.contains(family));
    let page = known.map_or("guardduty_finding-types-active.html", |(_, page)| page);
    format!("https://docs.aws.amazon.com/guardduty/latest/ug/{page}")
}
