// Blocks of messages and modals as nodes. An unknown block is named, never guessed.
import { el } from "./dom.js";
import { element } from "./elements.js";
import { mrkdwn, textOf } from "./text.js";

export function block(given, message, viewer, picks) {
  const inside = (item) => element(item, message, viewer, picks);
  switch (given.type) {
    case "header": return el("h3", {}, given.text.text);
    case "divider": return el("hr");
    case "section": return el("div", { class: "section" },
      el("div", { class: "grow" }, given.text ? textOf(given.text) : null,
        given.fields ? el("div", { class: "fields" }, given.fields.map((field) => el("div", {}, textOf(field)))) : null),
      given.accessory ? el("div", { class: "accessory" }, inside(given.accessory)) : null);
    case "context": return el("div", { class: "context" }, given.elements.map((item) => item.type === "image" ? inside(item) : textOf(item)));
    case "actions": return el("div", { class: "actions" }, given.elements.map(inside));
    case "markdown": return mrkdwn(given.text);
    case "rich_text": return el("div", { class: "text" }, richText(given));
    case "image": return el("div", { class: "soft" }, "[" + given.alt_text + "]");
    default: return el("div", { class: "soft" }, "[" + given.type + "]");
  }
}

// Enough of it to read: the words in their order.
function richText(node) {
  if (typeof node.text === "string") return node.text;
  return (node.elements ?? []).map(richText).join("");
}
