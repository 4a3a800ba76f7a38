// The page's loop: fetch the state after each event, draw what changed, remember what the person chose to look at.
import { byId, el, keep, kept, say } from "./dom.js";
import { get } from "./call.js";
import { know } from "./text.js";
import { draw, toEnd, watch } from "./messages.js";
import { modal } from "./modal.js";
import { board } from "./board.js";
import { stories } from "./stories.js";

let state = null, busy = false, again = false;
// What a link asks for (?person=U…&viewer=U…&theme=dark) counts until something else is chosen on the page.
const linked = new URLSearchParams(location.search);
const wanted = (key) => linked.get(key) ?? kept(key);
const chosen = (key, value) => {
  linked.delete(key);
  keep(key, value);
  if (location.search) history.replaceState(null, "", linked.size ? "?" + linked : location.pathname);
};

function offer(select, options, key) {
  const mark = JSON.stringify(options);
  if (select.dataset.mark === mark) return;
  const current = select.value || wanted(key);
  select.dataset.mark = mark;
  select.replaceChildren(...options.map(([value, label]) => el("option", { value, selected: value === current }, label)));
}

const langOf = (user) => (state.people.find((person) => person.id === user)?.locale ?? "en").slice(0, 2);

function render() {
  know(state);
  const people = state.people.filter((person) => !person.is_bot).map((person) => [person.id, person.name + (person.deleted ? " (deactivated)" : "")]);
  offer(byId("person"), people, "person");
  offer(byId("viewer"), people, "viewer");
  offer(byId("channel"), state.channels.filter((channel) => !channel.user).map((channel) => [channel.id, "#" + channel.name]), "channel");
  byId("team").textContent = state.team_name;
  const person = byId("person").value, viewer = byId("viewer").value;
  const direct = state.channels.find((channel) => channel.user === person);
  draw("left", direct?.id, person, state, langOf(person), render);
  draw("right", byId("channel").value, viewer, state, undefined, render);
  modal(state, [person, viewer], langOf);
  board(state.stage.board);
  stories(state.stage.stories, state.stage.scene, look);
  const sockets = byId("sockets");
  sockets.textContent = state.sockets ? "App connected" : "App not connected";
  sockets.classList.toggle("bad", !state.sockets);
}

function look(scene) {
  for (const key of ["person", "viewer"]) if (scene[key] && byId(key).value !== scene[key]) {
    byId(key).value = scene[key];
    chosen(key, scene[key]);
  }
  render();
  for (const pane of ["left", "right"]) toEnd(pane);
}

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  do {
    again = false;
    try { state = await get("state"); render(); } catch (error) { say(String(error), true); }
  } while (again);
  busy = false;
}

for (const pane of ["left", "right"]) watch(pane);
for (const key of ["person", "channel", "viewer"]) byId(key).addEventListener("change", (event) => {
  chosen(key, event.target.value);
  render();
});

function paint(theme) {
  document.documentElement.dataset.theme = theme;
}
const theme = ["light", "dark"].includes(wanted("theme")) ? wanted("theme") : "auto";
paint(theme);
for (const radio of document.querySelectorAll("#theme input")) {
  radio.checked = radio.value === theme;
  radio.addEventListener("change", () => { chosen("theme", radio.value); paint(radio.value); });
}

let events = null, lost = false;
function listen() {
  events = new EventSource("/_sim/events");
  events.onmessage = () => { if (lost) { lost = false; say("Connected again."); } refresh(); };
  events.onerror = () => { lost = true; say("The look-alike does not answer; trying again.", true); };
}
listen();
refresh();
// A page that is left behind must not keep its connection: a browser has only six for one address.
addEventListener("pagehide", () => events.close());
addEventListener("pageshow", (event) => { if (event.persisted) { listen(); refresh(); } });
