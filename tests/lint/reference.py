#!/usr/bin/env python3
"""The reference of all settings, docs/configuration.md, made from config/default.toml, which explains every key.

    reference.py            write it (`make reference`)
    reference.py --check    say whether it is what config/default.toml says now; exit 1 if not

Never here: words about a setting; they stand in config/default.toml.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCE, TARGET = (os.path.join(ROOT, path) for path in ("config/default.toml", "docs/configuration.md"))
HEAD = """\
# Settings

Made from [config/default.toml](../config/default.toml) by `make reference`. Later wins: those defaults, each `--config`
file in order, then the environment, where a key is written `VOUCH__SECTION__KEY`: lists comma-separated, tables as
`KEY=VALUE,KEY=VALUE`. Unknown keys are refused. Durations are written `90s`, `15m`, `4h`, `90d`. Secrets come from the
environment, or from the file that the key with `_file` names; never from TOML.

| key | default | meaning |
|---|---|---|
"""
RULES = """
## Rules

`[[rule]]` tables are tried in order, before the built-in [playbook](../config/playbook.toml), which has the same keys. The
first match wins; what it leaves unset comes from the built-in entry for that type. A list of rules in a later file replaces
the earlier list whole. They cannot stand in the environment.

| key | example | |
|---|---|---|
"""
OTHERS = """
## Read by other names

| variable | |
|---|---|
| `VOUCH_CONFIG` | a configuration file, read before those that `--config` names |
| `RUST_LOG` | level of the log: `info`, `debug`, `vouch=debug,info` |
| `AWS_REGION`, `AWS_ENDPOINT_URL`, … | the AWS SDK's own chain for Region, credentials and endpoints |
| `HTTPS_PROXY`, `NO_PROXY` | a proxy on the way to AWS, to Slack's Web API and to `fallback.webhook_url`. Socket Mode's own connection (`wss-*.slack.com:443`) does not go through it: open that way, or use `slack.transport = "http"` |
| `OTEL_EXPORTER_OTLP_ENDPOINT` | a collector of traces, as OTLP over HTTP; without it there are none. OpenTelemetry's other variables count too |
"""
SECTION = re.compile(r"^\[([a-z_.]+)\]$")
KEY = re.compile(r"^([a-z0-9_]+) = (.+)$")
# A key without a default is shown as an example, commented out.
SHOWN = re.compile(r"^# ([a-z0-9_]+) = (.+)$")
ENTRY = re.compile(r'^# (".+" = ".+")$')
RULE = re.compile(r"^# ([a-z_]+) = (.+?)(?:\s+# (.+))?$")


def cell(text):
    # Code stays as it is; a bar would end the cell.
    return text.replace("|", "\\|").strip()


def rows(lines):
    """(key, default, words) of every setting, in the order of the file."""
    section, words, entry = "", [], None
    for line in lines:
        if found := SECTION.match(line):
            section = found.group(1)
            if entry or section.count("."):
                yield section, "", words, entry
                words, entry = [], None
        elif found := KEY.match(line):
            yield ".".join(filter(None, (section, found.group(1)))), found.group(2), words, None
            words = []
        elif found := ENTRY.match(line):
            entry = found.group(1)
        elif (found := SHOWN.match(line)) and words and ("equired" in words[0] or "Secret" in words[0]):
            key = found.group(1).removesuffix("_file") if words[0].startswith("Secret") else found.group(1)
            yield f"{section}.{key}", "", words, None
            words = []
        elif line.startswith("# "):
            words.append(line[2:])
        elif not line:
            # The text at the top is about the whole file.
            if not section and words and not words[0].startswith(("How far", "Language", "CIDRs")):
                words = []


def table(lines):
    for key, default, words, entry in rows(lines):
        # Lines that are set in are a list.
        text = " ".join(f"<br>{word.strip()}" if word.startswith("  ") else word for word in words)
        if text.startswith("Secret"):
            # Where to put it is said above the table.
            text = re.sub(r"[:.,] (VOUCH__\S+, or[^:.]*[:.]?|or a file( that holds it)?[:.]?|or:)", ".", text).replace("..", ".")
        if entry:
            text += f" Example: `{entry}`"
        shown = f"`{default}`" if default else ("" if text.startswith(("Required", "Secret")) else "none")
        yield f"| `{key}` | {cell(shown)} | {cell(text) or 'goes with the one above'} |"


def rules(lines):
    lines = lines[lines.index("# [[rule]]") + 1:]
    more = None
    for line in lines:
        if found := RULE.match(line):
            if more:
                yield more
            key, example, words = found.groups()
            more = [key, example, words or ""]
        elif more and line.startswith("#  "):
            more[2] += " " + line.lstrip("# ")
    if more:
        yield more


def reference():
    with open(SOURCE, encoding="utf-8") as file:
        lines = file.read().splitlines()
    start = lines.index("# [[rule]]")
    settings = "\n".join(table(lines[:start]))
    rows_of_rules = "\n".join(f"| `{key}` | `{cell(example)}` | {cell(words)} |" for key, example, words in rules(lines))
    return f"{HEAD}{settings}\n{RULES}{rows_of_rules}\n{OTHERS}"


def known():
    """Every key there is, from the one list of them in the program."""
    with open(os.path.join(ROOT, "src/config/keys.rs"), encoding="utf-8") as file:
        return [key for key in re.findall(r'\("([a-z0-9_.]+)", Kind::', file.read()) if key != "rule"]


def main():
    text = reference()
    missing = [key for key in known() if f"| `{key}` |" not in text]
    if missing:
        sys.exit(f"config/default.toml does not explain {', '.join(missing)} in a way that is understood here")
    held = open(TARGET, encoding="utf-8").read() if os.path.exists(TARGET) else None
    if "--check" in sys.argv[1:]:
        if held != text:
            sys.exit("docs/configuration.md is not what config/default.toml says now: run `make reference`")
        return
    with open(TARGET, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
