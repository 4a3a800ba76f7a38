#!/usr/bin/env python3
"""Holds messages and views against three Block Kit libraries that know nothing of vouch.

    blocks.py FILE.jsonl

Each line: {"kind": "message" | "view", "name": "...", "payload": {...}}, the payload as it goes to chat.postMessage
(or chat.update, chat.postEphemeral) or the view as it goes to views.open. Prints every violation; exit 1 if there is
any, or if the file is empty. Libraries: slack_sdk's models, blockkit, slackblocks as far as it can parse, and rules of
our own for what all three miss (double ids, length of a modal's parts).
"""
import json
import sys

import blockkit
import slackblocks
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

BLOCKS = {
    "section": blockkit.Section, "header": blockkit.Header, "context": blockkit.Context,
    "actions": blockkit.Actions, "divider": blockkit.Divider, "input": blockkit.Input,
    "image": blockkit.Image, "markdown": blockkit.Markdown,
}
ELEMENTS = {
    "button": blockkit.Button, "static_select": blockkit.StaticSelect, "checkboxes": blockkit.Checkboxes,
    "radio_buttons": blockkit.RadioButtons, "overflow": blockkit.Overflow, "image": blockkit.ImageEl,
    "plain_text_input": blockkit.PlainTextInput, "users_select": blockkit.UsersSelect,
    "datepicker": blockkit.DatePicker,
}
OPTIONS = ("options", "initial_options")


def builder(value, key=None, top=False):
    """blockkit has no parser: this rebuilds JSON with its builders, which then validate."""
    if isinstance(value, list):
        return [builder(item, key, key == "blocks") for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("type")
    if kind in ("checkboxes", "radio_buttons"):
        # Slack takes mrkdwn in these options, unlike in menus; blockkit does not know that.
        value = json.loads(json.dumps(value).replace('"mrkdwn"', '"plain_text"').replace('"verbatim"', '"emoji"'))
    rest = {name: builder(item, name) for name, item in value.items() if name != "type"}
    if kind in ("plain_text", "mrkdwn"):
        return blockkit.Text(type=kind, **rest)
    if key in OPTIONS or key == "initial_option":
        return blockkit.Option(**rest)
    if key == "option_groups":
        return blockkit.OptionGroup(**rest)
    if key == "confirm":
        return blockkit.Confirm(**rest)
    if kind == "modal":
        return blockkit.Modal(**rest)
    known = BLOCKS if top else ELEMENTS
    if kind not in known:
        raise ValueError(f"type {kind!r} is not known to this judge")
    return known[kind](**rest)


def judge_slack_sdk(kind, payload):
    if kind == "view":
        view = View(**payload)
        # The model tolerates unknown keys in a view; what it did not take is a violation.
        unknown = set(payload) - set(view.to_dict()) - {"submit_disabled", "external_id"}
        if unknown:
            yield f"unknown keys {sorted(unknown)}"
        view.validate_json()
    blocks = payload.get("blocks") or []
    parsed = Block.parse_all(blocks)
    if len(parsed) != len(blocks):
        yield f"{len(blocks) - len(parsed)} blocks could not be parsed"
    for block in parsed:
        block.validate_json()


def judge_blockkit(kind, payload):
    if kind == "view":
        builder(payload).build()
    else:
        for n, block in enumerate(payload.get("blocks") or []):
            try:
                builder(block, top=True).build()
            except Exception as problem:  # each block gives its own line
                yield f"blocks/{n}: {problem}"


def judge_slackblocks(kind, payload):
    parsed = []
    for block in payload.get("blocks") or []:
        try:
            parsed.append(slackblocks.Block.from_dict(block))
        except NotImplementedError:
            # It cannot parse blocks with elements inside; the other judges can.
            continue
    if kind == "message":
        slackblocks.Message(payload.get("channel") or "C0", payload.get("text"), parsed or None)


def walk(value):
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)


def units(text):
    """Characters as Slack may count them at worst."""
    return len(text.encode("utf-16-le")) // 2


def judge_ourselves(kind, payload):
    blocks = payload.get("blocks") or []
    if kind == "message":
        if not payload.get("text"):
            yield "no top-level text: screen readers and notifications would have nothing"
        elif units(payload["text"]) > 4000:
            yield "text longer than chat.update takes"
        if len(blocks) > 50:
            yield "more than 50 blocks"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"block_id {twice!r} twice"
    for n, block in enumerate(blocks):
        actions = [item["action_id"] for item in walk(block) if "action_id" in item]
        for twice in sorted({one for one in actions if actions.count(one) > 1}):
            yield f"blocks/{n}: action_id {twice!r} twice"
        for item in walk(block):
            if item.get("type") in ("plain_text", "mrkdwn") and not item.get("text"):
                yield f"blocks/{n}: empty text"
            limit = {"button": 75}.get(item.get("type"))
            if limit and units(item["text"]["text"]) > limit:
                yield f"blocks/{n}: button text longer than {limit}"
    if kind == "view":
        if len(blocks) > 100:
            yield "more than 100 blocks"
        if any(block.get("type") == "input" for block in blocks) and not payload.get("submit"):
            yield "inputs without submit"
        if len(payload.get("private_metadata") or "") > 3000:
            yield "private_metadata longer than 3000"


JUDGES = {
    "slack_sdk": judge_slack_sdk, "blockkit": judge_blockkit, "slackblocks": judge_slackblocks, "own": judge_ourselves,
}


def violations(line):
    kind, payload = line["kind"], line["payload"]
    if kind not in ("message", "view"):
        yield "judge", f"unknown kind {kind!r}"
        return
    for judge, look in JUDGES.items():
        try:
            for problem in look(kind, payload) or ():
                yield judge, problem
        except Exception as problem:  # libraries report by raising, each with classes of its own
            yield judge, f"{type(problem).__name__}: {problem}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.strip()]
    if not lines:
        sys.exit("blocks.py: the file is empty, so nothing was judged")
    bad = 0
    for line in lines:
        for judge, problem in violations(line):
            bad += 1
            print(f"{line.get('name', '?')}: {judge}: {problem}")
    print(f"{len(lines)} judged, {bad} violations")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
