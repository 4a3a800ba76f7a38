// The board beside Slack: groups of things with their state, and feeds of what somebody did, as whoever runs the
// look-alike published them. Knows no more of their meaning than "good", "bad", "warn" and "calm".
import { announce, byId, el, reconcile } from "./dom.js";

const tone = (given) => ["good", "bad", "warn"].includes(given) ? given : "calm";
const chip = (state) => el("span", { class: "chip " + tone(state.tone) }, state.text);
let said = new Map();

export function board(given) {
  byId("board-pane").hidden = !given;
  document.body.classList.toggle("with-board", Boolean(given));
  if (!given) return;
  byId("board-title").textContent = given.title ?? "";
  byId("board-note").textContent = given.note ?? "";
  reconcile(byId("board"), [
    ...(given.feeds ?? []).map((one) => ({ key: "feed " + one.id, mark: JSON.stringify(one), make: () => feed(one, given.feeds.length > 1 ? 3 : 5) })),
    ...(given.groups ?? []).flatMap(group)]);
  listen(given);
}

function group(given) {
  const head = { key: "group " + given.title, mark: given.title, make: () => el("h3", { class: "group" }, given.title) };
  const items = given.items ?? [];
  const empty = { key: "none " + given.title, mark: given.empty ?? "", make: () => el("p", { class: "soft none" }, given.empty ?? "None.") };
  return [head, ...(items.length ? items.map((one) => ({ key: "item " + one.id, mark: JSON.stringify(one), make: () => item(one) })) : [empty])];
}

const before = new Map();
function item(given) {
  const old = before.get(given.id);
  before.set(given.id, given);
  const changed = (row) => old && !(old.rows ?? []).some((one) => one.label === row.label && one.text === row.text);
  return el("div", { role: "group", class: "thing" + (old ? " changed" : ""), "aria-label": given.name },
    el("div", { class: "thing-head" }, el("span", { class: "name" }, given.name), given.state ? chip(given.state) : null),
    given.note ? el("div", { class: "soft" }, given.note) : null,
    (given.rows ?? []).length ? el("dl", {}, given.rows.map((row) => el("div", { class: changed(row) ? "row changed" : "row" },
      el("dt", {}, row.label), el("dd", {}, row.tone ? chip(row) : row.text)))) : null,
    (given.documents ?? []).map((one) => el("details", { "data-fold": one.title },
      el("summary", { "data-focus": given.id + " " + one.title }, one.title, " ", one.state ? chip(one.state) : null),
      el("pre", { tabindex: "0" }, one.text))));
}

// What somebody did, newest first, with a row of marks that shows at a glance how it went.
function feed(given, shown) {
  const lines = given.lines ?? [];
  return el("div", { role: "group", class: "feed " + tone(given.state?.tone), "aria-label": given.title },
    el("div", { class: "thing-head" }, el("span", { class: "name" }, given.title), given.state ? chip(given.state) : null),
    given.note ? el("div", { class: "soft" }, given.note) : null,
    el("div", { class: "marks", "aria-hidden": "true" }, lines.slice(-40).map((line) => el("i", { class: tone(line.tone) }))),
    el("ol", {}, lines.slice(-shown).reverse().map((line) => el("li", {},
      el("time", { class: "soft" }, new Date(line.at).toLocaleTimeString()), el("code", {}, line.text), el("span", { class: "result " + tone(line.tone) }, line.result)))));
}

// A listener hears that a state changed, not every line of a feed.
function listen(given) {
  const now = new Map();
  for (const one of given.feeds ?? []) now.set("feed " + one.id, one.title + ": " + (one.state?.text ?? ""));
  for (const one of (given.groups ?? []).flatMap((group) => group.items ?? [])) {
    now.set("item " + one.id, [one.name, one.state?.text, ...(one.rows ?? []).map((row) => row.label + " " + row.text)].filter(Boolean).join(", "));
  }
  if (said.size) for (const [key, text] of now) if (said.get(key) !== text) announce(text);
  said = now;
}
