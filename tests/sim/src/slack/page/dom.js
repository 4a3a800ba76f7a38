// Making and changing nodes without ever parsing HTML, and saying things to people who listen instead of look.
// Nothing here knows what a message, a board or a story is.

export const byId = (id) => document.getElementById(id);

// Every text reaches the page through here, as text.
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// Makes the children of a box those wanted, in order: { key, mark, make }. A child whose mark is unchanged is left
// alone, so that focus, open menus and scroll positions survive; one that is replaced hands its focus on.
// Gives the keys of children that are new.
export function reconcile(box, wanted) {
  const present = new Map([...box.children].map((node) => [node.dataset.key, node]));
  const fresh = [];
  let at = null;
  for (const { key, mark, make } of wanted) {
    let node = present.get(key);
    present.delete(key);
    if (!node || node.mark !== mark) {
      const old = node;
      node = make();
      node.dataset.key = key;
      node.mark = mark;
      if (old) swap(old, node); else fresh.push(key);
    }
    const next = at ? at.nextSibling : box.firstChild;
    if (node !== next) box.insertBefore(node, next);
    at = node;
  }
  for (const gone of present.values()) gone.remove();
  return fresh;
}

// The focus goes to the same control of the new node, or to the node itself if that control is no more.
function swap(old, node) {
  const had = old.contains(document.activeElement) ? document.activeElement : null;
  const name = had?.dataset.focus;
  const opened = [...old.querySelectorAll("details[open][data-fold]")].map((fold) => fold.dataset.fold);
  old.replaceWith(node);
  for (const fold of node.querySelectorAll("details[data-fold]")) if (opened.includes(fold.dataset.fold)) fold.open = true;
  if (!had) return;
  const heir = name && [...node.querySelectorAll("[data-focus]")].find((one) => one.dataset.focus === name);
  if (heir) heir.focus();
  else { node.tabIndex = -1; node.focus({ preventScroll: true }); }
}

// The line at the bottom, for what the person just did.
let hide = 0;
export function say(text, bad = false) {
  const line = byId("status");
  line.textContent = text;
  line.classList.toggle("bad", bad);
  line.classList.toggle("shown", text !== "");
  clearTimeout(hide);
  if (!bad) hide = setTimeout(() => line.classList.remove("shown"), 4000);
}

// What happened elsewhere on the page, for screen readers only.
export function announce(text) {
  const log = byId("news");
  log.append(el("p", {}, text));
  while (log.childElementCount > 20) log.firstElementChild.remove();
}

export function keep(key, value) {
  try { localStorage.setItem("sim." + key, value); } catch { /* a private window */ }
}
export function kept(key) {
  try { return localStorage.getItem("sim." + key); } catch { return null; }
}
