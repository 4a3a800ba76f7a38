"""Every call to AWS in the source against every action in the generated policies, both ways.

The names of calls are AWS's own, from botocore's service models; a call is what the SDK's fluent client spells, such as
`.get_user()`. Never here: a list of what is allowed; the program prints it.
"""
import os
import re

import botocore.session
from botocore import xform_name

# The SDK crate, and how IAM calls the service where it says it otherwise.
SERVICES = {"autoscaling": "autoscaling", "cloudtrail": "cloudtrail", "ec2": "ec2", "elasticloadbalancingv2": "elasticloadbalancing",
            "guardduty": "guardduty", "iam": "iam", "identitystore": "identitystore", "s3": "s3", "s3control": "s3",
            "sqs": "sqs", "sts": "sts"}
MODELS = {"elasticloadbalancingv2": "elbv2"}
# Operations that IAM knows by other names (Service Authorization Reference); None: nobody needs a permission for it.
ACTIONS = {
    "sts:GetCallerIdentity": None,
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:PutBucketCors": "s3:PutBucketCORS",
    "s3:DeleteBucketCors": "s3:PutBucketCORS",
    "s3:HeadBucket": "s3:ListBucket",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "s3control:PutPublicAccessBlock": "s3:PutAccountPublicAccessBlock",
    "s3control:DeletePublicAccessBlock": "s3:PutAccountPublicAccessBlock",
}
# Calls without a permission of their own in the policies, and why that is right.
UNASKED = {
    "iam:SimulatePrincipalPolicy": "only `vouch check` asks, and says that it cannot know where it may not",
}
# Actions that no call of ours spells, and which call needs them.
IMPLIED = {
    "sts:SetSourceIdentity": "AssumeRole with a source identity",
    "ec2:CreateTags": "CreateSnapshots and CreateSecurityGroup with tags",
    "iam:PassRole": "an instance profile put back",
}


def operations():
    """The fluent client's spelling of every operation, each with the crates that have it."""
    session = botocore.session.get_session()
    found = {}
    for crate in SERVICES:
        for name in session.get_service_model(MODELS.get(crate, crate)).operation_names:
            found.setdefault(xform_name(name), {})[crate] = name
    return found


def made(root):
    """Actions that the source's calls need, each with one place."""
    known, found = operations(), {}
    for folder, _, names in os.walk(os.path.join(root, "src")):
        for name in sorted(name for name in names if name.endswith(".rs") and not name.endswith("_tests.rs")):
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as file:
                text = file.read().split("#[cfg(test)]")[0]
            here = {crate for crate in SERVICES if re.search(rf"aws_sdk_{crate}\b", text)}
            if not here and "/aws/" not in path.replace(os.sep, "/"):
                continue
            for method in re.findall(r"\.\s*([a-z0-9_]+)\(\)", text):
                crates = known.get(method, {})
                sure = [crate for crate in crates if crate in here] or (list(crates) if len(crates) == 1 else [])
                for crate in sure:
                    spelled = f"{crate}:{crates[crate]}"
                    action = ACTIONS.get(spelled, f"{SERVICES[crate]}:{crates[crate]}")
                    if action and action not in UNASKED:
                        found.setdefault(action, os.path.relpath(path, root))
    return found


def allowed(policies):
    """What the policies allow, and nothing that they deny."""
    return {action for policy in policies for statement in policy["Statement"] if statement["Effect"] == "Allow"
            for action in statement["Action"]}


def faults(root, policies):
    may, does = allowed(policies), made(root)
    said = [f"{place} calls {action}, which no policy allows" for action, place in sorted(does.items()) if action not in may]
    said += [f"the policies allow {action}, and nothing calls it"
             for action in sorted(may - does.keys() - IMPLIED.keys())]
    return said, len(may | does.keys())
