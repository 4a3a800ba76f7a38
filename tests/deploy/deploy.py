#!/usr/bin/env python3
"""Holds deploy/, the Dockerfile and the workflow to what other people's linters say, and to what the daemon really reads.

    deploy.py --vouch BINARY --checkov PYTHON

Run it with the environment that `tests/judges/env.sh tests/deploy/requirements.txt` makes. One line per fault; exit 1 if
there is any. Never here: deploying anything (`make deploy-check`), or running the image (`make image-check`).
"""
import argparse
import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile

try:
    import tomllib
except ImportError:
    import tomli as tomllib

import jsonschema
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import calls
from template import Template

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "deploy"))
import generate

BIN = os.path.dirname(sys.executable)
SCHEMA = os.path.join(ROOT, "..", "shared", "slack-manifest.schema.json")
HUB = {"Image": "registry.example.com/vouch@sha256:0", "SecurityChannel": "C0123456789",
       "Responders": "U0123456789,U9876543210", "OrganizationId": "o-a1b2c3d4e5", "ExternalId": "0123456789abcdef",
       "Vpc": "vpc-1", "SubnetA": "subnet-a", "SubnetB": "subnet-b", "Accounts": "111122223333,444455556666"}
HTTP = {"Transport": "http", "PublicUrl": "https://vouch.example.com", "CertificateArn": "arn:aws:acm:eu-central-1:1:c/1",
        "PublicSubnetA": "subnet-c", "PublicSubnetB": "subnet-d"}
MEMBER = {"HubAccount": "111122223333", "OrganizationId": "o-a1b2c3d4e5", "ExternalId": "0123456789abcdef"}
SECRETS = {"VOUCH__SLACK__BOT_TOKEN": "xoxb-shown", "VOUCH__SLACK__APP_TOKEN": "xapp-shown",
           "VOUCH__SLACK__SIGNING_SECRET": "shown", "VOUCH__FALLBACK__WEBHOOK_URL": "https://hooks.example.com/shown"}
# Settings of others that the daemon reads by their own names (README.md).
OTHERS = {"RUST_LOG", "OTEL_EXPORTER_OTLP_ENDPOINT"}
# With each of these whoever holds a role can give themselves, or others, more than it allows.
STRONG = {"ec2:AssociateIamInstanceProfile", "ec2:ModifyInstanceAttribute", "iam:PassRole", "iam:PutRolePolicy",
          "iam:PutUserPolicy", "s3:PutBucketAcl", "s3:PutBucketPolicy"}
faults = 0
checks = 0


def hold(holds, fault):
    global faults, checks
    checks += 1
    if not holds:
        faults += 1
        print(fault)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def run(*command, env=None, given=None):
    return subprocess.run(command, cwd=ROOT, input=given, stdin=None if given else subprocess.DEVNULL, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)


def judged(name, *command, given=None):
    told = run(*command, given=given)
    hold(told.returncode == 0, f"{name}:\n{told.stdout.strip()}")


def linters(checkov):
    templates = ["deploy/hub.yaml", "deploy/member.yaml", "deploy/forward.yaml"]
    judged("cfn-lint", os.path.join(BIN, "cfn-lint"), *templates)
    # It would fetch its newest rules from the network otherwise.
    judged("checkov", checkov, "-m", "checkov.main", "--skip-download", "--quiet", "--compact", "--framework",
           "cloudformation", "dockerfile", "--file", *templates, "Dockerfile")
    judged("hadolint", os.path.join(BIN, "hadolint"), "Dockerfile")
    for path in sorted(os.listdir(os.path.join(ROOT, "deploy/policies"))) + ["../scp/organization.json"]:
        # Its lowest level asks to name the users whose keys are looked at; which those are, only the finding tells.
        judged(f"parliament, {path}", os.path.join(BIN, "parliament"), "--minimum_severity", "MEDIUM",
               "--config", "tests/deploy/parliament.yaml",
               given=read(os.path.join("deploy/policies", path)))
    judged("actionlint", os.path.join(BIN, "actionlint"), ".github/workflows/ci.yml")


def generated(vouch):
    judged("what the program prints", sys.executable, "deploy/generate.py", "--vouch", vouch, "--check")
    if os.path.exists(SCHEMA):
        with open(SCHEMA, encoding="utf-8") as file:
            judge = jsonschema.Draft7Validator(json.load(file))
        for name in ("socket", "http"):
            said = [f"{'/'.join(map(str, one.path))}: {one.message}"
                    for one in judge.iter_errors(json.loads(read(f"deploy/slack/{name}.json")))]
            hold(not said, f"deploy/slack/{name}.json is no manifest that Slack takes: {'; '.join(said)}")
    else:
        print("skipped: Slack's manifest schema is not beside this checkout, so manifests were not held against it")
    bill = run(sys.executable, "deploy/image/sbom.py", "x86_64-unknown-linux-gnu")
    said = JsonStrictValidator(SchemaVersion.V1_5).validate_str(bill.stdout)
    hold(bill.returncode == 0 and not said, f"the bill of materials is no CycloneDX: {said or bill.stdout}")


def policies(vouch):
    """Each call in the source is allowed, and nothing else is, once every remedy is offered and every source is asked."""
    each, _ = calls.policies(vouch)
    said, count = calls.faults(ROOT, [policy for printed in each.values() for policy in printed])
    hold(count > 20, "no calls were found in the source: what spells them has changed")
    for fault in said:
        hold(False, fault)
    told = read("SECURITY.md").split("## What is not protected")[1].split("\n## ")[0]
    may = {action for printed in each["respond"] for action in calls.allowed([printed])}
    for action in sorted(STRONG & may):
        hold(re.search(rf"\b{action.split(':')[1]}\b", told), f"SECURITY.md does not say what {action} could be used for")
    gone = {action for action in re.findall(r"`([a-z0-9]+:[A-Z]\w+)`", told)} - may
    hold(not gone, f"SECURITY.md warns of {', '.join(sorted(gone))}, which no policy allows")


def containers(stack):
    [task] = stack.resources("AWS::ECS::TaskDefinition").values()
    [container] = task["ContainerDefinitions"]
    return task, container


def environment(vouch):
    """Every variable is one that the daemon reads, and with them it would start."""
    for name, more in (("socket", {"SecondRoute": "yes"}), ("http", HTTP)):
        stack = Template(os.path.join(ROOT, "deploy/hub.yaml"), **HUB, **more)
        _, container = containers(stack)
        given = {one["Name"]: one["Value"] for one in container["Environment"]}
        foreign = {key for key in given if not key.startswith("VOUCH__")} - OTHERS
        hold(not foreign, f"hub.yaml sets {', '.join(foreign)}, which nobody reads")
        given["VOUCH__QUEUE__URL"] = "https://sqs.eu-central-1.amazonaws.com/111122223333/vouch-findings"
        secrets = [one["Name"] for one in container["Secrets"]]
        hold(set(secrets) <= SECRETS.keys(), f"hub.yaml gives secrets that nobody reads: {secrets}")
        given.update({key: SECRETS[key] for key in secrets if key in SECRETS})
        [secret] = stack.resources("AWS::SecretsManager::Secret").values()
        kept = json.loads(secret["GenerateSecretString"]["SecretStringTemplate"])
        taken = {one["Name"]: one["ValueFrom"].split(":")[1] for one in container["Secrets"]}
        strays = {key for name, key in taken.items() if key not in kept or not name.endswith(f"__{key.upper()}")}
        hold(not strays, f"hub.yaml takes {', '.join(strays)} from a secret that holds {', '.join(kept)}")
        with tempfile.TemporaryDirectory() as folder:
            # The folder of the image is not on this machine.
            hold(given["VOUCH__STORE__PATH"] == "/var/lib/vouch", "hub.yaml keeps the store elsewhere than the image")
            told = run(vouch, "check", "--offline", env={**given, "VOUCH__STORE__PATH": os.path.join(folder, "store")})
        hold(told.returncode == 0, f"hub.yaml with transport {name} gives settings that are refused:\n{told.stdout}")
        hold(f"{name}: " in told.stdout or name == "socket", f"hub.yaml with transport {name} runs another")


def places(vouch):
    """Ports, paths, names and numbers that stand in two places say the same in both."""
    defaults = tomllib.loads(read("config/default.toml"))
    dockerfile = read("Dockerfile")
    stack = Template(os.path.join(ROOT, "deploy/hub.yaml"), **HUB, **HTTP, OperatorsCidr="10.0.0.0/8", Running="yes")
    task, container = containers(stack)
    port = int(defaults["http"]["listen"].rsplit(":", 1)[1])
    admin = int(defaults["admin"]["listen"].rsplit(":", 1)[1])
    [target] = stack.resources("AWS::ElasticLoadBalancingV2::TargetGroup").values()
    [rule] = stack.resources("AWS::ElasticLoadBalancingV2::ListenerRule").values()
    [service] = stack.resources("AWS::ECS::Service").values()
    groups = stack.resources("AWS::EC2::SecurityGroup")
    opened = {one["FromPort"] for one in groups["ServiceGroup"]["SecurityGroupIngress"]}
    hold({one["ContainerPort"] for one in container["PortMappings"]} == {port}, "hub.yaml maps another port than http.listen")
    hold(target["Port"] == port == service["LoadBalancers"][0]["ContainerPort"], "the load balancer talks to another port")
    hold(opened == {port, admin}, f"hub.yaml opens {opened}, the daemon listens on {port} and {admin}")
    hold(f"EXPOSE {port}\n" in dockerfile, f"the Dockerfile does not expose {port}")
    health, slack = re.search(r'route\("(/\w+)"', read("src/http.rs")), re.search(r'PATH: &str = "(.*)"', read("src/slack/http.rs"))
    hold(target["HealthCheckPath"] == health.group(1), "the load balancer asks for health where nobody answers")
    paths = [one["PathPatternConfig"]["Values"] for one in rule["Conditions"] if one["Field"] == "path-pattern"]
    hold(paths == [[slack.group(1)]], f"the load balancer lets {paths} in, Slack calls {slack.group(1)}")
    store = defaults["store"]["path"]
    hold(container["MountPoints"][0]["ContainerPath"] == store, "the store is mounted elsewhere than store.path")
    hold(f'VOLUME ["{store}"]' in dockerfile, "the image's volume is not store.path")
    user = re.search(r"^USER (.*)$", dockerfile, re.M).group(1)
    [access] = stack.resources("AWS::EFS::AccessPoint").values()
    posix = access["PosixUser"]
    hold(container["User"] == user == f"{posix['Uid']}:{posix['Gid']}", "image, task and store have different users")
    command = json.loads(re.search(r"^HEALTHCHECK .* CMD (\[.*\])$", dockerfile, re.M).group(1))
    hold(container["HealthCheck"]["Command"] == ["CMD", *command], "image and task ask for health differently")
    one_writer = (service["DesiredCount"], service["DeploymentConfiguration"]["MinimumHealthyPercent"],
                  service["DeploymentConfiguration"]["MaximumPercent"], service["AvailabilityZoneRebalancing"])
    hold(one_writer == (1, 0, 100, "DISABLED"), f"two may write at once: {one_writer}")
    hold(container["StopTimeout"] == 120 and container["ReadonlyRootFilesystem"], "the task is stopped or held wrongly")
    hold(service["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED", "the task has a public address")
    quiet = Template(os.path.join(ROOT, "deploy/hub.yaml"), **HUB)
    hold(not [id for id, one in quiet.body["Resources"].items() if "LoadBalancing" in one["Type"] and id in quiet.resources()],
         "with Socket Mode there is a load balancer")
    hold(not quiet.resources()["ServiceGroup"]["SecurityGroupIngress"], "with Socket Mode something can be reached")
    names(container, defaults)


def parameters():
    """Each parameter does something, and is what deploy/README.md says it is: a setting of the daemon, or the table's."""
    base = {**HUB, **HTTP, "Running": "yes"}
    stack = Template(os.path.join(ROOT, "deploy/hub.yaml"), **base)
    [task] = [one for one in stack.body["Resources"].values() if one["Type"] == "AWS::ECS::TaskDefinition"]
    given = {one["Value"]["Ref"] for one in task["Properties"]["ContainerDefinitions"][0]["Environment"]
             if one["Name"].startswith("VOUCH__") and "Ref" in one["Value"] and one["Value"]["Ref"] in stack.values}
    told = re.search(r"^### Parameters\n(.*?)^\| parameter \| \|\n(.*?)^$", read("deploy/README.md"), re.M | re.S)
    settings = set(re.findall(r"`([A-Z]\w+)`", told.group(1)))
    table = {name for row in told.group(2).splitlines() for name in re.findall(r"`([A-Z]\w+)`", row.split("|")[1])}
    hold(settings == given, f"deploy/README.md and hub.yaml differ in what are settings: {sorted(settings ^ given)}")
    rest = stack.body["Parameters"].keys() - given
    hold(table == rest, f"the table of deploy/README.md and hub.yaml differ in {sorted(table ^ rest)}")
    before = stack.resources()
    for name, one in stack.body["Parameters"].items():
        now = stack.values[name]
        other = next((value for value in one.get("AllowedValues", []) if value != now), f"{now}0")
        after = Template(os.path.join(ROOT, "deploy/hub.yaml"), **{**base, name: other}).resources()
        hold(after != before, f"nothing in hub.yaml depends on the parameter {name}")


def assumed():
    """The task may assume every role that its settings name, and no other."""
    people = "arn:aws:iam::999988887777:role/people"
    for more in ({}, {"IdentityStoreRole": people}):
        stack = Template(os.path.join(ROOT, "deploy/hub.yaml"), **HUB, **more)
        _, container = containers(stack)
        named = {one["Value"].replace("{partition}", "aws").replace("{account}", "444455556666")
                 for one in container["Environment"] if re.match(r"arn:[^:]+:iam::[^:]+:role/", one["Value"])}
        hold(len(named) == 2 + len(more), f"the task's settings name the roles {sorted(named)}")
        documents = [one["PolicyDocument"] for one in stack.resources("AWS::IAM::Role")["TaskRole"]["Policies"]]
        documents += [one["PolicyDocument"] for one in stack.resources("AWS::IAM::Policy").values()
                      if "<TaskRole>" in one["Roles"]]
        for action in ("sts:AssumeRole", "sts:SetSourceIdentity"):
            may = {pattern for document in documents for one in document["Statement"]
                   if one["Effect"] == "Allow" and action in listed(one["Action"]) for pattern in listed(one["Resource"])}
            for role in sorted(named):
                hold(any(fnmatch.fnmatchcase(role, pattern) for pattern in may),
                     f"hub.yaml does not allow {action} on {role}, which the daemon assumes")
            idle = {pattern for pattern in may if not any(fnmatch.fnmatchcase(role, pattern) for role in named)}
            hold(not idle, f"hub.yaml allows {action} on {sorted(idle)}, which no setting names")


def inline():
    """No two resources write one inline policy: whichever goes last would delete it. All together fit into a role."""
    for path, given in (("hub", HUB), ("member", MEMBER)):
        stack = Template(os.path.join(ROOT, f"deploy/{path}.yaml"), **given)
        written = []
        for id, one in stack.body["Resources"].items():
            properties = one.get("Properties", {})
            if one["Type"] == "AWS::IAM::Role":
                written += [(id, policy) for policy in properties.get("Policies", [])]
            elif one["Type"] == "AWS::IAM::Policy":
                written += [(role["Ref"], properties) for role in properties["Roles"]]
        for role in sorted({role for role, _ in written}):
            policies = [policy for whose, policy in written if whose == role]
            called = [policy["PolicyName"] for policy in policies]
            twice = sorted({name for name in called if called.count(name) > 1})
            hold(not twice, f"{path}.yaml: two resources write the policy {', '.join(twice)} of {role}")
            # IAM and STS quotas: the inline policies of a role together, without white space. While a stack goes from one
            # profile to the other, those of both are there.
            size = sum(len(json.dumps(stack.value(policy["PolicyDocument"]), separators=(",", ":"))) for policy in policies)
            hold(size <= 10240, f"{path}.yaml: the inline policies of {role} are {size} characters")


def listed(value):
    return value if isinstance(value, list) else [value]


def referred(node, ids):
    """Resources that a piece of a template refers to."""
    if isinstance(node, dict):
        found = set()
        for key, inner in node.items():
            if key == "Ref":
                found.add(inner)
            elif key == "Fn::GetAtt":
                found.add(inner[0])
            elif key == "Fn::Sub":
                found |= {name.split(".")[0] for name in re.findall(r"\$\{([\w.]+)\}", inner)}
            else:
                found |= referred(inner, ids)
        return found & ids
    return set().union(*(referred(inner, ids) for inner in node)) if isinstance(node, list) else set()


def order():
    """Before the service starts there is what it needs and does not refer to: rights, mounts, the way from the balancer."""
    resources = Template(os.path.join(ROOT, "deploy/hub.yaml"), **HUB).body["Resources"]
    ids = resources.keys()
    refers = {id: referred([one.get("Properties", {}), one.get("Metadata", {})], ids) for id, one in resources.items()}
    before, ahead = set(), ["Service"]
    while ahead:
        id = ahead.pop()
        for other in refers[id] | set(listed(resources[id].get("DependsOn", []))):
            if other not in before:
                before.add(other)
                ahead.append(other)
    ties = {"AWS::IAM::Policy": "AWS::IAM::Role", "AWS::EFS::MountTarget": "AWS::EFS::FileSystem",
            "AWS::ElasticLoadBalancingV2::ListenerRule": "AWS::ElasticLoadBalancingV2::TargetGroup"}
    for id, one in resources.items():
        to = {other for other in refers[id] & before if resources[other]["Type"] == ties.get(one["Type"])}
        hold(not to or id in before,
             f"hub.yaml may start the service before {id} is there, which {', '.join(sorted(to))} needs")


def kept():
    """What is kept when a stack goes does not stand in the way of the next try after a creation that failed."""
    for path in ("hub", "member", "forward"):
        with open(os.path.join(ROOT, f"deploy/{path}.yaml"), encoding="utf-8") as file:
            said = re.findall(r"^    (DeletionPolicy|UpdateReplacePolicy): (\w+)$", file.read(), re.M)
        wanted = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
        for policy, value in said:
            hold(value == wanted[policy], f"{path}.yaml says {policy}: {value}")
        hold(path != "hub" or len(said) == 6, f"hub.yaml keeps {len(said) / 2} things")


def exempt():
    """Whoever a service control policy lets through cannot be made or changed by those whom it does not."""
    statements = json.loads(read("deploy/scp/organization.json"))["Statement"]
    guarded = [one for one in statements if {"iam:CreateRole", "iam:UpdateAssumeRolePolicy"} <= set(listed(one["Action"]))]
    held = [pattern for one in guarded for pattern in one["Resource"]]
    free = {pattern for one in statements for pattern in one["Condition"]["ArnNotLike"]["aws:PrincipalArn"]}
    hold(len(guarded) == 1 and free, "the service control policy is written otherwise now")
    for pattern in sorted(free):
        hold(any(fnmatch.fnmatchcase(pattern, one) for one in held),
             f"deploy/scp lets {pattern} through, and anybody may make or change such a role")


def workflow():
    """What .ci/run does only when asked, the workflow asks for, or does beside it."""
    asked = set(re.findall(r"\bVOUCH_CI_([A-Z]+)\b", read(".ci/run")))
    jobs = yaml.safe_load(read(".github/workflows/ci.yml"))["jobs"].values()
    steps = [(step.get("run", ""), step.get("env", {})) for job in jobs for step in job["steps"]]
    hold(asked == {"IMAGE", "LOOK"}, f".ci/run asks for {sorted(asked)} now")
    for name in sorted(asked):
        does = [run == ".ci/run" and env.get(f"VOUCH_CI_{name}") == "1" or run.startswith(f"make {name.lower()}")
                for run, env in steps]
        hold(any(does), f"the workflow never does what VOUCH_CI_{name}=1 asks for")


def names(container, defaults):
    """Roles and policies that one stack makes are those that the other, and the daemon, name."""
    given = {one["Name"]: one["Value"] for one in container["Environment"]}
    for profile in ("surgical", "strict"):
        member = Template(os.path.join(ROOT, "deploy/member.yaml"), **MEMBER, Profile=profile)
        made = {f"arn:{{partition}}:iam::{{account}}:role{one['Path']}{one['RoleName']}": one
                for one in member.resources("AWS::IAM::Role").values()}
        [quarantine] = member.resources("AWS::IAM::ManagedPolicy").values()
        hold({given["VOUCH__AWS__EVIDENCE_ROLE"], given["VOUCH__AWS__RESPOND_ROLE"]} == set(made),
             f"hub.yaml assumes other roles than member.yaml makes: {', '.join(made)}")
        arn = f"arn:{{partition}}:iam::{{account}}:policy{quarantine['Path']}{quarantine['ManagedPolicyName']}"
        hold(given["VOUCH__AWS__QUARANTINE_POLICY"] == arn == defaults["aws"]["quarantine_policy"],
             f"member.yaml makes {arn}, which is not what quarantine attaches")
        for name, role in made.items():
            [trust] = role["AssumeRolePolicyDocument"]["Statement"]
            hold(trust["Principal"]["AWS"] == "arn:aws:iam::111122223333:role/vouch/vouch-hub",
                 f"{name} does not trust the hub's role")
            hold({"sts:ExternalId", "aws:PrincipalOrgID"} <= trust["Condition"]["StringEquals"].keys(),
                 f"{name} can be assumed without external id or from elsewhere")
        policies = [one for one in member.resources("AWS::IAM::Policy").values() if one["PolicyName"].startswith("respond-")]
        hold(len(policies) == 1, f"with {profile} there are {len(policies)} policies to act with")
        inline = {action for one in policies[0]["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"
                  for action in one["Action"]} & {"iam:PutUserPolicy", "iam:PutRolePolicy"}
        hold(bool(inline) == (profile == "surgical"), f"with {profile} inline policies may be written: {sorted(inline)}")


def signals():
    """What alarms, dashboard and runbook watch is what the daemon says."""
    metrics = re.findall(r'r\.register\(\s*"(\w+)"', read("src/metrics.rs"))
    counters = {"findings", "prompts", "replies", "replies_refused", "remedies", "audit", "pages", "slack_requests", "aws_requests"}
    known = {f"vouch_{name}_total" if name in counters else f"vouch_{name}" for name in metrics}
    known |= {f"vouch_{name}_{part}" for name in metrics for part in ("bucket", "count", "sum") if name.endswith("_seconds")}
    for path in ("deploy/dashboard.json", "deploy/README.md", "README.md"):
        named = set(re.findall(r"\bvouch_[a-z_]+\b", read(path))) - {"vouch_"}
        hold(named <= known, f"{path} names metrics that there are not: {', '.join(sorted(named - known))}")
    shown = set(re.findall(r"\bvouch_[a-z_]+\b", read("deploy/dashboard.json")))
    unseen = {name for name in metrics if not any(one.startswith(f"vouch_{name}") for one in shown)}
    hold(not unseen, f"deploy/dashboard.json shows nothing of {', '.join(sorted(unseen))}")
    stack = Template(os.path.join(ROOT, "deploy/hub.yaml"), **HUB, Running="yes")
    vitals = read("src/daemon/vitals.rs")
    made = {}
    for id, one in stack.resources("AWS::Logs::MetricFilter").items():
        [metric] = one["MetricTransformations"]
        made[metric["MetricName"]] = field = metric["MetricValue"].removeprefix("$.")
        hold(re.search(rf"\b{field}\b", vitals), f"{id} reads {field}, which the line of vitals does not have")
        hold('"vitals"' in vitals and '"vitals"' in one["FilterPattern"], f"{id} looks for another line")
    alarms = stack.resources("AWS::CloudWatch::Alarm")
    ours = {one["MetricName"] for one in alarms.values() if one["Namespace"] == "vouch"}
    hold(ours == set(made), f"alarms and filters differ in {', '.join(sorted(ours ^ set(made)))}")
    runbook = read("deploy/README.md")
    for id in alarms:
        hold(f"`{id}`" in runbook, f"deploy/README.md does not say what to do about the alarm {id}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vouch", required=True, type=os.path.abspath)
    parser.add_argument("--checkov", required=True)
    options = parser.parse_args()
    linters(options.checkov)
    generated(options.vouch)
    policies(options.vouch)
    environment(options.vouch)
    places(options.vouch)
    parameters()
    assumed()
    inline()
    order()
    kept()
    exempt()
    workflow()
    signals()
    print(f"deploy.py: {checks} checks, {faults} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
