#!/usr/bin/env python3
"""Looks at the sandbox in Chromium: plays stories by mouse and one by keyboard alone, checks accessibility in both
themes, leaves pictures.

    look.py --vouch BINARY --sim BINARY --emulator emulator.sh --pictures FOLDER [--axe FILE]

Exits 0 only if every story went as it should and nothing serious was found. Never here: the sandbox itself.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SANDBOX = os.path.join(os.path.dirname(HERE), "sandbox")
sys.path.insert(0, SANDBOX)

from browser import Browser, Failed, Keys
from children import Child

LEFT, RIGHT, BOARD = "left", "right", "board"
# The button of a pane whose words begin so; the last one, as the newest message stands last.
BUTTON = ("return [...document.getElementById(arguments[0]).querySelectorAll('button')]"
          ".filter((one) => one.textContent.trim().startsWith(arguments[1])).at(-1)")
NEWEST = ("const card = [...document.querySelectorAll('#right article.message:not(.reply)')]"
          ".filter((one) => /Case \\w+ · /.test(one.textContent)).at(-1); ")
SAYS = "return document.getElementById(arguments[0]).innerText.includes(arguments[1])"
HINT = "return document.getElementById('scene-hint')?.textContent.includes(arguments[0])"
STEP = "return document.querySelector('#scene-steps [aria-current]')?.textContent === arguments[0]"


class Look:
    def __init__(self, browser, page, admin):
        self.browser, self.page, self.admin = browser, page, admin
        self.began = time.monotonic()

    def step(self, text):
        print(f"[{time.monotonic() - self.began:5.1f} s] {text}", flush=True)

    def open(self, theme="light", person="U0ALICE", viewer="U0ROSA"):
        self.browser.open(f"{self.page}/?person={person}&viewer={viewer}&theme={theme}")
        self.browser.until("the page has its stories", "return !document.getElementById('stories-open').hidden")

    def click(self, pane, words):
        # Found and pressed in one go: the page may draw it again at any moment.
        self.browser.until(f"a button “{words}” in {pane}", BUTTON.replace("return", "const found =") +
                           "; found?.click(); return Boolean(found)", pane, words)

    def play(self, title):
        browser = self.browser
        browser.js("document.getElementById('stories-open').click()")
        node = browser.until(f"the story “{title}”", "return [...document.querySelectorAll('.story')]"
                             ".find((one) => one.querySelector('strong').textContent === arguments[0])", title)
        browser.js("arguments[0].click()", node)
        browser.until(f"“{title}” is played", "return document.getElementById('scene-title')?.textContent === arguments[0]", title)

    def from_the_top(self):
        """The newest message of each pane from its title on: the panes follow the end of what is written."""
        for pane in (LEFT, RIGHT):
            self.browser.js("[...document.querySelectorAll(`#${arguments[0]} article.message:not(.reply)`)].at(-1)?.scrollIntoView()", pane)

    # The stories.

    def by_keyboard(self):
        """The first story from its choice to its undo, without a mouse."""
        browser = self.browser
        browser.js("document.activeElement?.blur()")
        words = "at.textContent.trim().startsWith(arguments[0]) && at.closest('#' + arguments[1])"
        browser.tab_to("the button for stories", "at.id === 'stories-open'")
        browser.press(Keys.ENTER)
        browser.tab_to("the first story", "at.matches('.story')")
        browser.picture("stories")
        browser.accessible("the stories")
        browser.press(Keys.ENTER)
        browser.until("alice is asked", STEP, "Question")
        browser.until("the thief gets in", SAYS, BOARD, "getting in")
        browser.until("the question", BUTTON, LEFT, "Not me")
        time.sleep(1.2)
        self.from_the_top()
        browser.picture("prompt")
        browser.accessible("the question, light")
        browser.tab_to("the menu of remedies", "at.matches('#left select.menu')")
        before = browser.js("return document.activeElement.value")
        browser.press(Keys.ARROW_DOWN)
        browser.until("the arrow chooses another remedy", "return document.activeElement.value !== arguments[0]", before)
        browser.press(Keys.ARROW_UP)
        browser.until("the arrow chooses the first again", "return document.activeElement.value === arguments[0]", before)
        browser.tab_to("“Not me”", words, "Not me", LEFT)
        # The board changes every second beside it, and the card is drawn again: the focus stays.
        marks = "return document.querySelectorAll('.marks i').length"
        seen = browser.js(marks)
        browser.until("the board goes on", "return document.querySelectorAll('.marks i').length > arguments[0]", seen)
        browser.until("the focus is kept while the page changes", "return document.activeElement.textContent.trim() === 'Not me'", seconds=1)
        self.answer()
        browser.until("the thief is refused", SAYS, BOARD, "InvalidClientTokenId")
        self.step("by keyboard: “Not me”, and the thief's calls are refused")
        browser.until("the case is contained", STEP, "Outcome")
        time.sleep(3)
        self.from_the_top()
        browser.picture("outcome")
        browser.accessible("the outcome, light")
        browser.tab_to("“Undo”", words, "Undo", RIGHT)
        self.answer()
        browser.until("the story says undone", HINT, "Undone")
        browser.until("the thief gets in again", SAYS, BOARD, "getting in")
        self.step("by keyboard: “Undo”, and the key works again")

    def answer(self):
        """Enter on the focused button, and on its confirm dialog if it has one."""
        browser = self.browser
        asks = browser.js("return document.activeElement.getAttribute('aria-haspopup') === 'dialog'")
        browser.press(Keys.ENTER)
        if not asks:
            return
        browser.until("the confirm dialog", "return document.getElementById('confirm').open")
        browser.accessible("the confirm dialog")
        browser.picture("confirm")
        browser.tab_to("the dialog's yes", "at.type === 'submit' && at.closest('#confirm')")
        browser.press(Keys.ENTER)
        browser.until("the dialog is gone", "return !document.getElementById('confirm').open")

    def modal(self):
        """The modal behind “It was me”: what Slack's client marks, then the whole truth."""
        browser = self.browser
        self.play("Slack outage")
        browser.until("Slack is away", HINT, "Slack is away")
        browser.picture("outage")
        browser.until("alice is asked when Slack is back", STEP, "Question", seconds=60)
        browser.until("the app is connected", "return document.getElementById('sockets').textContent === 'App connected'", seconds=60)
        self.step("Slack went away and came back, and the question came")
        self.click(LEFT, "It was me")
        self.sent_empty()
        browser.until("the focus is on the first error", "return document.activeElement.getAttribute('aria-invalid') === 'true'")
        browser.picture("modal")
        browser.accessible("the modal with errors")
        for box in browser.js("return [...document.querySelectorAll('#modal input[type=checkbox]')]"):
            box.click()
        browser.js("return document.querySelector('#modal textarea, #modal input[type=text]')").send_keys("I ran the export from the hotel")
        browser.js("document.querySelector('#modal button[type=submit]').click()")
        browser.until("the modal is gone", "return !document.getElementById('modal').open")
        browser.until("the finding is archived", HINT, "stands by it")
        self.step("“It was me”, with the three facts and a reason")

    def dark(self):
        browser = self.browser
        self.open("dark", "U0BOB")
        self.play("Console sign-in")
        browser.until("bob is asked", STEP, "Question")
        browser.until("the question", BUTTON, LEFT, "Not me")
        time.sleep(1.2)
        self.from_the_top()
        browser.picture("dark")
        browser.accessible("the question, dark")
        self.click(LEFT, "It was me")
        browser.until("the modal", "return document.getElementById('modal').open")
        browser.accessible("the modal, dark")
        self.escaped()

    def narrow(self):
        browser = self.browser
        browser.size(420, 900)
        time.sleep(0.3)
        browser.picture("narrow")
        wide = browser.js("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        browser.size(1600, 1000)
        if wide > 0:
            raise Failed(f"on a phone the page is {wide} pixels too wide")

    def sent_empty(self):
        """The form that has just been opened, sent with nothing in it."""
        self.browser.until("the modal", "return document.getElementById('modal').open")
        self.browser.js("document.querySelector('#modal button[type=submit]').click()")
        self.browser.until("errors beside their fields", "return document.querySelectorAll('#modal .error').length >= 2")

    def escaped(self):
        self.browser.press(Keys.ESCAPE)
        self.browser.until("Escape closes the modal", "return !document.getElementById('modal').open")

    def yuki_is_asked(self):
        self.open("light", "U0YUKI")
        self.play("Asked in Japanese")
        self.browser.until("yuki is asked", STEP, "Question")

    def japanese(self):
        browser = self.browser
        self.yuki_is_asked()
        time.sleep(1.2)
        self.from_the_top()
        browser.picture("japanese")
        browser.accessible("the question in Japanese")
        self.click(LEFT, "自分の操作です")
        browser.until("the modal", "return document.getElementById('modal').open")
        browser.picture("japanese-modal")
        browser.accessible("the modal in Japanese")
        self.sent_empty()
        self.escaped()

    def japanese_card(self):
        """With `--language ja` the channel speaks it too."""
        browser = self.browser
        self.yuki_is_asked()
        browser.until("the card", BUTTON, RIGHT, "封じ込める")
        # Dates are worded by the Slack of whoever reads.
        browser.js("const box = document.getElementById('viewer'); box.value = 'U0YUKI'; box.dispatchEvent(new Event('change', { bubbles: true }))")
        time.sleep(1.2)
        self.from_the_top()
        browser.picture("japanese-card")
        browser.accessible("the card in Japanese")

    def ephemeral(self):
        """Somebody who is no responder presses a button of the card: told so, and nobody else sees it."""
        browser = self.browser
        self.open(viewer="U0BOB")
        self.click(RIGHT, "I am on it")
        browser.until("bob is told", SAYS, RIGHT, "Only visible to bob")
        browser.picture("ephemeral")
        browser.accessible("an ephemeral message")
        self.open(viewer="U0ROSA")
        browser.until("the cards", BUTTON, RIGHT, "I am on it")
        if browser.js(SAYS, RIGHT, "Only visible to"):
            raise Failed("rosa sees what only bob should")

    def flood(self):
        browser = self.browser
        self.open("light", "U0BOB")
        self.play("Flood of one key")
        browser.until("bob is asked once", STEP, "Question")
        browser.until("the question changes with the new country", "return [...document.querySelectorAll('#left > article')]"
                      ".at(-1).innerText.includes('203.0.113.77')", seconds=40)
        time.sleep(1.2)
        browser.picture("flood")

    def sample(self):
        browser = self.browser
        self.open()
        self.play("Sample finding")
        browser.until("the sample is recorded", HINT, "Nobody is asked", seconds=20)
        self.step("the sample is recorded and nobody is asked")

    def root(self):
        """Guidance, done by hand."""
        browser = self.browser
        self.open()
        self.play("Root was used")
        browser.until("a human is told what to do", HINT, "tells a human what to do")
        time.sleep(1.2)
        browser.picture("root")
        self.click(RIGHT, "Done")
        browser.until("it is done by hand", HINT, "Done by hand")
        self.step("root: guidance, and “Done” by a responder")

    def hostile(self):
        """What somebody wrote stays text, whatever it looks like."""
        browser = self.browser
        self.open()
        text = ("<img src=x onerror=\"document.title='owned'\"> &lt;script&gt;document.title='owned'&lt;/script&gt; "
                "<javascript:document.title='owned'|press me> *<b>bold</b>* END-OF-TEXT")
        browser.js("fetch('/_sim/say', { method: 'POST', headers: { 'content-type': 'application/json' }, body:"
                   " JSON.stringify({ user: 'U0ALICE', channel: 'C0SECURITY', text: arguments[0] }) })", text)
        browser.until("the text is shown", SAYS, RIGHT, "END-OF-TEXT")
        made = browser.js("return document.querySelectorAll('main :is(img, script, b, iframe, [onerror], a[href^=\"javascript\" i])').length")
        if made or browser.js("return document.title") == "owned":
            raise Failed("a text became markup")
        shown = browser.js("return document.getElementById('right').innerText")
        if "<script>" not in shown or "<img src=x" not in shown:
            raise Failed("a text was not shown as it was written")

    def widgets(self):
        """What no story needs: an overflow menu, with the keyboard alone."""
        browser = self.browser
        option = lambda name: {"text": {"type": "plain_text", "text": name}, "value": name}
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "A message with *more* to do"}, "accessory": {
            "type": "overflow", "action_id": "more", "options": [option("One"), option("Two"), option("Three")]}}]
        browser.js("fetch('/api/chat.postMessage', { method: 'POST', headers: { 'content-type': 'application/json', authorization:"
                   " 'Bearer xoxb-sim' }, body: JSON.stringify({ channel: 'C0SECURITY', text: 'more', blocks: arguments[0] }) })", blocks)
        browser.until("the message", SAYS, RIGHT, "to do")
        browser.tab_to("the overflow menu", "at.getAttribute('aria-haspopup') === 'menu'")
        browser.press(Keys.ARROW_DOWN)
        at = "return document.activeElement.textContent === arguments[0]"
        browser.until("the first item", at, "One")
        browser.press(Keys.ARROW_UP)
        browser.until("the last item", at, "Three")
        browser.accessible("an open overflow menu")
        browser.press(Keys.ESCAPE)
        browser.until("Escape closes it and the focus returns", "return document.activeElement.getAttribute('aria-expanded') === 'false'")

    def session(self):
        """One session of a role is revoked, the other goes on; undone by a click."""
        browser = self.browser
        self.open()
        self.play("Role session")
        browser.until("alice is asked", STEP, "Question")
        self.click(LEFT, "Not me")
        browser.until("the thief is refused", SAYS, BOARD, "AccessDenied")
        browser.until("the case is contained", STEP, "Outcome")
        browser.until("the nightly build goes on", SAYS, BOARD, "working")
        time.sleep(1.2)
        browser.picture("session")
        self.undo("getting in")

    def exfiltrated(self):
        """Contained before anybody is asked; the answer keeps it; undone by a click."""
        browser = self.browser
        self.open(person="U0BOB")
        self.play("Exfiltrated instance role")
        browser.until("the calls are refused unasked", SAYS, BOARD, "AccessDenied", seconds=90)
        browser.until("bob is asked all the same", STEP, "Question")
        self.click(LEFT, "Not me")
        browser.until("it stays revoked", STEP, "Outcome")
        time.sleep(1.2)
        browser.picture("exfiltrated")
        self.undo("getting in")

    def bucket(self):
        """A public bucket is closed, as somebody without credentials sees it; undone by a click."""
        browser = self.browser
        self.open()
        self.play("Public bucket")
        browser.until("alice is asked", STEP, "Question")
        self.click(LEFT, "Not me")
        browser.until("the reader is refused", SAYS, BOARD, "403 Forbidden")
        browser.until("the case is contained", STEP, "Outcome")
        time.sleep(1.2)
        browser.picture("bucket")
        self.undo("getting in")

    def mining(self):
        """An instance is cut off from the network; undone by a click."""
        browser = self.browser
        self.open(person="U0BOB")
        self.play("Mining instance")
        browser.until("bob is asked", STEP, "Question", seconds=90)
        self.click(LEFT, "Not me")
        browser.until("the instance is cut off", SAYS, BOARD, "cut off")
        browser.until("the case is contained", STEP, "Outcome", seconds=60)
        time.sleep(1.2)
        browser.picture("mining")
        self.undo("rules in")

    def undo(self, then):
        browser = self.browser
        # On the story's own card: those before it are drawn again at Slack's pace, and may still show theirs.
        browser.until("“Undo” on the newest card", NEWEST + "const found = [...(card?.querySelectorAll('button') ?? [])]"
                      ".find((one) => one.textContent.trim() === 'Undo'); found?.click(); return Boolean(found)")
        browser.until("the confirm dialog", "return document.getElementById('confirm').open")
        browser.js("document.querySelector('#confirm [type=submit]').click()")
        browser.until("the story says undone", HINT, "Undone", seconds=60)
        browser.until("the account is as it was", SAYS, BOARD, then)
        self.step(f"{browser.js('return document.getElementById(`scene-title`).textContent')}: played to its end and undone")

    def auto(self):
        """Without a choice the page follows the system, in light and in dark."""
        browser = self.browser
        shade = "return getComputedStyle(document.body).backgroundColor"
        self.open("auto")
        browser.prefer("light")
        light = browser.js(shade)
        browser.prefer("dark")
        if browser.js(shade) == light:
            raise Failed("the page does not follow the system's dark colours")
        browser.prefer("light")

    def operators(self):
        """The daemon's own pages, as far as the stories have filled them."""
        browser = self.browser
        for scheme in ("light", "dark"):
            browser.prefer(scheme)
            browser.open(self.admin)
            browser.until("the cases", "return document.querySelectorAll('main table a').length > 0")
            browser.picture(f"cases-{scheme}")
            browser.accessible(f"the overview, {scheme}")
            # The first story was contained and undone: it has the most to tell.
            told = "return [...document.querySelectorAll('tr')].find((row) => row.querySelector('.undone'))?.querySelector('a').href"
            browser.open(browser.until("a case that was undone", told, seconds=1))
            browser.until("its story", "return document.querySelectorAll('.timeline li').length > 5")
            browser.picture(f"case-{scheme}")
            browser.accessible(f"a case, {scheme}")
        browser.prefer("light")
        browser.size(420, 900)
        wide = browser.js("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        browser.size(1600, 1000)
        if wide > 0:
            raise Failed(f"on a phone a case is {wide} pixels too wide")

    def all(self):
        browser = self.browser
        browser.size(1600, 1000)
        self.open()
        browser.accessible("the empty page, light")
        remedies = {"Role session": self.session, "Exfiltrated instance role": self.exfiltrated,
                    "Public bucket": self.bucket, "Mining instance": self.mining}
        offered = browser.js("return [...document.querySelectorAll('.story strong')].map((one) => one.textContent)")
        for part in (self.by_keyboard, self.modal, self.dark, self.narrow, self.auto, self.hostile, self.widgets,
                     self.japanese, self.ephemeral, self.flood, self.sample, self.root,
                     *(part for title, part in remedies.items() if title in offered), self.operators):
            part()
        if browser.worst:
            raise Failed("serious or critical: " + ", ".join(browser.worst))
        self.step("nothing serious or critical" if browser.axe else "accessibility not checked: npm is missing")


def addresses(path, sandbox, seconds=120):
    deadline = time.monotonic() + seconds
    while not os.path.exists(path):
        if sandbox.died() is not None or time.monotonic() > deadline:
            raise Failed(f"the sandbox did not start:\n{sandbox.tail()}")
        time.sleep(0.1)
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--vouch", "--sim", "--emulator", "--pictures"):
        parser.add_argument(name, required=True, type=os.path.abspath)
    parser.add_argument("--axe", default="")
    parser.add_argument("--only", help="one part, for whoever works on it")
    parser.add_argument("--language", default="auto", help="of the whole sandbox; `ja` for `--only japanese_card`")
    options = parser.parse_args()
    shutil.rmtree(options.pictures, ignore_errors=True)
    os.makedirs(options.pictures)
    folder = tempfile.mkdtemp(prefix="vouch-look-")
    python = subprocess.check_output([options.emulator, "python"], text=True).strip()
    told = os.path.join(folder, "addresses.json")
    sandbox = Child("sandbox", [python, os.path.join(SANDBOX, "sandbox.py"), "--told", told, "--vouch", options.vouch,
                                "--sim", options.sim, "--emulator", options.emulator, "--language", options.language], dict(os.environ), folder)
    browser = None
    try:
        places = addresses(told, sandbox)
        browser = Browser(options.pictures, options.axe)
        look = Look(browser, places["page"], places["admin"])
        if options.only:
            browser.size(1600, 1000)
            look.open()
            getattr(look, options.only)()
        else:
            look.all()
        print(f"look.py: all as it should be; pictures in {options.pictures}")
    except Failed as problem:
        print(f"--- the end of the sandbox's log\n{sandbox.tail(25)}\nFAILED: {problem}", flush=True)
        raise SystemExit(1)
    finally:
        if browser:
            browser.close()
        sandbox.stop(25)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
