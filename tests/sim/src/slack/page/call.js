// Calls to the control API, and what a person is told when one is refused. No nodes are made here.
import { say } from "./dom.js";

export async function post(path, body) {
  let answer, said;
  try {
    answer = await fetch("/_sim/" + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    said = await answer.json().catch(() => null);
  } catch {
    say("The look-alike does not answer.", true);
    return [0, null];
  }
  if (answer.status === 409) say(said?.fields ? "Slack sends nothing while fields are missing." : "Slack would not send that: " + said?.refused, true);
  else if (said?.acked === false) say("The app did not answer: " + said.error, true);
  else if (said?.acked) say("Acknowledged after " + said.took_ms + " ms.");
  return [answer.status, said];
}

export async function get(path) {
  return (await fetch("/_sim/" + path)).json();
}
