"""The emulated account as the page shows it: users with keys and policies, roles, buckets, instances.

Read with the account's own API, as an outsider would look. Never here: changing anything.
"""
import json
import urllib.parse

import aws
from botocore.exceptions import ClientError

# Nothing of a story.
HIDDEN = {aws.DAEMON}


def absent(call, *codes):
    """What a call gives, or None where AWS says that there is no such thing."""
    try:
        return call()
    except ClientError as problem:
        if problem.response["Error"]["Code"] in codes:
            return None
        raise


def policy(document):
    """A document as text, and whether it denies."""
    if isinstance(document, str):
        document = json.loads(urllib.parse.unquote(document))
    statements = document.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    denies = any(one.get("Effect") == "Deny" for one in statements)
    return json.dumps(document, indent=2), denies


def folded(title, document):
    text, denies = policy(document)
    return {"title": title, "text": text, "state": {"text": "denies", "tone": "good"} if denies else None}


class Board:
    def __init__(self, account):
        self.account, self.iam, self.s3 = account, account.iam, account.s3
        # Nobody asks the second emulator before a story needs it.
        self.machines = None
        self.managed = {}

    def read(self, feeds, first=None):
        """What the story is about stands first."""
        groups = [group for group in (self.users(), self.roles(), self.buckets(), self.instances()) if group]
        return {"title": "AWS account", "note": f"{aws.ACCOUNT}, emulated, live", "feeds": feeds,
                "groups": sorted(groups, key=lambda group: group["title"] != first)}

    def users(self):
        users = sorted(self.iam.list_users()["Users"], key=lambda user: user["CreateDate"], reverse=True)
        names = [user["UserName"] for user in users]
        return {"title": "IAM users", "empty": "No user yet: play a story.",
                "items": [self.user(name) for name in names if name not in HIDDEN]}

    def user(self, name):
        keys = self.iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
        rows = [{"label": f"Access key …{key['AccessKeyId'][-4:]}", "text": key["Status"],
                 "tone": "calm" if key["Status"] == "Active" else "good"} for key in keys]
        login = absent(lambda: self.iam.get_login_profile(UserName=name), "NoSuchEntity")
        if login:
            rows.append({"label": "Console password", "text": "set", "tone": "calm"})
        return {"id": f"user {name}", "name": name, "rows": rows, "documents": self.inline(
            self.iam.list_user_policies(UserName=name)["PolicyNames"],
            lambda one: self.iam.get_user_policy(UserName=name, PolicyName=one)) + self.attached(
            self.iam.list_attached_user_policies(UserName=name)["AttachedPolicies"])}

    def roles(self):
        roles = [role for role in self.iam.list_roles()["Roles"] if not role["Path"].startswith("/aws-service-role/")]
        if not roles:
            return None
        return {"title": "IAM roles", "items": [self.role(role["RoleName"]) for role in roles]}

    def role(self, name):
        return {"id": f"role {name}", "name": name, "rows": [], "documents": self.inline(
            self.iam.list_role_policies(RoleName=name)["PolicyNames"],
            lambda one: self.iam.get_role_policy(RoleName=name, PolicyName=one)) + self.attached(
            self.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"])}

    def inline(self, names, read):
        # It may be taken away between the two looks.
        found = [(name, absent(lambda: read(name), "NoSuchEntity")) for name in names]
        return [folded(f"Inline policy {name}", told["PolicyDocument"]) for name, told in found if told]

    def attached(self, policies):
        return [folded(f"Attached policy {one['PolicyName']}", self.document(one["PolicyArn"])) for one in policies]

    def document(self, arn):
        """Managed policies of the sandbox never change."""
        if arn not in self.managed:
            version = self.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            self.managed[arn] = self.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        return self.managed[arn]

    def buckets(self):
        return {"title": "Buckets", "items": [self.bucket(one["Name"]) for one in self.s3.list_buckets()["Buckets"]]}

    def bucket(self, name):
        block = absent(lambda: self.s3.get_public_access_block(Bucket=name), "NoSuchPublicAccessBlockConfiguration")
        flags = list((block or {}).get("PublicAccessBlockConfiguration", {}).values())
        blocked = len(flags) == 4 and all(flags)
        rows = [{"label": "Block Public Access", "text": "on" if blocked else "off", "tone": "good" if blocked else "warn"}]
        documents = []
        told = absent(lambda: self.s3.get_bucket_policy(Bucket=name), "NoSuchBucketPolicy")
        if told:
            documents.append(folded("Bucket policy", told["Policy"]))
        if absent(lambda: self.s3.get_bucket_cors(Bucket=name), "NoSuchCORSConfiguration"):
            rows.append({"label": "Cross-origin rules", "text": "set", "tone": "calm"})
        return {"id": f"bucket {name}", "name": name, "rows": rows, "documents": documents}

    def instances(self):
        if not self.machines:
            return None
        return {"title": "Instances", "items": [self.instance(one) for one in self.machines.all()]}

    def instance(self, one):
        name = next((tag["Value"] for tag in one.get("Tags", []) if tag["Key"] == "Name"), one["InstanceId"])
        rows = []
        for number, interface in enumerate(one["NetworkInterfaces"]):
            inside, outside = self.machines.reach([group["GroupId"] for group in interface["Groups"]])
            shut = not inside and not outside
            rows.append({"label": f"Interface {number}: {', '.join(group['GroupName'] for group in interface['Groups'])}",
                         "text": "cut off" if shut else f"{inside} rules in, {outside} out", "tone": "good" if shut else "calm"})
        profile = one.get("IamInstanceProfile", {}).get("Arn", "")
        tokens = one.get("MetadataOptions", {}).get("HttpTokens", "optional")
        rows += [{"label": "Instance profile", "text": profile.rsplit("/", 1)[-1] or "none", "tone": "calm"},
                 {"label": "Metadata without token", "text": "refused" if tokens == "required" else "allowed",
                  "tone": "good" if tokens == "required" else "calm"}]
        snapshots = self.machines.snapshots(one)
        if snapshots:
            rows.append({"label": "Snapshots", "text": str(snapshots), "tone": "good"})
        return {"id": one["InstanceId"], "name": name, "note": one["InstanceId"], "rows": rows,
                "state": {"text": one["State"]["Name"], "tone": "calm"}}
