// Buttons, menus and overflow menus of messages: what a person can press, and what is sent when they do.
// Inputs of modals live in `modal.js`.
import { el } from "./dom.js";
import { post } from "./call.js";
import { ask } from "./confirm.js";
import { wordsOf } from "./text.js";

// Pressed and not yet answered: Slack shows that the app is working on it.
async function working(node, call) {
  node.setAttribute("aria-busy", "true");
  await call();
  node.removeAttribute("aria-busy");
}

export function element(item, message, viewer, picks) {
  const place = { user: viewer, channel: message.channel, ts: message.ts, action_id: item.action_id };
  const focus = message.ts + " " + item.action_id;
  switch (item.type) {
    case "button": return button(item, place, focus);
    case "static_select": return menu(item, place, focus, picks);
    case "overflow": return overflow(item, place, focus);
    case "image": return el("span", { class: "soft" }, "[" + item.alt_text + "]");
    default: return el("span", { class: "soft" }, "[" + item.type + "]");
  }
}

function button(item, place, focus) {
  const node = el("button", {
    type: "button", class: "press " + (item.style ?? ""), "aria-label": item.accessibility_label, "data-focus": focus,
    "aria-haspopup": item.confirm ? "dialog" : undefined,
    onclick: async () => {
      if (node.getAttribute("aria-busy")) return;
      if (item.confirm && !await ask(item.confirm)) return;
      if (item.url && /^https?:/.test(item.url)) window.open(item.url, "_blank", "noreferrer,noopener");
      await working(node, () => post("click", place));
    },
  }, item.text.text);
  return node;
}

function menu(item, place, focus, picks) {
  const current = picks(item.action_id) ?? item.initial_option?.value ?? "";
  const label = item.placeholder?.text ?? "Choose";
  const option = (one) => el("option", { value: one.value, selected: one.value === current }, one.text.text);
  const node = el("select", { class: "menu", "aria-label": label, "data-focus": focus, onchange: async () => {
    const wanted = node.value;
    if (item.confirm && !await ask(item.confirm)) { node.value = current; return; }
    await working(node, () => post("choose", { ...place, option: wanted }));
  } });
  if (!current) node.append(el("option", { value: "", disabled: true, selected: true }, label));
  if (item.option_groups) {
    for (const group of item.option_groups) node.append(el("optgroup", { label: group.label.text }, group.options.map(option)));
  } else node.append(...(item.options ?? []).map(option));
  return node;
}

let made = 0;
// A menu button after the ARIA pattern: arrows move, Escape closes, focus returns.
function overflow(item, place, focus) {
  const id = "overflow-" + (made += 1);
  const list = el("div", { class: "overflow-list", role: "menu", id, hidden: true });
  const opener = el("button", {
    type: "button", class: "press overflow", "aria-label": "More actions", "aria-haspopup": "menu", "aria-expanded": "false",
    "aria-controls": id, "data-focus": focus, onclick: () => (list.hidden ? open(0) : close()),
    onkeydown: (event) => { if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); open(event.key === "ArrowUp" ? -1 : 0); } },
  }, "⋯");
  const items = () => [...list.children];
  function open(at) {
    list.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    items().at(at)?.focus();
  }
  function close(back = true) {
    list.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    if (back) opener.focus();
  }
  for (const option of item.options) {
    list.append(el("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: async () => {
      close();
      if (item.confirm && !await ask(item.confirm)) return;
      await working(opener, () => post("choose", { ...place, option: option.value }));
    } }, wordsOf(option.text)));
  }
  list.addEventListener("keydown", (event) => {
    const all = items(), at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) { event.preventDefault(); all.at(to % all.length)?.focus(); }
    else if (event.key === "Escape") { event.preventDefault(); close(); }
    else if (event.key === "Tab") close(false);
  });
  list.addEventListener("focusout", (event) => { if (!list.hidden && !list.contains(event.relatedTarget) && event.relatedTarget !== opener) close(false); });
  return el("span", { class: "overflow-box" }, opener, list);
}
