"""Child processes that cannot be left behind: each in a process group of its own, with its output in a file.

Never here: what the children are for.
"""
import ctypes
import os
import signal
import subprocess
import sys
import time


def _die_with_parent():
    """On Linux the kernel ends the child should this process be killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1 is PR_SET_PDEATHSIG


class Child:
    """One process and whatever it starts."""

    def __init__(self, name, command, env, folder):
        self.name = name
        self.log = os.path.join(folder, f"{name}.log")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command, env=env, stdin=subprocess.PIPE, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=_die_with_parent)

    def died(self):
        """The exit code, or None while it runs."""
        return self.process.poll()

    def tail(self, lines=40):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                return "".join(log.readlines()[-lines:])
        except OSError:
            return ""

    def _signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            pass

    def stop(self, seconds):
        """Asks it to end, insists when the time is over; gives its exit code and how long it took."""
        began = time.monotonic()
        if self.died() is None:
            # Only the process itself is asked; the whole group is ended below in any case.
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        self._signal(signal.SIGKILL)
        code = self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()
        return code, time.monotonic() - began
