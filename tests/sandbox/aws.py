"""The emulated account of the sandbox: who is in it, the queue; and whether a key works right now.

Every call is signed by botocore, so that the judge of "refused" is no code of ours. Never here: processes, Slack,
what a finding says (`findings.py`).
"""
import json
import secrets

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

REGION = "us-east-1"
ACCOUNT = "000000000000"
ROOT = ("test", "test")
USER = "alice-deployer"
DAEMON = "vouch"
BUCKET = "customer-exports"
EXPORT = "2026-11.csv"


def client(service, url, key):
    """A client that signs with this key: id, secret, and for a session its token."""
    config = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
    return botocore.session.get_session().create_client(
        service, region_name=REGION, endpoint_url=url, aws_access_key_id=key[0], aws_secret_access_key=key[1],
        aws_session_token=key[2] if len(key) > 2 else None, config=config)


def answers(url):
    """Whether the emulator serves calls yet."""
    try:
        client("sts", url, ROOT).get_caller_identity()
        return True
    except (BotoCoreError, ClientError):
        return False


def refusal(url, key):
    """None if a call signed with this key is accepted, else the error code AWS refuses it with."""
    try:
        client("sts", url, key).get_caller_identity()
        return None
    except ClientError as problem:
        return problem.response["Error"]["Code"]


def document(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class User:
    """An IAM user with an access key, and with what it may do."""

    def __init__(self, iam, name, policy=None, password=False):
        user = iam.create_user(UserName=name)["User"]
        key = iam.create_access_key(UserName=name)["AccessKey"]
        self.name, self.arn, self.id = name, user["Arn"], user["UserId"]
        self.key = key["AccessKeyId"], key["SecretAccessKey"]
        if policy:
            iam.put_user_policy(UserName=name, PolicyName=policy[0], PolicyDocument=document(policy[1]))
        if password:
            iam.create_login_profile(UserName=name, Password=secrets.token_urlsafe(24) + "aA1!")


class Role:
    """An IAM role that the account itself may take, with what it may do."""

    def __init__(self, iam, name, policy, service=None):
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal":
                 {"Service": service} if service else {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]
        iam.put_role_policy(RoleName=name, PolicyName=policy[0], PolicyDocument=document(policy[1]))
        self.name, self.arn, self.id = name, role["Arn"], role["RoleId"]

    def session(self, sts, name):
        """Credentials of a session: id, secret, token."""
        told = sts.assume_role(RoleArn=self.arn, RoleSessionName=name)["Credentials"]
        return told["AccessKeyId"], told["SecretAccessKey"], told["SessionToken"]


class Account:
    """What the sandbox puts into the emulator."""

    def __init__(self, url):
        self.url = url
        self.sqs = client("sqs", url, ROOT)
        self.iam = client("iam", url, ROOT)
        self.s3 = client("s3", url, ROOT)
        self.sts = client("sts", url, ROOT)
        self.names = {}
        self.prepare()
        self.s3.create_bucket(Bucket=BUCKET)
        self.s3.put_object(Bucket=BUCKET, Key=EXPORT, Body=b"id,name,plan\n1,Ada,team\n2,Grace,solo\n")

    def prepare(self):
        """What vouch needs: a queue, somebody to be, what quarantine attaches."""
        self.queue = self._queue()
        self.daemon_key = User(self.iam, DAEMON).key
        # What quarantine attaches: in a real account it comes with the deployment.
        self.iam.create_policy(PolicyName="VouchQuarantine", Path="/vouch/", PolicyDocument=document(
            {"Effect": "Deny", "Action": "*", "Resource": "*"}))

    def fresh(self, name):
        """A name that was not there before: one that is taken gets a number."""
        count = self.names[name] = self.names.get(name, 0) + 1
        return name if count == 1 else f"{name}-{count}"

    def user(self, name, policy=None, password=False):
        return User(self.iam, self.fresh(name), policy, password)

    def role(self, name, policy, service=None):
        return Role(self.iam, self.fresh(name), policy, service)

    def public_bucket(self, name):
        """A bucket with something in it that anybody may read."""
        name = self.fresh(name)
        self.s3.create_bucket(Bucket=name)
        self.s3.put_object(Bucket=name, Key="invoices.csv", Body=b"number,amount\n1,100\n2,250\n")
        self.s3.delete_public_access_block(Bucket=name)
        self.s3.put_bucket_policy(Bucket=name, Policy=document(
            {"Sid": "Oops", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}))
        return name

    def deployer(self):
        """The user of the first story, whose key gets around."""
        return self.user(USER, ("deploy", {"Effect": "Allow", "Resource": "*", "Action": [
            "s3:ListAllMyBuckets", "s3:ListBucket", "s3:GetObject", "iam:ListUsers"]}))

    def grant(self, policy):
        """What the daemon may do. The emulator refuses it everything else."""
        policy = json.loads(policy)
        # AWS allows a batch to whoever may do the single call; the emulator asks for the batch by name.
        single = {action for statement in policy["Statement"] for action in statement["Action"]}
        batches = [f"{action}Batch" for action in ("sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
                   if action in single]
        policy["Statement"].append({"Sid": "Emulator", "Effect": "Allow", "Action": batches, "Resource": "*"})
        self.iam.put_user_policy(UserName=DAEMON, PolicyName="vouch", PolicyDocument=json.dumps(policy))
        # The emulator never tells iam:PolicyARN, so the condition that holds attaching to one policy fails there.
        attach = {"Effect": "Allow", "Resource": [f"arn:aws:iam::{ACCOUNT}:user/*", f"arn:aws:iam::{ACCOUNT}:role/*"],
                  "Action": ["iam:AttachUserPolicy", "iam:DetachUserPolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy"]}
        self.iam.put_user_policy(UserName=DAEMON, PolicyName="attach", PolicyDocument=document(attach))

    def waiting(self):
        """How many messages the queue holds, those being worked on included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)

    def _queue(self):
        dead = self.sqs.create_queue(QueueName="vouch-findings-dead")["QueueUrl"]
        told = self.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
        redrive = {"deadLetterTargetArn": told["Attributes"]["QueueArn"], "maxReceiveCount": "5"}
        return self.sqs.create_queue(QueueName="vouch-findings", Attributes={
            "RedrivePolicy": json.dumps(redrive), "VisibilityTimeout": "60"})["QueueUrl"]

    def send(self, finding):
        """Puts the finding into the queue as EventBridge does."""
        event = {
            "version": "0", "id": secrets.token_hex(16), "detail-type": "GuardDuty Finding",
            "source": "aws.guardduty", "account": ACCOUNT, "time": finding["updatedAt"], "region": REGION,
            "resources": [], "detail": finding,
        }
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=json.dumps(event))
