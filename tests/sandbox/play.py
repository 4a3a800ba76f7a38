"""Plays the stories as people would, by clicks alone, and believes only what the account itself says: whether the calls of
whoever holds what is not theirs are let through, and how the instance is connected.

Never here: what a story is about (`stories.py`).
"""
import json

from stage import Stage

CHANNEL, RESPONDER = "C0SECURITY", "U0ROSA"


class Player:
    def __init__(self, sandbox):
        self.sandbox, self.stage = sandbox, Stage(sandbox)

    def all(self):
        for play in (self.role_session, self.exfiltrated, self.public_bucket, self.mining, self.root):
            play()
            self.sandbox.step(f"“{self.stage.story.title}” was played to its end")

    # The stories.

    def role_session(self):
        self.stage.play("role-session")
        self.gets_in(True)
        self.answer()
        self.gets_in(False)
        friend = next(one for one in self.stage.attackers if one.friend)
        self.until("the nightly build goes on", lambda: friend.refused() is False)
        self.ends("contained")
        self.undo()
        self.gets_in(True)

    def exfiltrated(self):
        self.stage.play("exfiltrated")
        # Before anybody is asked.
        self.gets_in(False)
        self.answer()
        self.ends("contained")
        self.gets_in(False)
        self.undo()
        self.gets_in(True)

    def public_bucket(self):
        self.stage.play("public-bucket")
        self.gets_in(True)
        self.answer()
        self.gets_in(False)
        self.ends("contained")
        self.undo()
        self.gets_in(True)

    def mining(self):
        self.stage.play("mining")
        before = self.groups()
        self.answer()
        self.ends("contained")
        self.until("every interface is cut off", lambda: all(self.reach(one) == (0, 0) for one in self.groups()))
        self.until("there is a snapshot", lambda: self.machines().snapshots(self.instance()) > 0)
        self.undo()
        self.until("the interfaces are in their groups again", lambda: self.groups() == before)

    def root(self):
        self.stage.play("root")
        self.until("a human is told what to do", lambda: self.case() == "stuck")
        self.press("vouch.done", "")
        self.ends("contained")

    # What they are made of.

    def until(self, what, look, seconds=90):
        """Looks while the page goes on."""
        def turn():
            self.stage.turn()
            return look()
        return self.sandbox.until(f"“{self.stage.story.title}”: {what}", seconds, turn)

    def gets_in(self, yes):
        thief = next(one for one in self.stage.attackers if not one.friend)
        what = "the calls are let through" if yes else "the calls are refused"
        self.until(what, lambda: thief.refused() is not None and thief.refused() != yes)

    def answer(self):
        person = self.stage.story.person
        prompt = self.sandbox.wait_message(person, "vouch.not_mine", 60)
        self.until(f"{self.stage.story.name} is asked", lambda: self.case() == "asking")
        self.sandbox.click(person, prompt, "vouch.not_mine")

    def undo(self):
        self.press("vouch.undo", self.stage.scene.about.rsplit("/", 1)[-1])
        self.ends("undone")

    def press(self, action, name):
        """On the newest card that speaks of this: an older one may still wait to be repainted."""
        def card():
            shown = [(one, json.dumps(one["blocks"])) for one in self.sandbox.messages(CHANNEL) if not one["deleted"]]
            return next((one for one, blocks in reversed(shown) if f'"{action}"' in blocks and name in blocks), None)
        self.sandbox.click(RESPONDER, self.until(f"a card with {action}", card), action)

    def ends(self, outcome):
        self.until(f"it ends as {outcome}", lambda: self.case() == outcome)

    def case(self):
        """How the page says that the story stands."""
        told = self.stage.said.get("case")
        return told[1] if told and told[0] == self.stage.scene.about else None

    def machines(self):
        return self.stage.board.machines

    def instance(self):
        return next(one for one in self.machines().all() if one["InstanceId"] == self.stage.scene.about)

    def groups(self):
        return [sorted(group["GroupId"] for group in one["Groups"]) for one in self.instance()["NetworkInterfaces"]]

    def reach(self, groups):
        return self.machines().reach(groups)
