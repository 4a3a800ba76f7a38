"""The emulated account of the sandbox: who is in it, the queue, the finding; and whether a key works right now.

Every call is signed by botocore, so that the judge of "refused" is no code of ours. Never here: processes, Slack.
"""
import datetime
import hashlib
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
BAD_ADDRESS = "198.51.100.23"
WORDS = "An API was called with this user's access key from an address on a threat list."


def client(service, url, key):
    config = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
    return botocore.session.get_session().create_client(
        service, region_name=REGION, endpoint_url=url, aws_access_key_id=key[0], aws_secret_access_key=key[1],
        config=config)


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


class Account:
    """What the sandbox puts into the emulator."""

    def __init__(self, url):
        self.url = url
        self.sqs = client("sqs", url, ROOT)
        self.iam = client("iam", url, ROOT)
        self.queue = self._queue()
        self.arn, self.user_id, self.key = self._user(USER)
        _, _, self.daemon_key = self._user(DAEMON)
        # What quarantine attaches: in a real account it comes with the deployment.
        self.iam.create_policy(PolicyName="VouchQuarantine", Path="/vouch/", PolicyDocument=document(
            {"Effect": "Deny", "Action": "*", "Resource": "*"}))

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
        attach = {"Effect": "Allow", "Action": ["iam:AttachUserPolicy", "iam:DetachUserPolicy"], "Resource": self.arn}
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

    def _user(self, name):
        user = self.iam.create_user(UserName=name)["User"]
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return user["Arn"], user["UserId"], (key["AccessKeyId"], key["SecretAccessKey"])

    def finding(self, detector):
        """A finding about the user's key, as GuardDuty would hold it."""
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp = lambda minutes: (now - datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        id = hashlib.md5(secrets.token_bytes(16), usedforsecurity=False).hexdigest()
        return {
            "schemaVersion": "2.0", "accountId": ACCOUNT, "region": REGION, "partition": "aws", "id": id,
            "arn": f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/{detector}/finding/{id}",
            "type": "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom", "severity": 5,
            "createdAt": stamp(1), "updatedAt": stamp(1),
            "title": f"{USER} was used from an address on a threat list", "description": WORDS,
            "resource": {"resourceType": "AccessKey", "accessKeyDetails": {
                "accessKeyId": self.key[0], "principalId": self.user_id, "userType": "IAMUser", "userName": USER}},
            "service": {
                "serviceName": "guardduty", "detectorId": detector, "resourceRole": "TARGET", "archived": False,
                "count": 1, "eventFirstSeen": stamp(6), "eventLastSeen": stamp(4),
                "action": {"actionType": "AWS_API_CALL", "awsApiCallAction": {
                    "api": "ListBuckets", "serviceName": "s3.amazonaws.com", "callerType": "Remote IP",
                    "remoteIpDetails": {
                        "ipAddressV4": BAD_ADDRESS, "country": {"countryName": "Netherlands"},
                        "city": {"cityName": "Amsterdam"}, "geoLocation": {"lat": 52.37, "lon": 4.9},
                        "organization": {"asn": "64500", "asnOrg": "Example Hosting", "isp": "Example Hosting",
                                         "org": "Example Hosting"}}}},
            },
        }

    def send(self, finding):
        """Puts the finding into the queue as EventBridge does."""
        event = {
            "version": "0", "id": secrets.token_hex(16), "detail-type": "GuardDuty Finding",
            "source": "aws.guardduty", "account": ACCOUNT, "time": finding["updatedAt"], "region": REGION,
            "resources": [], "detail": finding,
        }
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=json.dumps(event))
