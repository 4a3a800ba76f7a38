#!/usr/bin/env python3
"""A world on one machine in which vouch can be tried: an emulated AWS account, a Slack look-alike, the daemon.

    sandbox.py --vouch BINARY --sim BINARY --emulator emulator.sh [--check | --told FILE]
    sandbox.py --vouch BINARY --stacks --sim BINARY --emulator emulator.sh --check
    sandbox.py --image NAME --engine podman --sim BINARY --emulator emulator.sh --check

With --stacks the account is made by the templates in deploy/, and vouch runs with what they give it. With --image it runs
as a container, locked down, and the image is looked at first.

Without --check it says what to do next and plays stories until Ctrl-C. With --check it is the human itself, and exits
0 only if the key's own next call was refused after "Not me" and worked again after the undo, and if each story about a
session, a bucket, an instance and root comes to its end as well. With --told it plays
none by itself, and writes the addresses into that file for whoever drives the page.
Run it with the emulator's Python environment, which has botocore (`make sandbox` does).
"""
import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

# Before botocore is loaded: nothing of the caller's own AWS account may leak into the sandbox, nor a proxy between.
for name in [name for name in os.environ if name.startswith(("AWS_", "VOUCH__")) or name == "VOUCH_CONFIG"]:
    del os.environ[name]
os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true",
                  NO_PROXY="127.0.0.1,localhost", no_proxy="127.0.0.1,localhost")

import aws
import findings
from children import Child
from machines import Machines
from play import Player
from program import Binary, Image
from stacks import Stacks
from stage import Stage

OWNER, RESPONDER, SECOND = "U0ALICE", "U0ROSA", "U0RAVI"
CHANNEL = "C0SECURITY"
WORKSPACE = {
    "team_name": "Sandbox",
    "persons": [{"id": OWNER, "name": "alice", "email": "alice@example.com"},
                {"id": "U0BOB", "name": "bob", "email": "bob@example.com"},
                {"id": "U0YUKI", "name": "yuki", "email": "yuki@example.com", "locale": "ja-JP", "tz": "Asia/Tokyo"},
                {"id": RESPONDER, "name": "rosa (responder)", "email": "rosa@example.com"},
                {"id": SECOND, "name": "ravi (responder)", "email": "ravi@example.com"}],
    "channels": [{"id": CHANNEL, "name": "security", "is_private": True}],
}
TOKENS = {"VOUCH__SLACK__BOT_TOKEN": "xoxb-sim", "VOUCH__SLACK__APP_TOKEN": "xapp-sim"}
# Services that the first emulator lacks.
SECOND_EMULATOR = ["EC2", "S3_CONTROL", "AUTO_SCALING", "ELASTIC_LOAD_BALANCING_V2"]
# What vouch is given, by name; a container sees nothing else.
ENVIRONMENT = [*TOKENS, "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED", "RUST_LOG",
               "AWS_ENDPOINT_URL", *(f"AWS_ENDPOINT_URL_{service}" for service in SECOND_EMULATOR)]
CONFIG = """\
# Written by the sandbox; see config/default.toml for every key.
mode = "enforce"

[queue]
url = "{queue}"

[slack]
api_url = "{slack_api}"
security_channel = "{channel}"
responders = ["{responder}", "{second}"]

[http]
listen = "127.0.0.1:{http}"

[admin]
listen = "127.0.0.1:{admin}"

[store]
path = "{store}"

[owners]
sources = ["static"]

[owners.principals]
"arn:aws:iam::*:*/alice*" = "U0ALICE"
"arn:aws:iam::*:*/bob*" = "U0BOB"
"arn:aws:iam::*:*/yuki*" = "U0YUKI"
"arn:aws:s3:::alice*" = "U0ALICE"
"arn:aws:ec2:*:*:instance/*" = "U0BOB"

# A story that was played to its end can be played again at once.
[group]
window = "5s"

[prompts]
per_person_hour = 50

# A sandbox is played with: the breaker would only spoil the fun.
[guard]
max_writes_10m = 100
max_writes_day = 1000
max_writes_account_hour = 100

[verify]
after = ["2s", "10s", "60s"]

[log]
format = "text"
"""
# The built-in playbook tells responders; here whoever answers for the thing is asked. Each rule by what its remedy may.
RULES = {"s3:PutBucketPublicAccessBlock": """
[[rule]]
name = "a bucket is public"
types = ["Policy:S3/*"]
stance = "ask"
ask = "bucket-owner"
offer = ["block-bucket-public-access"]
""", "ec2:ModifyNetworkInterfaceAttribute": """
[[rule]]
name = "an instance mines"
types = ["CryptoCurrency:EC2/*"]
stance = "ask"
ask = "instance-owner"
offer = ["contain", "isolate-instance"]
"""}


class Failed(Exception):
    """One clear sentence about what did not happen."""


def say(text):
    print(text, flush=True)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def fetch(url, body=None, seconds=10, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"content-type": "application/json"}, method=method)
    # 127.0.0.1 is never behind a proxy.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=seconds) as answer:
        return json.load(answer)


class Sandbox:
    """Everything that runs, in the order in which it was started."""

    def __init__(self, options):
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="vouch-sandbox-")
        self.children = []
        self.machines, self.machines_url = None, f"http://127.0.0.1:{free_port()}"
        self.began = time.monotonic()
        self.program = Binary(options.vouch, self.folder) if options.vouch else Image(
            options.engine, options.image, self.folder, ENVIRONMENT)

    def step(self, text):
        say(f"[{time.monotonic() - self.began:5.1f} s] {text}")

    def start(self, name, command, env=None):
        child = Child(name, command, {**os.environ, **(env or {})}, self.folder)
        self.children.append(child)
        return child

    def until(self, what, seconds, look):
        """Looks until there is something; fails when the time is over or a child ended."""
        deadline = time.monotonic() + seconds
        while True:
            self.alive()
            found = look()
            if found:
                return found
            if time.monotonic() > deadline:
                raise Failed(f"{what}: not within {seconds} s")
            time.sleep(0.1)

    def alive(self):
        for child in self.children:
            if child.died() is not None:
                raise Failed(f"{child.name} ended by itself with code {child.died()}")

    # What is started.

    def emulator(self):
        url = f"http://127.0.0.1:{(port := free_port())}"
        self.start("emulator", [self.options.emulator, "follow", str(port)])
        self.until("the AWS emulator answers", 60, lambda: aws.answers(url))
        self.step(f"AWS emulator at {url}, it refuses what IAM does not allow")
        if self.options.stacks:
            self.account = Stacks(url, f"arn:aws:iam::*:user/{aws.USER}*", OWNER, CHANNEL, [RESPONDER, SECOND])
            self.step("hub and member stack are deployed: queue, rule, roles and quarantine policy are theirs")
        else:
            self.account = aws.Account(url)
        self.step(f"account {aws.ACCOUNT}: a queue, a bucket, a user for vouch")

    def wait_machines(self):
        """The emulator of instances. It starts slowly, so it does only when a story needs it."""
        if not self.machines:
            port = self.machines_url.rsplit(":", 1)[1]
            self.step("the emulator of instances starts")
            self.start("moto", [self.options.emulator, "moto", "follow", port], {"MOTO_ACCOUNT_ID": aws.ACCOUNT})
            self.machines = Machines(self.machines_url)
            self.until("the emulator of instances answers", 120, self.machines.answer)
        return self.machines

    def sim(self):
        workspace = os.path.join(self.folder, "workspace.json")
        with open(workspace, "w", encoding="utf-8") as file:
            json.dump(WORKSPACE, file)
        upstream = self.account.url.removeprefix("http://")
        child = self.start("sim", [self.options.sim, "--workspace", workspace, "--upstream", upstream])

        def line():
            with open(child.log, encoding="utf-8") as log:
                text = log.read()
            return json.loads(text) if text.endswith("\n") and text.startswith("{") else None

        places = self.until("the Slack look-alike starts", 20, line)
        self.slack, self.slack_api, self.stubs = places["slack"], places["api"], places["aws"]
        self.front = places["front"]
        self.step(f"Slack look-alike at {self.slack}, GuardDuty stub at {self.stubs}")

    def configure(self):
        admin = free_port()
        self.admin = f"http://127.0.0.1:{admin}"
        self.config = os.path.join(self.folder, "sandbox.toml")
        config = CONFIG.format(
            queue=self.account.queue, slack_api=self.slack_api, channel=CHANNEL, responder=RESPONDER, second=SECOND,
            http=free_port(), admin=admin, store=self.program.store)
        self.write(config, RULES.values())
        id, secret, *token = self.account.daemon_key
        self.env = {
            **TOKENS, "AWS_REGION": aws.REGION, "AWS_ACCESS_KEY_ID": id, "AWS_SECRET_ACCESS_KEY": secret,
            # Before the emulator stands a front that knows what it lacks: GuardDuty, CloudTrail, a few calls of IAM.
            "AWS_ENDPOINT_URL": self.front,
            **{f"AWS_ENDPOINT_URL_{name}": self.machines_url for name in SECOND_EMULATOR},
            "VOUCH__LANGUAGE": self.options.language,
            "RUST_LOG": os.environ.get("RUST_LOG", "info"), **({"AWS_SESSION_TOKEN": token[0]} if token else {}),
        }
        if self.options.stacks:
            self.as_deployed(admin)
        self.policy = self.must("iam-policy", "hub")
        if not all(map(self.may, RULES)):
            # A rule whose remedy is not built would only be warned of.
            self.write(config, [rule for action, rule in RULES.items() if self.may(action)])
        self.account.grant(self.policy)
        self.step("vouch may do what `vouch iam-policy hub` prints, and the emulator refuses it the rest")
        faults = [line for line in self.must("check", "--offline").splitlines() if not line.startswith("ok")]
        self.step(f"`vouch check --offline`: {'all ok' if not faults else '; '.join(faults)}")

    def write(self, config, rules):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("" if self.options.stacks else config + "".join(rules))

    def may(self, action):
        """Whether vouch asks for this permission, so that what needs it is built and enabled."""
        return action is None or f'"{action}"' in self.policy

    def as_deployed(self, admin):
        """What the task definition says, except for the places that are others on this machine."""
        given = self.account.environment()
        self.env = {**given, **self.env, "VOUCH__SLACK__API_URL": self.slack_api,
                    "VOUCH__HTTP__LISTEN": f"127.0.0.1:{free_port()}", "VOUCH__ADMIN__LISTEN": f"127.0.0.1:{admin}",
                    "VOUCH__STORE__PATH": self.program.store, "VOUCH__VERIFY__AFTER": "2s,10s,60s"}
        self.step(f"{len(given)} settings are the task definition's")

    def daemon(self):
        if isinstance(self.program, Image):
            self.quick()
        self.vouch = self.start("vouch", self.program.command(self.config, "run"), self.env)
        self.until("vouch is ready", 60, lambda: self.command("health").returncode == 0)
        self.step(f"vouch runs in enforce mode, its page is {self.admin}")
        if isinstance(self.program, Image):
            self.locked_down()

    # The image.

    def inspect(self):
        faults, size = self.program.faults()
        if faults:
            raise Failed(f"the image {self.options.image}: {'; '.join(faults)}")
        self.step(f"the image {self.options.image}: {size:.1f} MB, and nothing in it but what is needed")

    def quick(self):
        """Starts it on a store of its own until one start was quick enough: others may use this machine too."""
        took = []
        while len(took) < 5:
            name = f"{self.program.name}-start"
            child = self.start("start", self.program.start(self.config, "run", name=name), self.env)
            answered = self.until("vouch answers", 60, self.answered)
            took.append(answered - self.program.began(name))
            code, _ = child.stop(20)
            self.children.remove(child)
            if code != 0:
                raise Failed(f"vouch should end with 0 after SIGTERM, but ended with {code}")
            if took[-1] < 1:
                self.step(f"it answers {took[-1] * 1000:.0f} ms after its start")
                return
        raise Failed(f"it should answer within a second of its start: {', '.join(f'{t:.2f} s' for t in took)}")

    def answered(self):
        """The time at which the admin address answers at all, ready or not."""
        try:
            fetch(f"{self.admin}/readyz", seconds=2)
        except urllib.error.HTTPError:
            pass
        except OSError:
            return None
        return time.time()

    def locked_down(self):
        faults = self.program.loose()
        if faults:
            raise Failed(f"the container is not locked down: {'; '.join(faults)}")
        self.step("it runs as 65532, without any capability, on a file system that it cannot write"
                  if faults is not None else "how it runs cannot be seen from outside on this machine")

    def command(self, *words):
        return subprocess.run(self.program.command(self.config, *words), env={**os.environ, **self.env},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)

    def must(self, *words):
        """What a command prints; it is expected to succeed."""
        run = self.command(*words)
        if run.returncode != 0:
            raise Failed(f"`vouch {' '.join(words)}` ended with {run.returncode}:\n{run.stdout}{run.stderr}")
        return run.stdout

    # What the world does.

    def detector(self):
        return fetch(f"{self.stubs}/_sim/detectors?region={aws.REGION}")["id"]

    def send(self, *found):
        """GuardDuty finds something, and EventBridge puts it into the queue."""
        for one in found:
            fetch(f"{self.stubs}/_sim/findings", one)
            self.account.send(one)
        many = f" ({len(found)} times)" if len(found) > 1 else ""
        self.step(f"finding sent: {found[0]['type']}{many}")

    def control(self, path, body):
        return fetch(f"{self.slack}/_sim/{path}", body)

    def forget_faults(self):
        fetch(f"{self.slack}/_sim/faults", method="DELETE")

    def plays(self, after, milliseconds):
        return fetch(f"{self.slack}/_sim/plays?after={after}&timeout_ms={milliseconds}")

    # What is observed.

    def refusal(self):
        return aws.refusal(self.account.url, self.user.key)

    def require_accepted(self, when):
        code = self.refusal()
        if code:
            raise Failed(f"the key should work {when}, but was refused: {code}")
        self.step(f"a call signed with {self.user.key[0]}: accepted")

    def cases(self):
        try:
            return fetch(f"{self.admin}/v1/cases?limit=20")["cases"]
        except (OSError, ValueError):
            return []

    def messages(self, place):
        """Whatever stands there, the oldest first."""
        return fetch(f"{self.slack}/_sim/messages?{urllib.parse.urlencode({'channel': place})}")

    def wait_message(self, place, action, seconds):
        asked = urllib.parse.urlencode({"channel": place, "action": action, "timeout_ms": 500})
        said = ""

        def look():
            nonlocal said
            try:
                return fetch(f"{self.slack}/_sim/wait?{asked}")
            except urllib.error.HTTPError as problem:
                said = problem.read().decode()
                return None

        try:
            return self.until(f"a message with {action} for {place}", seconds, look)
        except Failed as problem:
            raise Failed(f"{problem}; the look-alike says: {said}") from None

    def click(self, who, message, action):
        body = {"user": who, "channel": message["channel"], "ts": message["ts"], "action_id": action}
        try:
            said = fetch(f"{self.slack}/_sim/click", body, seconds=30)
        except urllib.error.HTTPError as problem:
            raise Failed(f"{who} could not press {action}: {problem.read().decode()}")
        if not said.get("acked"):
            raise Failed(f"the press on {action} was not acknowledged: {said.get('error')}")
        self.step(f"{who} pressed {action}, acknowledged after {said.get('took_ms')} ms")

    def wait_outcome(self, wanted, seconds):
        def look():
            listed = self.command("cases", "--json")
            cases = json.loads(listed.stdout)["cases"] if listed.returncode == 0 else []
            return cases and cases[0]["outcome"] == wanted
        self.until(f"the case reads back as {wanted}", seconds, look)
        self.step(f"`vouch cases`: {wanted}")

    # The two ways to use it.

    def check(self):
        self.user = self.account.deployer()
        self.require_accepted("before the finding")
        self.send(findings.stolen_key(self.detector(), self.user))
        prompt = self.wait_message(OWNER, "vouch.not_mine", 30)
        self.step("alice was asked")
        self.until("the finding is taken off the queue", 20, lambda: self.account.waiting() == 0)
        self.require_accepted("until somebody answers")
        clicked = time.monotonic()
        self.click(OWNER, prompt, "vouch.not_mine")
        code = self.until("the key is refused after Not me", 30, self.refusal)
        self.step(f"the key's own next call: refused, {code}, {time.monotonic() - clicked:.1f} s after the click")
        if code != "InvalidClientTokenId":
            raise Failed(f"an inactive key is refused with InvalidClientTokenId, this was {code}")
        self.wait_outcome("contained", 30)
        card = self.wait_message(CHANNEL, "vouch.undo", 20)
        self.click(RESPONDER, card, "vouch.undo")
        self.until("the key works again after the undo", 30, lambda: self.refusal() is None)
        self.step("the key's own next call: accepted again")
        self.wait_outcome("undone", 30)
        if not self.options.stacks:
            # What is deployed asks of its own rules; the other stories need the sandbox's.
            Player(self).all()
        self.audit()
        code, took = self.vouch.stop(20)
        self.children.remove(self.vouch)
        if code != 0:
            raise Failed(f"vouch should end with 0 after SIGTERM, but ended with {code}")
        self.step(f"vouch stopped cleanly in {took:.1f} s")

    def audit(self):
        exported = self.must("audit", "export")
        path = os.path.join(self.folder, "audit.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(exported)
        self.must("audit", "verify", path)
        # The judge must be able to say no.
        with open(path, "w", encoding="utf-8") as file:
            file.write(exported.replace(OWNER, "U0MALLORY", 1))
        if self.command("audit", "verify", path).returncode != 1:
            raise Failed("`vouch audit verify` accepted a trail in which a name was changed")
        lines = len(exported.splitlines())
        self.step(f"audit: {lines} lines, the chain holds, and a changed name is noticed")

    def guide(self):
        page = f"{self.slack}/?{urllib.parse.urlencode({'person': OWNER, 'viewer': RESPONDER})}"
        say(f"""
  Open  {page}

  Left, you are alice: vouch asks whether that call was hers. In the middle, you are rosa, a responder. Right, the
  account and the thief who uses alice's key. Press "Not me" and watch; "Play a story" has more.

  Cases and answer times:  {self.admin}
  Logs and configuration:  {self.folder}

  Ctrl-C stops everything. What happens:
""")

    def perform(self, first):
        """Plays stories until somebody ends it."""
        stage = Stage(self)
        if first:
            stage.play(first)
        while True:
            self.alive()
            stage.turn()

    def tell(self, path):
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump({"page": self.slack, "admin": self.admin}, file)
        os.replace(path + ".new", path)

    def explain(self):
        """The end of every log, for whoever has to find out why."""
        for child in reversed(self.children):
            tail = child.tail()
            say(f"--- the end of {child.name}'s log{'' if tail else ': empty'}\n{tail}".rstrip())

    def stop(self):
        for child in reversed(self.children):
            child.stop(20 if child.name == "vouch" else 5)
        self.program.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--sim", "--emulator"):
        parser.add_argument(name, required=True, type=os.path.abspath)
    program = parser.add_mutually_exclusive_group(required=True)
    program.add_argument("--vouch", type=os.path.abspath)
    program.add_argument("--image")
    parser.add_argument("--engine", choices=["docker", "podman"], default="podman")
    parser.add_argument("--stacks", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--told", type=os.path.abspath)
    parser.add_argument("--language", default="auto", help="as in the settings: everybody's, the channel's too")
    options = parser.parse_args()
    if options.stacks and options.image:
        parser.error("--stacks runs the program of this machine")
    if (options.stacks or options.image) and not options.check:
        parser.error("--stacks and --image are there for --check")

    def interrupted(number, _frame):
        # A second signal must not cut the cleaning up short.
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, signal.SIG_IGN)
        raise SystemExit(0 if number == signal.SIGINT and not options.check else 128 + number)

    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, interrupted)

    sandbox = Sandbox(options)
    try:
        if options.image:
            sandbox.inspect()
        sandbox.emulator()
        sandbox.sim()
        sandbox.configure()
        sandbox.daemon()
        if options.check:
            sandbox.check()
            sandbox.step("the sandbox holds")
        elif options.told:
            sandbox.tell(options.told)
            sandbox.perform(None)
        else:
            sandbox.guide()
            sandbox.perform("stolen-key")
    except Failed as problem:
        sandbox.explain()
        say(f"FAILED: {problem}")
        raise SystemExit(1)
    except SystemExit:
        say("\nStopping.")
        raise
    except Exception:
        sandbox.explain()
        raise
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main()
