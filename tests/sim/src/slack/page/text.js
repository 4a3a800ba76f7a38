// Slack's text objects as nodes: mrkdwn with mentions, links, dates and code. Whatever is not understood stays text.
import { el } from "./dom.js";

let names = { people: [], channels: [], bot: { id: "", name: "" } };
export function know(state) { names = state; }

// The language and the time zone of whoever reads what is drawn next; undefined: the browser's own.
let tongue, zone;
export function speakTo(id) {
  const reader = names.people.find((person) => person.id === id);
  [tongue, zone] = [reader?.locale || undefined, reader?.tz || undefined];
}

export function nameOf(id) {
  if (names.bot.id === id) return names.bot.name;
  return names.people.find((person) => person.id === id)?.name ?? id;
}
const channelOf = (id, label) => names.channels.find((channel) => channel.id === id)?.name ?? label;

const plain = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export function dateText(unix, format, fallback) {
  const date = new Date(Number(unix) * 1000);
  if (Number.isNaN(date.getTime())) return fallback;
  const day = (options) => date.toLocaleDateString(tongue, { ...options, timeZone: zone });
  const long = { year: "numeric", month: "long", day: "numeric" }, short = { year: "numeric", month: "short", day: "numeric" };
  const start = (of) => new Date(of.toLocaleDateString("en-US", { timeZone: zone }));
  const days = Math.round((start(date) - start(new Date())) / 864e5);
  const relative = new Intl.RelativeTimeFormat(tongue, { numeric: "auto" });
  const pretty = (options) => Math.abs(days) <= 1 ? relative.format(days, "day") : day(options);
  const forms = {
    date_num: () => date.toISOString().slice(0, 10), date: () => day(long), date_short: () => day(short),
    date_long: () => day({ weekday: "long", ...long }), date_pretty: () => pretty(long),
    date_short_pretty: () => pretty(short), date_long_pretty: () => pretty({ weekday: "long", ...long }),
    time: () => timeText(date),
    time_secs: () => date.toLocaleTimeString(tongue, { timeZone: zone }),
    ago: () => relative.format(Math.round((date - Date.now()) / 60000), "minute"),
  };
  return format.replace(/\{(\w+)\}/g, (whole, key) => forms[key]?.() ?? whole);
}

export const timeText = (date) => date.toLocaleTimeString(tongue, { hour: "2-digit", minute: "2-digit", timeZone: zone });

// What stands between < and >.
function angle(inner) {
  const [target, ...rest] = inner.split("|");
  const label = plain(rest.join("|"));
  if (target.startsWith("!date^")) {
    const [, unix, format] = target.split("^");
    return el("time", { title: label }, dateText(unix, plain(format ?? ""), label));
  }
  if (target.startsWith("@")) return el("span", { class: "mention" }, "@" + nameOf(target.slice(1)));
  if (target.startsWith("#")) return el("span", { class: "mention" }, "#" + channelOf(target.slice(1), label));
  if (target.startsWith("!")) return el("span", { class: "mention" }, "@" + (label || target.slice(1)));
  if (!/^(https?|mailto):/.test(target)) return document.createTextNode("<" + plain(inner) + ">");
  return el("a", { href: plain(target), rel: "noreferrer noopener", target: "_blank" }, label || plain(target));
}

const TOKEN = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*([^*\n]+)\*(?![\w*])|(?<![\w_])_([^_\n]+)_(?![\w_])|(?<![\w~])~([^~\n]+)~(?![\w~])/g;

function inline(text) {
  const out = [];
  let at = 0;
  for (const found of text.matchAll(TOKEN)) {
    out.push(plain(text.slice(at, found.index)));
    at = found.index + found[0].length;
    const [, pre, code, inner, bold, italic, strike] = found;
    if (pre !== undefined) out.push(el("pre", { tabindex: "0" }, plain(pre.replace(/^\n|\n$/g, ""))));
    else if (code !== undefined) out.push(el("code", {}, spans(code)));
    else if (inner !== undefined) out.push(angle(inner));
    else out.push(el(bold !== undefined ? "strong" : italic !== undefined ? "em" : "s", {}, inline(bold ?? italic ?? strike)));
  }
  out.push(plain(text.slice(at)));
  return out;
}
const spans = (text) => text.split(/(<[^<>\n]+>)/).map((part) => part.startsWith("<") ? angle(part.slice(1, -1)) : plain(part));

// Lines that begin with > are a quotation.
export function mrkdwn(text) {
  const out = el("div", { class: "text" });
  for (const part of text.split(/((?:^(?:&gt;|>) ?.*(?:\n|$))+)/m)) {
    if (!part) continue;
    if (/^(&gt;|>)/.test(part)) out.append(el("blockquote", {}, inline(part.replace(/^(&gt;|>) ?/gm, "").trimEnd())));
    else out.append(...inline(part.replace(/\n$/, (end) => out.childNodes.length ? end : "")));
  }
  return out;
}

export function textOf(object) {
  return object.type === "mrkdwn" ? mrkdwn(object.text) : el("div", { class: "text" }, object.text);
}
// The same without markup, for labels and announcements.
export const wordsOf = (object) => object?.type === "mrkdwn" ? mrkdwn(object.text).textContent : object?.text ?? "";
