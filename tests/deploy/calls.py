#!/usr/bin/env python3
"""Every call to AWS against every action in the generated policies, both ways: the calls that the source spells
(deploy.py asks for these), and the calls that the tests really made.

    calls.py --vouch BINARY --calls FILE.jsonl

The second are what the program's calls looked like on their way to an emulator or a stub, as `VOUCH_CALLS_OUT` collects
them (tests/sim/src/calls.rs). Names of operations are AWS's own, from botocore's service models. One line per fault;
exit 1 if there is any. Never here: a list of what is allowed; the program prints it.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import botocore.session
from botocore import xform_name

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "deploy"))
import generate

# The SDK crate, and how IAM calls the service where it says it otherwise.
SERVICES = {"autoscaling": "autoscaling", "cloudtrail": "cloudtrail", "ec2": "ec2", "elasticloadbalancingv2": "elasticloadbalancing",
            "guardduty": "guardduty", "iam": "iam", "identitystore": "identitystore", "s3": "s3", "s3control": "s3",
            "sqs": "sqs", "sts": "sts"}
MODELS = {"elasticloadbalancingv2": "elbv2"}
CLIENTS = {"s3control": "S3Control"}
# Nobody needs a permission for these.
FREE = {"sts:GetCallerIdentity"}
# Calls without a permission of their own in the policies, and why that is right.
UNASKED = {
    "s3:ListBucket": "HeadBucket: a refusal tells the bucket's Region too",
}
# `vouch check` tries whom it has until one may ask: of the roles only evidence may, and where nobody may, it says so.
TRIED = {"iam:SimulatePrincipalPolicy"}
# Actions that no call of ours is named after, and the action of the call that needs them.
IMPLIED = {
    "sts:SetSourceIdentity": "sts:AssumeRole",
    "ec2:CreateTags": "ec2:CreateSnapshots",
    "iam:PassRole": "ec2:AssociateIamInstanceProfile",
}


def actions():
    """Operations that IAM knows by other names: the program's own table, and the batches of SQS."""
    with open(os.path.join(ROOT, "src/case/remedy/actions.rs"), encoding="utf-8") as file:
        table = re.search(r"const OTHERWISE.*?\];", file.read(), re.S).group(0)
    found = {f"{service}:{operation}": action
             for service, operation, action in re.findall(r'\("(\w+)", "(\w+)", "([\w:]+)"\)', table)}
    if len(found) < 5:
        sys.exit("calls.py: the table in src/case/remedy/actions.rs is written otherwise now")
    return {**found, "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility"}


ACTIONS = actions()


def action_of(crate, operation):
    """The permission that a call needs; nothing where nobody needs one."""
    spelled = f"{crate}:{operation}"
    action = ACTIONS.get(spelled, f"{SERVICES[crate]}:{operation}")
    return None if action in FREE else action


def operations():
    """The fluent client's spelling of every operation, each with the crates that have it."""
    session = botocore.session.get_session()
    found = {}
    for crate in SERVICES:
        for name in session.get_service_model(MODELS.get(crate, crate)).operation_names:
            found.setdefault(xform_name(name), {})[crate] = name
    return found


def spelled(root):
    """Actions that the source's calls need, each with one place."""
    known, found = operations(), {}
    for folder, _, names in os.walk(os.path.join(root, "src")):
        for name in sorted(name for name in names if name.endswith(".rs") and not name.endswith("_tests.rs")):
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as file:
                text = file.read().split("#[cfg(test)]")[0]
            # Whose client it is, by the crate or by our own name for it.
            here = {crate for crate in SERVICES
                    if re.search(rf"\b(aws_sdk_{crate}|{CLIENTS.get(crate, f'aws_sdk_{crate}')})\b", text)}
            if not here and "/aws/" not in path.replace(os.sep, "/"):
                continue
            for method in re.findall(r"\.\s*([a-z0-9_]+)\(\)", text):
                crates = known.get(method, {})
                sure = [crate for crate in crates if crate in here] or (list(crates) if len(crates) == 1 else [])
                for crate in sure:
                    action = action_of(crate, crates[crate])
                    if action and action not in UNASKED:
                        found.setdefault(action, os.path.relpath(path, root))
    return found


def allowed(policies):
    """What the policies allow, and nothing that they deny."""
    return {action for policy in policies for statement in policy["Statement"] if statement["Effect"] == "Allow"
            for action in statement["Action"]}


def faults(root, policies):
    may, does = allowed(policies), spelled(root)
    said = [f"{place} calls {action}, which no policy allows" for action, place in sorted(does.items()) if action not in may]
    said += [f"the policies allow {action}, and nothing calls it"
             for action in sorted(may - does.keys() - IMPLIED.keys())]
    return said, len(may | does.keys())


class Wire:
    """Requests as they go over the wire, told apart by AWS's own models."""

    def __init__(self):
        session = botocore.session.get_session()
        self.crates, self.routes, self.names = {}, {}, {}
        for crate in SERVICES:
            model = session.get_service_model(MODELS.get(crate, crate))
            self.crates.setdefault(model.signing_name, []).append(crate)
            self.names[crate] = set(model.operation_names)
            self.routes[crate] = [self.route(model.operation_model(name)) for name in model.operation_names]

    @staticmethod
    def route(operation):
        path, _, query = operation.http["requestUri"].partition("?")
        # `{Key+}` takes slashes too.
        shape = re.sub(r"\\\{[^/]*?\\\+\\\}", ".+", re.escape(path))
        shape = re.sub(r"\\\{[^/]*?\\\}", "[^/]+", shape)
        keys = {part.split("=")[0] for part in query.split("&") if part}
        return operation.http["method"], re.compile(shape.rstrip("/") + "/?$"), keys, operation.name

    def read(self, call):
        """The crate and the operation, or nothing that any model knows."""
        crates = self.crates.get(call["service"], [])
        verb, _, path = call["call"].partition(" ")
        if not path:
            return next(((crate, verb) for crate in crates if verb in self.names[crate]), None)
        given = {part.split("=")[0] for part in call["query"].split("&") if part}
        fits = [(len(keys), crate, name) for crate in crates for method, shape, keys, name in self.routes[crate]
                if method == verb and keys <= given and shape.match(path)]
        # Whichever names most of what was said.
        return max(fits)[1:] if fits else None


def policies(vouch):
    """What each role may do once every remedy is offered and every source is asked; `own` acts without roles."""
    with open(os.path.join(ROOT, "src/case/remedy.rs"), encoding="utf-8") as file:
        remedies = re.findall(r'=> "([a-z0-9-]+)",', file.read().split("pub fn parse")[0])
    alone = {"VOUCH__AWS__EVIDENCE_ROLE": "", "VOUCH__AWS__RESPOND_ROLE": ""}
    wanted = {"hub": ["hub"], "evidence": ["evidence"], "respond": ["respond --profile surgical", "respond --profile strict"]}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "everything.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'[[rule]]\nname = "everything"\noffer = {json.dumps(remedies)}\n')

        def printed(words, **more):
            run = subprocess.run([vouch, "--config", path, "iam-policy", *words.split()], stdin=subprocess.DEVNULL,
                                 env={**generate.SETTINGS, **more}, capture_output=True, text=True, timeout=60)
            if run.returncode != 0:
                sys.exit(f"calls.py: `vouch iam-policy {words}`, with everything offered: {run.stderr.strip()}")
            return json.loads(run.stdout)

        each = {role: [printed(one) for one in words] for role, words in wanted.items()}
        return each, [printed("hub", **alone)]


def heard(path, wire):
    """Actions by who needed them, and requests that no model knows."""
    found, strange = {}, set()
    with open(path, encoding="utf-8") as file:
        for line in file:
            call = json.loads(line)
            role = next((role for role in ("evidence", "respond") if role in call["by"]), "own")
            if "action" in call:
                action = None if call["action"] in FREE else call["action"]
            else:
                read = wire.read(call)
                if read is None:
                    strange.add(f"{call['service']}: {call['call']}")
                    continue
                action = action_of(*read)
            if action and action not in UNASKED:
                found.setdefault(role, set()).add(action)
    return found, strange


def compared(vouch, path):
    each, alone = policies(vouch)
    made, strange = heard(path, Wire())
    said = [f"no model of AWS's knows {call}" for call in sorted(strange)]
    for role, needed in sorted(made.items()):
        may = allowed(alone if role == "own" else each[role])
        # Whoever assumes a role is ourselves, whatever is done with it afterwards.
        may |= allowed(each["hub"])
        needed = needed | {action for action, by in IMPLIED.items() if by in needed}
        said += [f"{action} was needed as {role}, whose policy does not allow it" for action in sorted(needed - may - TRIED)]
    for role, printed in each.items():
        used = made.get(role, set()) if role != "hub" else made.get("own", set())
        implied = {action for action, by in IMPLIED.items() if by in used}
        said += [f"the policy of {role} allows {action}, and no test made a call that needs it"
                 for action in sorted(allowed(printed) - used - implied)]
    return said, sum(map(len, made.values()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vouch", required=True, type=os.path.abspath)
    parser.add_argument("--calls", required=True)
    options = parser.parse_args()
    if not os.path.exists(options.calls):
        sys.exit(f"calls.py: the tests wrote no {options.calls}: is VOUCH_CALLS_OUT still honoured?")
    said, count = compared(options.vouch, options.calls)
    for fault in said:
        print(fault)
    print(f"calls.py: {count} permissions needed, {len(said)} faults")
    sys.exit(1 if said else 0)


if __name__ == "__main__":
    main()
