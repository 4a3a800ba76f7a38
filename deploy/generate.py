#!/usr/bin/env python3
"""Writes what the program itself knows into deploy/: IAM policies, also into the templates, and Slack app manifests.

    generate.py --vouch BINARY            write them anew (`make policies`)
    generate.py --vouch BINARY --check    say what is not what the program prints now; exit 1 if anything is

Never here: a permission; remedies and look-ups declare their own, and `vouch iam-policy` prints them.
"""
import argparse
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REGION, HUB, QUEUE = "us-east-1", "111122223333", "vouch-findings"
# What the templates say, with values for the places of a deployment. Everything that is built is enabled.
SETTINGS = {
    "VOUCH__QUEUE__URL": f"https://sqs.{REGION}.amazonaws.com/{HUB}/{QUEUE}",
    "VOUCH__SLACK__SECURITY_CHANNEL": "C0123456789",
    "VOUCH__SLACK__RESPONDERS": "U0123456789,U9876543210",
    "VOUCH__HTTP__PUBLIC_URL": "https://vouch.example.com",
    "VOUCH__AWS__EVIDENCE_ROLE": "arn:{partition}:iam::{account}:role/vouch/vouch-evidence",
    "VOUCH__AWS__RESPOND_ROLE": "arn:{partition}:iam::{account}:role/vouch/vouch-respond",
    "VOUCH__AWS__EXTERNAL_ID": "an-external-id-of-your-own",
    "VOUCH__OWNERS__IDENTITY_STORE_ID": "d-1234567890",
    "VOUCH__OWNERS__IDENTITY_STORE_REGION": REGION,
}
FILES = {
    "policies/hub.json": "iam-policy hub",
    "policies/evidence.json": "iam-policy evidence",
    "policies/respond-surgical.json": "iam-policy respond --profile surgical",
    "policies/respond-strict.json": "iam-policy respond --profile strict",
    "slack/socket.json": "slack-manifest",
    "slack/http.json": "slack-manifest",
}
TEMPLATES = ["hub.yaml", "member.yaml"]
BLOCK = re.compile(r"^( *)# generated: (.+)\n(?:.*\n)*?\1# end\n", re.M)


def printed(vouch, words, **more):
    env = {**SETTINGS, **more}
    run = subprocess.run([vouch, *words.split()], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=60)
    if run.returncode != 0:
        sys.exit(f"generate.py: `vouch {words}` ended with {run.returncode}: {run.stderr.strip()}")
    return json.loads(run.stdout)


def templated(value):
    """With the places of a deployment where the example has its own."""
    if isinstance(value, dict):
        return {key: templated(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [templated(inner) for inner in value]
    if value == f"arn:aws:sqs:{REGION}:{HUB}:{QUEUE}":
        return {"Fn::GetAtt": ["Findings", "Arn"]}
    if not isinstance(value, str) or not value.startswith("arn:aws:"):
        return value
    if HUB in value or REGION in value:
        sys.exit(f"generate.py: {value} names the example's account or Region: say here what stands for it")
    # IAM has variables of its own, which CloudFormation must leave alone.
    value = value.replace("${", "${!")
    return {"Fn::Sub": "arn:${AWS::Partition}:" + value.removeprefix("arn:aws:")}


def filled(text, vouch):
    """A template with its generated blocks as the program prints them now."""
    def block(found):
        indent, words = found.groups()
        policy = json.dumps(templated(printed(vouch, f"iam-policy {words}")), indent=2)
        body = "".join(f"{indent}{line}\n" for line in policy.splitlines())
        return f"{indent}# generated: {words}\n{body}{indent}# end\n"
    return BLOCK.sub(block, text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vouch", required=True, type=os.path.abspath)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    wanted = {}
    for path, words in FILES.items():
        transport = "http" if path == "slack/http.json" else "socket"
        told = printed(options.vouch, words, VOUCH__SLACK__TRANSPORT=transport)
        wanted[path] = json.dumps(told, indent=2) + "\n"
    for path in TEMPLATES:
        with open(os.path.join(HERE, path), encoding="utf-8") as file:
            wanted[path] = filled(file.read(), options.vouch)
    stale = 0
    for path, text in wanted.items():
        whole = os.path.join(HERE, path)
        held = open(whole, encoding="utf-8").read() if os.path.exists(whole) else None
        if held == text:
            continue
        stale += 1
        if options.check:
            print(f"deploy/{path} is not what the program prints now: run `make policies`")
        else:
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            with open(whole, "w", encoding="utf-8") as file:
                file.write(text)
            print(f"deploy/{path} written")
    print(f"generate.py: {len(wanted)} documents, {stale} {'stale' if options.check else 'written'}")
    sys.exit(1 if options.check and stale else 0)


if __name__ == "__main__":
    main()
