"""The stories that the sandbox can play: what happens in the account, which finding follows, what to look at.

A story is data and one function that begins it. Never here: the loop that plays them (`stage.py`), processes.
"""
from dataclasses import dataclass, field
from typing import Callable

import attacker
import findings

ALICE, BOB, YUKI, ROSA, RAVI = "U0ALICE", "U0BOB", "U0YUKI", "U0ROSA", "U0RAVI"

# What to do, by how the case stands. A story may say it better.
HINTS = {
    None: "The finding is on its way.",
    "tracing": "vouch looks up whose credential it is and what it may do.",
    "asking": "{name} is asked, on the left. Press “Not me”, or “It was me” and tick what is true.",
    "awaiting_approval": "It waits for a second voice: look at the channel as ravi and press “Approve”.",
    "remedying": "vouch changes the account now.",
    "verifying": "vouch reads back what it changed.",
    "stuck": "A responder has to act: the thread in the channel says what to do.",
    "contained": "Contained: see the account on the right. “Undo” stands on the card in the channel.",
    "undone": "Undone: the account stands exactly as it did before.",
    "vouched": "{name} stands by it: the finding is archived and nothing was changed.",
    "dismissed": "A responder dismissed it, with the reason written down.",
    "recorded": "Recorded. Nothing was changed and nobody was asked.",
}
STEPS = ["Finding", "Question", "Answer", "Outcome"]


@dataclass
class Scene:
    """A story under way."""
    story: "Story"
    # How the case of this story is told from others: its principal ends with this.
    about: str
    hints: dict = field(default_factory=dict)
    # Calls to make later: (seconds from now, function).
    later: list = field(default_factory=list)


@dataclass
class Story:
    id: str
    title: str
    about: str
    person: str
    name: str
    begin: Callable
    # The permission without which its remedy cannot be: the story is offered where vouch asks for it.
    needs: str | None = None
    viewer: str = ROSA
    # The group of the account that it is about.
    shows: str = "IAM users"


def stolen_key(world):
    user = world.account.deployer()
    world.attack(attacker.with_key(world.account.url, user, "The thief of alice's key"))
    world.send(findings.stolen_key(world.detector, user))
    return Scene(world.story, user.name, {
        "asking": "The thief is already in. alice is asked, on the left: press “Not me” and watch the calls on the right.",
        "contained": "The very next call of the thief is refused. To give the key back, press “Undo” in the channel.",
        "undone": "Undone: the key works again, for the thief too. Play it again and leave it off this time."})


READ = ("read", {"Effect": "Allow", "Resource": "*", "Action": ["s3:ListAllMyBuckets", "s3:ListBucket", "s3:GetObject"]})


def role_session(world):
    role = world.account.role("alice-pipeline", READ)
    stolen, nightly = (role.session(world.account.sts, name) for name in ("laptop", "nightly-build"))
    url = world.account.url
    world.attack(attacker.with_session(url, role, "laptop", stolen, "The thief of one session"))
    world.attack(attacker.with_session(url, role, "nightly-build", nightly, "The nightly build", friend=True))
    world.send(findings.stolen_session(world.detector, role, "laptop", stolen))
    return Scene(world.story, f"{role.name}/laptop", {
        "asking": "Two sessions of one role: a thief's and the nightly build's. “Not me” revokes the one and spares the other.",
        "contained": "The thief's session is refused, the nightly build goes on. “Undo” stands on the card in the channel."})


def exfiltrated(world):
    role = world.account.role("bob-web", READ, "ec2.amazonaws.com")
    instance = world.machines().start("bob-web")["InstanceId"]
    stolen = role.session(world.account.sts, instance)
    world.attack(attacker.with_session(world.account.url, role, instance, stolen, "Somebody outside of AWS"))
    world.send(findings.exfiltrated(world.detector, role, instance, stolen))
    return Scene(world.story, f"{role.name}/{instance}", {
        "remedying": "Waiting would be harmful: the session is revoked before anybody is asked.",
        "asking": "The session was revoked before anybody was asked: the calls are refused. bob says whether that stays.",
        "contained": "It stays revoked. “Undo” stands on the card in the channel.",
        "awaiting_approval": "bob says it was him. At this severity a second voice must agree: press “Approve” in the channel."})


def public_bucket(world):
    user = world.account.user("alice-web")
    bucket = world.account.public_bucket("alice-invoices")
    world.attack(attacker.anonymous(world.account.url, bucket))
    world.send(findings.public_bucket(world.detector, bucket, user))
    return Scene(world.story, bucket, {
        "asking": "Anybody can read the invoices. alice answers for the bucket: press “Not me” and watch the reads on the right.",
        "contained": "The bucket refuses everybody without credentials now; its policy still stands. “Undo” opens it again.",
        "undone": "Undone: the bucket is as open as it was."})


def mining(world):
    instance = world.machines().start("bob-worker")
    world.send(findings.mining(world.detector, instance))
    return Scene(world.story, instance["InstanceId"], {
        "asking": "bob answers for the instance. “Not me” takes a snapshot and cuts it off from the network: see the right.",
        "contained": "Its interface has a group without any rule now, and the disk is kept as it was. “Undo” puts the groups back."})


def console(world):
    user = world.account.user("bob", ("support", {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}),
                              password=True)
    world.send(findings.console_sign_in(world.detector, user))
    return Scene(world.story, user.name, {
        "asking": "bob's password was used from far away. The menu chooses what “Not me” does, and says what that breaks.",
        "contained": "Contained. A password cannot be given back: the undo says so before you press it."})


def flood(world):
    user = world.account.user("bob-batch")
    world.send(*(findings.stolen_key(world.detector, user) for _ in range(24)))
    elsewhere = lambda: world.send(findings.stolen_key(world.detector, user, findings.ELSEWHERE, "ListUsers"))
    return Scene(world.story, user.name, {
        "asking": "24 findings about one key, one question with a count. In a moment another country appears: the question changes."},
        [(8, elsewhere)])


def japanese(world):
    user = world.account.user("yuki-report")
    world.send(findings.stolen_key(world.detector, user))
    return Scene(world.story, user.name, {
        "asking": "yuki's Slack speaks Japanese, so the question does. Responders read English. One answer settles both."})


def sample(world):
    world.send(findings.sample(world.detector))
    return Scene(world.story, "GeneratedFindingUserName", {
        "recorded": "GuardDuty's sample findings get a card marked as a sample. Nobody is asked, nothing is written."})


def root(world):
    world.send(findings.root_use(world.detector))
    return Scene(world.story, "root", {
        "stuck": "Nobody is asked about root, and nothing of root can be switched off. The thread tells a human what to do; "
                 "then press “Done”.",
        "contained": "Done by hand, as the guide says, and written down."})


def outage(world):
    user = world.account.user("alice-ci")
    world.slack_down()
    world.send(findings.stolen_key(world.detector, user))
    return Scene(world.story, user.name, {
        "tracing": "Slack is away for ten seconds. The finding is safe in the daemon; the question comes when Slack is back."},
        [(10, world.slack_back)])


STORIES = [
    Story("stolen-key", "Stolen key", "A thief uses alice's access key. Answer, and watch the calls begin to fail.",
          ALICE, "alice", stolen_key),
    Story("role-session", "Role session", "A thief has one session of a role; the nightly build has another. One of them stops.",
          ALICE, "alice", role_session, "iam:PutRolePolicy", shows="IAM roles"),
    Story("exfiltrated", "Exfiltrated instance role", "Credentials of an instance are used outside of AWS: contained first, asked then.",
          BOB, "bob", exfiltrated, "iam:PutRolePolicy", shows="IAM roles"),
    Story("public-bucket", "Public bucket", "A bucket was opened to everybody, and somebody is reading it.",
          ALICE, "alice", public_bucket, "s3:PutBucketPublicAccessBlock", shows="Buckets"),
    Story("mining", "Mining instance", "An instance looks up a mining pool: keep its disk, cut it off from the network.",
          BOB, "bob", mining, "ec2:ModifyNetworkInterfaceAttribute", shows="Instances"),
    Story("console", "Console sign-in", "bob signed in from two places at once. His password is in doubt.", BOB, "bob", console),
    Story("flood", "Flood of one key", "24 findings in one second: one question, one count, one answer.", BOB, "bob", flood),
    Story("japanese", "Asked in Japanese", "yuki is asked in her own language; the channel stays as it is.",
          YUKI, "yuki", japanese),
    Story("sample", "Sample finding", "What GuardDuty's “Generate sample findings” leads to: a note, no question.",
          ALICE, "alice", sample),
    Story("root", "Root was used", "What only a human can do: guidance with this account's facts filled in.",
          ALICE, "alice", root),
    Story("outage", "Slack outage", "Slack goes away just as the finding arrives, and comes back.", ALICE, "alice", outage),
]
BY_ID = {story.id: story for story in STORIES}
