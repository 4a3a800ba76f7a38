// Stories to play and the one being played, as whoever runs the look-alike published them.
import { byId, el, reconcile, say } from "./dom.js";
import { post } from "./call.js";

// Started from this page: it then looks at the persons the story is about.
let started = null;

export function stories(given, scene, look) {
  byId("stories-open").hidden = !given?.length;
  reconcile(byId("stories-list"), (given ?? []).map((one) => ({ key: one.id, mark: JSON.stringify(one), make: () => el("li", {},
    el("button", { type: "button", class: "story", "data-focus": one.id, onclick: () => play(one) },
      el("strong", {}, one.title), el("span", { class: "soft" }, one.about))) })));
  show(scene, look);
}

async function play(story) {
  byId("stories").hidePopover();
  started = story.id;
  const [status, answer] = await post("plays", { story: story.id });
  if (status !== 200) say(answer?.error ?? "That story cannot be played now.", true);
}

let seen = "";
function show(scene, look) {
  const box = byId("scene");
  box.hidden = !scene;
  if (!scene) return;
  const mark = JSON.stringify(scene);
  if (mark !== seen) {
    seen = mark;
    // The hint is a live region, so it must stay the same node.
    if (!byId("scene-hint")) box.append(el("h2", { id: "scene-title" }), el("p", { id: "scene-hint", role: "status" }), el("div", { id: "scene-steps" }));
    byId("scene-title").textContent = scene.title;
    byId("scene-hint").textContent = scene.hint;
    byId("scene-steps").replaceChildren(steps(scene));
  }
  if (started === scene.id) {
    started = null;
    look(scene);
  }
}

// How far the story is.
function steps(scene) {
  const at = scene.steps?.indexOf(scene.step) ?? -1;
  return el("ol", { class: "steps", "aria-label": "How far the story is" }, (scene.steps ?? []).map((name, n) =>
    el("li", { class: n < at ? "past" : n === at ? "now" : "", "aria-current": n === at ? "step" : undefined }, name)));
}
