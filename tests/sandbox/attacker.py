"""Somebody who holds what is not theirs and uses it: one real, signed call a second, and what the emulated account answers.

Never here: anything of vouch's. The attacker does not know why the calls begin to fail.
"""
import itertools
import threading
import time
import urllib.error
import urllib.request

import aws
from botocore.exceptions import BotoCoreError, ClientError

KEPT = 40
PAUSE = 1.1


class Attacker:
    """Calls until stopped; `lines` is what happened last, oldest first. A friend is somebody who may."""

    def __init__(self, id, title, note, calls, friend=False):
        self.id, self.title, self.note, self.calls, self.friend = id, title, note, calls, friend
        self.lines = []
        self.ended = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        for name, call in itertools.cycle(self.calls):
            refused = self._refusal(call)
            self.lines = (self.lines + [{
                "at": int(time.time() * 1000), "text": name, "result": refused or "accepted",
                "tone": "good" if bool(refused) != self.friend else "bad"}])[-KEPT:]
            if self.ended.wait(PAUSE):
                return

    @staticmethod
    def _refusal(call):
        try:
            call()
            return None
        except ClientError as problem:
            return problem.response["Error"]["Code"]
        except urllib.error.HTTPError as problem:
            return f"{problem.code} {problem.reason}"
        except (BotoCoreError, OSError) as problem:
            return type(problem).__name__

    def refused(self):
        """Whether the last call was refused; None before the first."""
        return self.lines[-1]["result"] != "accepted" if self.lines else None

    def stop(self):
        self.ended.set()

    def feed(self):
        """As the page shows it."""
        refused = self.refused()
        state = {"text": "refused" if refused else "working" if self.friend else "getting in",
                 "tone": "good" if bool(refused) != self.friend else "bad"}
        return {"id": self.id, "title": self.title, "note": self.note, "state": state if self.lines else None,
                "lines": self.lines}


def with_key(url, user, title):
    """Uses a user's access key for whatever the user may do."""
    iam = aws.client("iam", url, user.key)
    return Attacker(user.name, title, f"Uses the key …{user.key[0][-4:]} of {user.name}", [
        *reading(url, user.key), ("iam list-users", iam.list_users), who(url, user.key)])


def with_session(url, role, session, key, title, friend=False):
    """Uses the credentials of one session of a role."""
    # AWS tells everybody who they are, whatever is denied: that call would say nothing.
    return Attacker(f"{role.name}/{session}", title, f"Uses the session {session} of {role.name}", reading(url, key), friend)


def anonymous(url, bucket):
    """Reads a public bucket without any credentials."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return Attacker(bucket, "Anybody on the internet", f"Reads {bucket} without credentials", [
        (f"GET /{bucket}/invoices.csv", lambda: opener.open(f"{url}/{bucket}/invoices.csv", timeout=5).close())])


def reading(url, key):
    s3 = aws.client("s3", url, key)
    return [("s3 list-buckets", s3.list_buckets),
            (f"s3 get {aws.BUCKET}/{aws.EXPORT}", lambda: s3.get_object(Bucket=aws.BUCKET, Key=aws.EXPORT))]


def who(url, key):
    return "sts get-caller-identity", aws.client("sts", url, key).get_caller_identity
