"""Plays stories on the page: hears which one is wanted, begins it, tells how far it is, shows the account live.

Never here: what a story is about (`stories.py`), processes (`sandbox.py`).
"""
import json
import time

import stories
from board import Board


class Stage:
    """What a story may do to the world, and the loop that follows it."""

    def __init__(self, sandbox):
        self.sandbox, self.account = sandbox, sandbox.account
        self.board = Board(sandbox.account)
        self.attackers, self.later, self.said = [], [], {}
        self.scene = self.story = None
        self.heard = 0
        self.told = None
        self.publish("stories", [{"id": one.id, "title": one.title, "about": one.about}
                                 for one in stories.STORIES if sandbox.may(one.needs)])

    # What a story may do.

    @property
    def detector(self):
        return self.sandbox.detector()

    def send(self, *findings):
        self.sandbox.send(*findings)

    def attack(self, attacker):
        self.attackers.append(attacker)

    def machines(self):
        """The second emulator, which only some stories need."""
        self.board.machines = self.sandbox.wait_machines()
        return self.board.machines

    def slack_down(self):
        """Slack's API answers nothing, its sockets drop, new ones are refused."""
        self.sandbox.control("faults", {"on": "*", "fault": {"kind": "status", "status": 503}})
        self.sandbox.control("switches", {"refuse_sockets": True})
        self.sandbox.control("sockets", {"act": "drop"})

    def slack_back(self):
        self.sandbox.forget_faults()
        self.sandbox.control("switches", {"refuse_sockets": False})

    # The loop.

    def play(self, id):
        self.story = stories.BY_ID[id]
        for old in self.attackers:
            old.stop()
        self.attackers, self.later = [], []
        self.slack_back()
        self.sandbox.step(f"story: {self.story.title}")
        self.scene = self.story.begin(self)
        now = time.monotonic()
        self.later = [(now + seconds, call) for seconds, call in self.scene.later]
        self.told = None

    def turn(self):
        """One look at everything; waits up to half a second for somebody who wants a story."""
        for wish in self.sandbox.plays(self.heard, 500):
            self.heard = wish["n"]
            self.play(wish["story"])
        due = [call for when, call in self.later if when <= time.monotonic()]
        self.later = [(when, call) for when, call in self.later if when > time.monotonic()]
        for call in due:
            call()
        self.publish("board", self.board.read([one.feed() for one in self.attackers],
                                              self.story.shows if self.story else None))
        if self.scene:
            self.follow()

    def follow(self):
        case = next((case for case in self.sandbox.cases() if self._ours(case)), None)
        stage, outcome = (case["stage"], case["outcome"]) if case else (None, None)
        key = outcome if stage == "closed" else stage
        if key == "asking" and not any(one["state"] == "open" for one in case["prompts"]):
            key = "tracing"
        hint = self.scene.hints.get(key) or stories.HINTS.get(key) or stories.HINTS[None]
        answered = bool(case and case["verdict"] in ("mine", "not-mine", "partial"))
        step = 3 if stage == "closed" else 2 if answered or key in ("remedying", "verifying") else 1 if key in (
            "asking", "awaiting_approval", "stuck") else 0
        self.publish("scene", {
            "id": self.story.id, "title": self.story.title, "hint": hint.format(name=self.story.name),
            "person": self.story.person, "viewer": self.story.viewer, "steps": stories.STEPS, "step": stories.STEPS[step]})
        thief = next((one for one in self.attackers if not one.friend), None)
        refused = thief.refused() if thief else None
        for what, now in (("case", key), ("thief", refused)):
            if now is not None and self.said.get(what) != (self.scene.about, now):
                self.said[what] = (self.scene.about, now)
                self.sandbox.step(f"the case is {now.replace('_', ' ')}" if what == "case" else
                                  f"the thief's calls are {'refused' if now else 'accepted'}")

    def _ours(self, case):
        principal = case["principal"] or {}
        named = (principal.get("arn") or "").endswith((f"/{self.scene.about}", f":{self.scene.about}"))
        # The name of a bucket, the id of an instance.
        thing = (case["resource"] or "").replace(":::", "/").endswith("/" + self.scene.about)
        return named or thing

    def publish(self, name, value):
        """Only what changed, so that the page has peace."""
        text = json.dumps(value, sort_keys=True)
        if self.said.get(name) != text:
            self.said[name] = text
            self.sandbox.control("stage", {name: value})
