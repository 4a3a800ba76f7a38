"""The emulated account of the sandbox, made by the templates in deploy/: queue, rule, roles and policy are the stacks'.

What the emulator does not model is changed after the deployment, each with its reason; nothing else is. Never here:
processes, Slack.
"""
import json
import os
import time

import aws

DEPLOY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy")
EXTERNAL_ID = "sandbox-external-id"
# Nobody but AWS may send events in AWS's name, the emulator says so too.
SOURCE = "vouch.sandbox"


class Stacks(aws.Account):
    """The same account, with what the sandbox otherwise makes by hand taken from the deployed stacks."""

    def __init__(self, url, principals, owner, channel, responders):
        self.principals, self.owner, self.channel, self.responders = principals, owner, channel, responders
        self.cloud = aws.client("cloudformation", url, aws.ROOT)
        self.events = aws.client("events", url, aws.ROOT)
        super().__init__(url)

    def prepare(self):
        self.organization = aws.client("organizations", self.url, aws.ROOT).describe_organization()["Organization"]["Id"]
        ec2 = aws.client("ec2", self.url, aws.ROOT)
        subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
        told = self._deploy("hub", Image="localhost/vouch:dev", Running="yes", Mode="enforce",
                            SecurityChannel=self.channel, Responders=",".join(self.responders),
                            OrganizationId=self.organization, ExternalId=EXTERNAL_ID,
                            Accounts=aws.ACCOUNT, OwnerPrincipals=f"{self.principals}={self.owner}",
                            Vpc=ec2.describe_vpcs()["Vpcs"][0]["VpcId"], SubnetA=subnets[0], SubnetB=subnets[1])
        self._deploy("member", HubAccount=aws.ACCOUNT, OrganizationId=self.organization, ExternalId=EXTERNAL_ID)
        self.queue = told["QueueUrl"]
        self._bend()
        self.daemon_key = self._as_the_task()

    def environment(self):
        """What the task definition gives the daemon, without its secrets: the emulator does not show their names."""
        ecs = aws.client("ecs", self.url, aws.ROOT)
        task = ecs.describe_task_definition(taskDefinition="vouch")["taskDefinition"]
        [container] = task["containerDefinitions"]
        return {one["name"]: one["value"] for one in container["environment"]}

    def grant(self, policy):
        """The stacks said already what the daemon may do."""

    def send(self, finding):
        """Over the bus and the rule."""
        event = {"Source": SOURCE, "DetailType": "GuardDuty Finding", "Detail": json.dumps(finding)}
        answer = self.events.put_events(Entries=[event])
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"the bus refused the event: {answer}")

    def _deploy(self, name, **parameters):
        with open(os.path.join(DEPLOY, f"{name}.yaml"), encoding="utf-8") as file:
            # The emulator speaks no TLS, and a queue that is denied without it is denied to its owner too.
            body = file.read().replace('"aws:SecureTransport": "false"', '"aws:SecureTransport": "neither"')
        self.cloud.create_stack(
            StackName=f"vouch-{name}", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()])
        deadline = time.monotonic() + 60
        while (stack := self.cloud.describe_stacks(StackName=f"vouch-{name}")["Stacks"][0])["StackStatus"] == "CREATE_IN_PROGRESS":
            if time.monotonic() > deadline:
                raise RuntimeError(f"the {name} stack is not there after a minute")
            time.sleep(0.2)
        if stack["StackStatus"] != "CREATE_COMPLETE":
            events = self.cloud.describe_stack_events(StackName=f"vouch-{name}")["StackEvents"]
            why = [f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason')}" for one in events
                   if "FAILED" in one["ResourceStatus"]]
            raise RuntimeError(f"the {name} stack ended as {stack['StackStatus']}: {'; '.join(why)}")
        return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}

    def _bend(self):
        """What the emulator cannot tell, so that conditions on it would never hold."""
        # sts:SourceIdentity is not known to it. The external id and the organization are, and stay.
        for role in ("vouch-evidence", "vouch-respond"):
            trust = self.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
            for statement in trust["Statement"]:
                del statement["Condition"]["StringLike"]
            self.iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
        # Nor is aws:ResourceOrgID, and a denial unless it is ours denies everything.
        self.iam.delete_role_policy(RoleName="vouch-hub", PolicyName="this-organization-only")
        # AWS allows a batch to whoever may do the single call; the emulator asks for the batch by name.
        self._allow("vouch-hub", ["sqs:DeleteMessageBatch", "sqs:ChangeMessageVisibilityBatch"])
        # It never tells iam:PolicyARN, by which attaching is held to one policy.
        self._allow("vouch-respond", ["iam:AttachUserPolicy", "iam:DetachUserPolicy"])
        # The rule waits for AWS's own events.
        rule = self.events.describe_rule(Name="vouch-guardduty")
        pattern = json.loads(rule["EventPattern"])
        pattern["source"].append(SOURCE)
        self.events.put_rule(Name=rule["Name"], EventPattern=json.dumps(pattern), State=rule["State"])

    def _allow(self, role, actions):
        self.iam.put_role_policy(RoleName=role, PolicyName="emulator", PolicyDocument=aws.document(
            {"Effect": "Allow", "Action": actions, "Resource": "*"}))

    def _as_the_task(self):
        """Credentials of the task role, as ECS would give them: it trusts ECS alone, so we are let in for a moment."""
        trust = self.iam.get_role(RoleName="vouch-hub")["Role"]["AssumeRolePolicyDocument"]
        ours = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{aws.ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        self.iam.update_assume_role_policy(RoleName="vouch-hub", PolicyDocument=aws.document(ours))
        sts = aws.client("sts", self.url, aws.ROOT)
        got = sts.assume_role(RoleArn=f"arn:aws:iam::{aws.ACCOUNT}:role/vouch/vouch-hub", RoleSessionName="task")["Credentials"]
        self.iam.update_assume_role_policy(RoleName="vouch-hub", PolicyDocument=json.dumps(trust))
        return got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"]
