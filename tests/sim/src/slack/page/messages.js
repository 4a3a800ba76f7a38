// The two panes of messages: direct messages of one person, and a channel as one person sees it, with threads.
// Only what changed is drawn again. Sending lives in `elements.js`.
import { announce, byId, el, reconcile } from "./dom.js";
import { block } from "./blocks.js";
import { mrkdwn, nameOf, speakTo, timeText } from "./text.js";

// Threads folded by the person, what each pane had seen, and whether its reader is at the end and is kept there.
const folded = new Set(), open = new Set();
const known = {}, ends = {};
const SHOWN = 4;

const stampOf = (ts) => new Date(Number(ts) * 1000);
const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts;

function avatar(user, bot) {
  const hue = [...user].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
  const node = el("span", { class: bot ? "avatar bot" : "avatar", "aria-hidden": "true" }, [...nameOf(user)][0]?.toUpperCase() ?? "?");
  if (!bot) node.style.setProperty("--hue", hue);
  return node;
}

function article(message, viewer, state, lang) {
  const at = stampOf(message.ts);
  const picks = (action) => state.picks.find((pick) => pick.user === viewer && pick.channel === message.channel && pick.ts === message.ts && pick.action_id === action)?.value;
  const id = "by-" + message.channel + message.ts.replace(".", "-");
  const body = message.blocks.length ? message.blocks.map((given) => block(given, message, viewer, picks)) : [mrkdwn(message.text)];
  const bot = message.user === state.bot.id;
  return el("article", { class: "message" + (isReply(message) ? " reply" : "") + (message.ephemeral_to ? " ephemeral" : ""), "aria-labelledby": id, lang },
    avatar(message.user, bot),
    el("div", { class: "grow" },
      message.ephemeral_to ? el("div", { class: "soft only" }, "Only visible to " + nameOf(message.ephemeral_to)) : null,
      el("div", { class: "byline", id }, el("span", { class: "by" }, nameOf(message.user)), bot ? el("span", { class: "app" }, "App") : null, " ",
        el("time", { class: "soft", datetime: at.toISOString() }, timeText(at)),
        message.edits ? el("span", { class: "soft" }, " (edited)") : null),
      body));
}

// The list to draw: days, messages, and under each its thread, folded beyond the last few replies.
function rows(messages, viewer, state, lang, redraw) {
  const replies = new Map();
  const tops = [];
  const present = new Set(messages.map((message) => message.ts));
  for (const message of messages) {
    if (isReply(message) && present.has(message.thread_ts)) replies.set(message.thread_ts, [...(replies.get(message.thread_ts) ?? []), message]);
    else tops.push(message);
  }
  const picked = (message) => state.picks.filter((pick) => pick.user === viewer && pick.ts === message.ts);
  const row = (message) => ({ key: message.channel + message.ts, mark: JSON.stringify([message, viewer, lang, picked(message)]), make: () => article(message, viewer, state, lang) });
  const out = [];
  let day = "";
  for (const top of tops) {
    const today = stampOf(top.ts).toDateString();
    if (today !== day) {
      day = today;
      out.push({ key: "day " + day, mark: day, make: () => el("div", { class: "day" }, el("span", {}, dayName(stampOf(top.ts)))) });
    }
    out.push(row(top));
    const thread = replies.get(top.ts) ?? [];
    if (!thread.length) continue;
    const key = top.channel + top.ts, shut = folded.has(key), all = open.has(key) || thread.length <= SHOWN;
    out.push({ key: "thread " + key, mark: JSON.stringify([thread.length, shut, all]), make: () => threadHead(key, thread.length, shut, all, redraw) });
    if (!shut) out.push(...(all ? thread : thread.slice(-SHOWN)).map(row));
  }
  return out;
}

function dayName(date) {
  const today = new Date().toDateString() === date.toDateString();
  return today ? "Today" : date.toLocaleDateString(undefined, { weekday: "long", month: "long", day: "numeric" });
}

function threadHead(key, count, shut, all, redraw) {
  const flip = (set) => { if (set.has(key)) set.delete(key); else set.add(key); redraw(); };
  return el("div", { class: "thread" },
    el("button", { type: "button", class: "link", "aria-expanded": String(!shut), "data-focus": "thread", onclick: () => flip(folded) },
      count + (count === 1 ? " reply" : " replies")),
    !shut && !all ? el("button", { type: "button", class: "link", "data-focus": "earlier", onclick: () => flip(open) }, "Show " + (count - SHOWN) + " earlier") : null);
}

export function draw(pane, channel, viewer, state, lang, redraw) {
  const seen = state.messages.filter((message) => message.channel === channel && (!message.ephemeral_to || message.ephemeral_to === viewer));
  const box = byId(pane);
  speakTo(viewer);
  const where = channel + " " + viewer, before = known[pane], moved = before?.where !== where;
  const list = rows(seen, viewer, state, lang, redraw);
  if (!list.length) list.push({ key: "empty", mark: "empty", make: () => el("p", { class: "empty" }, "Nothing here yet.") });
  reconcile(box, list);
  if (!moved) tell(pane, seen, state.bot.id, before);
  known[pane] = { where, latest: seen.at(-1)?.ts ?? "", edits: new Map(seen.map((message) => [message.ts, message.edits])) };
  if (moved || (ends[pane] ?? true)) toEnd(pane);
  else if (known[pane].latest !== before.latest) byId(pane + "-newer").hidden = false;
}

// Whoever reads at the end is kept there, whatever makes the list grow; whoever scrolled up is left alone and told.
export function toEnd(pane) {
  const box = byId(pane);
  box.scrollTop = box.scrollHeight;
  settle(pane, true);
}

function settle(pane, atEnd) {
  ends[pane] = atEnd;
  // While the end is followed, the browser must not hold on to what stands above it.
  byId(pane).style.overflowAnchor = atEnd ? "none" : "auto";
  if (atEnd) byId(pane + "-newer").hidden = true;
}

export function watch(pane) {
  const box = byId(pane);
  let top = 0;
  box.addEventListener("scroll", () => {
    // Only going up leaves the end: a list that grew meanwhile does not.
    if (box.scrollTop + box.clientHeight >= box.scrollHeight - 40) settle(pane, true);
    else if (box.scrollTop < top) settle(pane, false);
    top = box.scrollTop;
  });
  new ResizeObserver(() => { if (ends[pane] ?? true) toEnd(pane); }).observe(box);
  byId(pane + "-newer").addEventListener("click", () => { toEnd(pane); box.focus(); });
}

function tell(pane, seen, bot, before) {
  const place = pane === "left" ? "Direct message" : "Channel";
  const news = seen.filter((message) => message.ts > before.latest && message.user === bot);
  for (const message of news) announce(place + " from " + nameOf(message.user) + ": " + mrkdwn(message.text).textContent.slice(0, 300));
  for (const message of seen) {
    const edits = before.edits.get(message.ts);
    if (edits !== undefined && edits !== message.edits) announce(place + " updated: " + mrkdwn(message.text).textContent.slice(0, 300));
  }
}
