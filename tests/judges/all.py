#!/usr/bin/env python3
"""Every judge, one after the other: Slack's own clients and botocore against the look-alikes, Block Kit libraries
against what vouch can say.

    all.py --sim BINARY --blocks FILE.jsonl

Starts the look-alikes for them. Run it with the environment that env.sh makes. Exit 0 only if every judge agrees.
"""
import argparse
import json
import os
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
MINUTES = 5


def judged(script, *words):
    """Runs one judge; its lines are shown whole only if it disagrees."""
    try:
        run = subprocess.run([sys.executable, os.path.join(HERE, script), *words], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60 * MINUTES)
        code, said = run.returncode, run.stdout
    except subprocess.TimeoutExpired as problem:
        code, said = 1, f"{problem.stdout or ''}\nnot done after {MINUTES} minutes"
    lines = said.strip().splitlines() or ["(said nothing)"]
    if code:
        print("\n".join(lines))
    print(f"{script}: {'ok' if code == 0 else 'FAILED'}: {lines[-1]}", flush=True)
    return code == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sim", required=True)
    parser.add_argument("--blocks", required=True)
    options = parser.parse_args()
    if not os.path.exists(options.blocks):
        sys.exit(f"all.py: the tests wrote no {options.blocks}: is VOUCH_BLOCKS_OUT still honoured?")
    sim = subprocess.Popen([options.sim], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    guard = threading.Timer(20, sim.kill)
    guard.start()
    try:
        first = sim.stdout.readline()
        guard.cancel()
        if not first:
            sys.exit(f"all.py: {options.sim} did not start")
        places = json.loads(first)
        agreed = [
            judged("slack_client.py", "--slack", places["slack"]),
            judged("guardduty.py", "--aws", places["aws"]),
            judged("blocks.py", options.blocks),
        ]
    finally:
        sim.kill()
        sim.wait()
    sys.exit(0 if all(agreed) else 1)


if __name__ == "__main__":
    main()
