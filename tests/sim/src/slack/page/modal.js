// Modals: inputs, what Slack's client itself finds wrong, errors from the app beside their fields.
// The confirm dialog lives in `confirm.js`.
import { byId, el } from "./dom.js";
import { block } from "./blocks.js";
import { post } from "./call.js";
import { nameOf, speakTo, textOf } from "./text.js";

let shown = "";
// What Slack's client found missing, kept until the next submission: { id, fields }.
let marked = null;

export function modal(state, people, langOf) {
  const box = byId("modal");
  const open = state.views.filter((view) => people.includes(view.user)).at(-1);
  if (!open) { if (box.open) box.close(); shown = ""; return; }
  const errors = marked?.id === open.id ? marked.fields : open.errors;
  const mark = open.id + " " + open.view.hash + " " + JSON.stringify(errors);
  if (mark === shown && box.open) return;
  const same = box.open && shown.startsWith(open.id + " ");
  const values = same ? collect(box) : null;
  shown = mark;
  const none = () => undefined;
  const close = () => post("close", { user: open.user, view_id: open.id });
  box.oncancel = (event) => { event.preventDefault(); close(); };
  box.lang = langOf(open.user);
  speakTo(open.user);
  box.replaceChildren(el("form", { novalidate: true, onsubmit: async (event) => {
    event.preventDefault();
    const [status, said] = await post("submit", { user: open.user, view_id: open.id, values: collect(box) });
    marked = status === 409 && said?.fields ? { id: open.id, fields: said.fields } : null;
    modal(state, people, langOf);
  } },
    el("h2", { id: "modal-title" }, open.view.title.text, el("span", { class: "soft" }, nameOf(open.user))),
    el("div", { class: "body", tabindex: "-1" }, open.view.blocks.map((given) => given.type === "input" ? input(given, errors) : block(given, { channel: "", ts: "" }, open.user, none))),
    el("div", { class: "foot" }, el("button", { type: "button", class: "press", onclick: close }, open.view.close?.text ?? "Cancel"),
      open.view.submit ? el("button", { type: "submit", class: "press solid primary" }, open.view.submit.text) : null)));
  if (values) fill(box, values);
  if (!box.open) box.showModal();
  const first = box.querySelector("[aria-invalid]") ?? box.querySelector("[data-action] input, [data-action]:not(fieldset)");
  first?.focus();
}

function input(given, errors) {
  const item = given.element, id = "in-" + given.block_id, error = errors[given.block_id];
  const tail = [
    given.hint ? el("div", { class: "hint", id: id + "-hint" }, given.hint.text) : null,
    error ? el("div", { class: "error", id: id + "-error", role: "alert" }, error) : null];
  const described = [given.hint && id + "-hint", error && id + "-error"].filter(Boolean).join(" ") || undefined;
  const label = given.label.text + (given.optional ? " (optional)" : "");
  const about = { id, "data-action": item.action_id, "data-type": item.type, "aria-describedby": described };
  const invalid = error ? "true" : undefined;
  if (item.type === "checkboxes" || item.type === "radio_buttons") {
    const first = item.initial_options ?? (item.initial_option ? [item.initial_option] : []);
    const boxes = item.options.map((option) => el("label", { class: "box" },
      el("input", { type: item.type === "checkboxes" ? "checkbox" : "radio", name: id, value: option.value, "aria-invalid": invalid, checked: first.some((one) => one.value === option.value) }),
      el("div", {}, textOf(option.text), option.description ? el("div", { class: "hint" }, textOf(option.description)) : null)));
    return el("fieldset", { class: "input" + (error ? " wrong" : ""), ...about }, el("legend", {}, label), boxes, tail);
  }
  const common = { ...about, "aria-invalid": invalid, "aria-required": given.optional ? undefined : "true" };
  let field;
  if (item.type === "static_select") {
    field = el("select", { class: "menu", ...common }, el("option", { value: "" }, item.placeholder?.text ?? ""), item.options.map((option) => el("option", { value: option.value, selected: item.initial_option?.value === option.value }, option.text.text)));
  } else {
    field = el(item.multiline ? "textarea" : "input", { ...common, type: item.multiline ? undefined : "text", rows: item.multiline ? "4" : undefined, maxlength: item.max_length, placeholder: item.placeholder?.text });
    field.value = item.initial_value ?? "";
  }
  return el("div", { class: "input" + (error ? " wrong" : "") }, el("label", { for: id }, label), field, tail);
}

function collect(box) {
  const values = {};
  for (const field of box.querySelectorAll("[data-action]")) {
    const chosen = [...field.querySelectorAll("input:checked")].map((one) => one.value);
    if (field.dataset.type === "checkboxes") values[field.dataset.action] = chosen;
    else if (field.dataset.type === "radio_buttons") { if (chosen.length) values[field.dataset.action] = chosen[0]; }
    else if (field.value !== "") values[field.dataset.action] = field.value;
  }
  return values;
}

function fill(box, values) {
  for (const field of box.querySelectorAll("[data-action]")) {
    const value = values[field.dataset.action];
    if (field.tagName === "FIELDSET") for (const one of field.querySelectorAll("input")) one.checked = [value ?? []].flat().includes(one.value);
    else field.value = value ?? "";
  }
}
