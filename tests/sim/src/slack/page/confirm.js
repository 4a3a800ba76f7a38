// The confirm dialog that stands between a button and its click. Says yes or no, and sends nothing itself.
import { byId, el } from "./dom.js";
import { textOf } from "./text.js";

export function ask(confirm) {
  return new Promise((done) => {
    const box = byId("confirm");
    const close = (yes) => { box.close(); done(yes); };
    box.oncancel = () => done(false);
    box.replaceChildren(el("form", { onsubmit: (event) => { event.preventDefault(); close(true); } },
      el("h2", { id: "confirm-title" }, confirm.title.text),
      el("div", { id: "confirm-text", class: "body" }, textOf(confirm.text)),
      el("div", { class: "foot" },
        el("button", { type: "button", class: "press", onclick: () => close(false) }, confirm.deny.text),
        el("button", { type: "submit", class: "press solid " + (confirm.style ?? "primary") }, confirm.confirm.text))));
    box.showModal();
  });
}
