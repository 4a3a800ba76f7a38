#!/usr/bin/env python3
"""Drives the Slack look-alike with Slack's own Python clients: slack_sdk's WebClient and slack_bolt in Socket Mode.

    slack_client.py --slack URL

The look-alike runs with its default workspace. One line per check; exit 0 only if all hold. That these clients work
unchanged is the evidence that vouch is tested against something like Slack and not against our own idea of it.
"""
import argparse
import json
import queue
import sys
import time
import urllib.error
import urllib.request

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

SECONDS = 10
failures = 0


def check(name, holds, why=""):
    global failures
    failures += not holds
    print(f"{'ok  ' if holds else 'FAIL'} {name}{'' if holds or why == '' else f': {why}'}", flush=True)


class Control:
    """The look-alike's control API."""

    def __init__(self, url):
        self.url = url

    def __call__(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sim/{path}", data=data, method=method,
                                         headers={"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=2 * SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            return {"status": problem.code, "said": problem.read().decode()}


def plain(text):
    return {"type": "plain_text", "text": text}


def button(action_id, text):
    return {"type": "button", "action_id": action_id, "value": "opaque", "text": plain(text)}


BLOCKS = [
    {"type": "section", "text": plain("Was this you?")},
    {"type": "actions", "block_id": "row", "elements": [
        {"type": "static_select", "action_id": "judge.menu", "placeholder": plain("Pick"),
         "options": [{"text": plain("One"), "value": "one"}, {"text": plain("Two"), "value": "two"}]},
        button("judge.yes", "Yes"), button("judge.why", "Why"),
    ]},
]
MODAL = {
    "type": "modal", "callback_id": "judge.view", "private_metadata": "case-1", "title": plain("Why?"),
    "submit": plain("Send"), "close": plain("Back"),
    "blocks": [{"type": "input", "block_id": "reason", "label": plain("Reason"),
                "element": {"type": "plain_text_input", "action_id": "judge.reason"}}],
}
METADATA = {"event_type": "judge_prompt", "event_payload": {"delivery": "d-1"}}


def web(client, control):
    who = client.auth_test()
    check("auth.test names team and app", (who["team_id"], who["app_id"]) == ("T0VOUCH", "A0VOUCH"))
    check("auth.test lists the scopes", "chat:write" in who.headers.get("x-oauth-scopes", ""))
    check("users.lookupByEmail", client.users_lookupByEmail(email="alice@example.com")["user"]["id"] == "U0ALICE")
    check("users.info gives the locale",
          client.users_info(user="U0ALICE", include_locale=True)["user"]["locale"] == "en-US")
    opened = client.conversations_open(users="U0ALICE")["channel"]["id"]
    posted = client.chat_postMessage(channel=opened, text="Was this you?", blocks=BLOCKS, metadata=METADATA)
    check("chat.postMessage", posted["ok"] and posted["channel"] == opened)
    found = []
    for page in client.conversations_history(channel=opened, include_all_metadata=True, limit=1,
                                             oldest=posted["ts"], inclusive=True):
        found += page["messages"]
    metadata = [one["metadata"] for one in found if one["ts"] == posted["ts"]]
    check("history pages and shows the metadata", metadata == [METADATA], found)
    client.chat_postMessage(channel=opened, thread_ts=posted["ts"], text="reminder")
    thread = client.conversations_replies(channel=opened, ts=posted["ts"])["messages"]
    check("replies lists the thread", [one["text"] for one in thread] == ["Was this you?", "reminder"])
    client.chat_update(channel=opened, ts=posted["ts"], text="Answered", blocks=BLOCKS[:1])
    now = [one for one in control(f"messages?channel={opened}") if one["ts"] == posted["ts"]][0]
    check("chat.update replaces text and blocks, keeps metadata",
          (now["text"], len(now["blocks"]), now["metadata"]) == ("Answered", 1, METADATA))
    check("chat.getPermalink",
          opened in client.chat_getPermalink(channel=opened, message_ts=posted["ts"])["permalink"])
    check("conversations.info", client.conversations_info(channel="C0SECURITY")["channel"]["is_ext_shared"] is False)
    client.chat_postEphemeral(channel="C0SECURITY", user="U0BOB", text="only you")
    check("blocks.validate", client.api_call("blocks.validate", json={"blocks": BLOCKS})["ok"])


def refused(name, code, call):
    try:
        call()
        check(name, False, "was accepted")
    except SlackApiError as problem:
        check(name, problem.response["error"] == code, problem.response["error"])


def refusals(client, control, url):
    post = lambda blocks: lambda: client.chat_postMessage(channel="C0SECURITY", text="x", blocks=blocks)
    long = {"type": "section", "text": plain("x" * 3001)}
    refused("a section too long", "invalid_blocks", post([long]))
    refused("51 blocks", "invalid_blocks", post([{"type": "divider"}] * 51))
    twice = {"type": "actions", "elements": [button("a", "A"), button("a", "B")]}
    refused("an action_id twice", "invalid_blocks", post([twice]))
    refused("a header of 151", "invalid_blocks", post([{"type": "header", "text": plain("x" * 151)}]))
    refused("a user id for chat.update", "channel_not_found",
            lambda: client.chat_update(channel="U0ALICE", ts="1.0", text="x"))
    refused("a deactivated person cannot be opened", "user_disabled", lambda: client.conversations_open(users="U0GONE"))
    check("but posted to", client.chat_postMessage(channel="U0GONE", text="x")["ok"])
    refused("JSON for a read method", "invalid_arguments",
            lambda: client.api_call("users.lookupByEmail", json={"email": "alice@example.com"}))
    refused("a wrong token", "invalid_auth", lambda: WebClient("xoxb-wrong", base_url=f"{url}/api/").auth_test())
    refused("the app token for posting", "not_allowed_token_type",
            lambda: WebClient("xapp-sim", base_url=f"{url}/api/").chat_postMessage(channel="U0ALICE", text="x"))
    refused("a trigger made up", "invalid_trigger_id", lambda: client.views_open(trigger_id="1.2.3", view=MODAL))
    control("faults", {"on": "chat.postMessage", "fault": {"kind": "throttle", "retry_after": 1}, "times": 1})
    patient = WebClient("xoxb-sim", base_url=f"{url}/api/", retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=1)])
    began = time.monotonic()
    answer = patient.chat_postMessage(channel="C0SECURITY", text="after the throttling")
    check("429 and Retry-After are understood", answer["ok"] and time.monotonic() - began >= 1)


class Judge:
    """A bolt app whose listeners report into a queue."""

    def __init__(self, client):
        self.seen = queue.Queue()
        self.app = App(client=client, signing_secret="unused", token_verification_enabled=False)
        self.app.action("judge.yes")(self.yes)
        self.app.action("judge.why")(self.why)
        self.app.action("judge.menu")(self.menu)
        self.app.view("judge.view")(self.view)

    def yes(self, ack, body, client, context):
        ack()
        client.chat_update(channel=body["container"]["channel_id"], ts=body["container"]["message_ts"],
                           text=f"Answered by <@{body['user']['id']}>", blocks=[])
        self.seen.put(("yes", body, context))

    def why(self, ack, body, client):
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        self.seen.put(("why", body, None))

    def menu(self, ack, body):
        ack()
        self.seen.put(("menu", body, None))

    def view(self, ack, body, view):
        reason = view["state"]["values"]["reason"]["judge.reason"]["value"]
        if reason == "short":
            ack(response_action="errors", errors={"reason": "Say more"})
        else:
            ack()
        self.seen.put(("view", body, view))

    def next(self):
        return self.seen.get(timeout=SECONDS)


def socket(client, control, url):
    judge = Judge(client)
    handler = SocketModeHandler(judge.app, "xapp-sim")
    handler.connect()
    check("bolt connects", control("wait?sockets=1").get("connected") == 1)
    posted = client.chat_postMessage(channel="U0ALICE", text="Was this you?", blocks=BLOCKS)
    place = {"user": "U0ALICE", "channel": posted["channel"], "ts": posted["ts"]}

    chosen = control("choose", {**place, "action_id": "judge.menu", "option": "two"})
    check("a menu's choice is acknowledged", chosen.get("acked") is True, chosen)
    judge.next()
    pressed = control("click", {**place, "action_id": "judge.why"})
    check("a click is acknowledged", pressed.get("acked") is True, pressed)
    _, body, _ = judge.next()
    menu = body["state"]["values"]["row"]["judge.menu"]["selected_option"]
    check("the choice goes with the click", menu["value"] == "two", menu)
    modal = control("wait?view=U0ALICE")
    check("the modal opened", modal.get("view", {}).get("private_metadata") == "case-1", modal)
    submit = {"user": "U0ALICE", "view_id": modal["id"]}
    empty = control("submit", {**submit, "values": {}})
    check("Slack's client keeps an empty input back", empty.get("status") == 409, empty)
    short = control("submit", {**submit, "values": {"judge.reason": "short"}})
    check("a modal error arrives", short.get("ack", {}).get("errors") == {"reason": "Say more"}, short)
    judge.next()
    check("the modal stays open", len(control("views?user=U0ALICE")) == 1)
    good = control("submit", {**submit, "values": {"judge.reason": "I deployed"}})
    check("the submission is acknowledged", good.get("acked") is True, good)
    judge.next()
    check("the modal closed", control("views?user=U0ALICE") == [])

    control("click", {**place, "action_id": "judge.yes"})
    _, body, context = judge.next()
    check("bolt understands the payload",
          (context.team_id, context.user_id, context.channel_id) == ("T0VOUCH", "U0ALICE", posted["channel"]))
    check("the payload has a trigger, a response_url and an action_ts",
          bool(body["trigger_id"] and body["response_url"] and body["actions"][0]["action_ts"]))
    now = control(f"wait?channel={posted['channel']}&contains=Answered+by&after={float(posted['ts']) - 1:.6f}")
    check("the message was updated", now.get("text") == "Answered by <@U0ALICE>" and now["blocks"] == [], now)

    hellos = control("sockets")["hellos"]
    control("sockets", {"act": "refresh_requested"})
    deadline = time.monotonic() + 3 * SECONDS
    while control("sockets")["hellos"] == hellos and time.monotonic() < deadline:
        time.sleep(0.1)
    check("bolt comes back after refresh_requested", control("sockets")["hellos"] > hellos)
    handler.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--slack", required=True)
    url = parser.parse_args().slack.rstrip("/")
    client = WebClient("xoxb-sim", base_url=f"{url}/api/")
    control = Control(url)
    web(client, control)
    refusals(client, control, url)
    socket(client, control, url)
    print("all hold" if not failures else f"{failures} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
