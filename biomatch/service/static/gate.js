// @ts-check
/** Who is at the page: comes in by a password and a one-time code, by the address's code or by a token, and leaves. */

import { Refused, enter, leave, visitor } from "./api.js";
import { byId } from "./dom.js";
import { sentence } from "./words.js";

/** @param {string} id */
const field = (id) => /** @type {HTMLInputElement} */ (byId(id));
const token = field("token");

/**
 * Takes the code out of the address, where it would stay in the browser's history, and changes it for a session.
 * Then shows who is here, or asks.
 */
export async function open() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code !== null) history.replaceState(null, "", location.pathname);
  const used = code === null ? "" : await refusal(() => enter({ code }));
  const missing = await refusal(show); // who has come in before is let in, also by an old address
  if (missing !== null) ask(used || missing);
}

// An address that is opened where the page is open already changes the hash alone: its code does not stay there either.
addEventListener("hashchange", () => {
  if (location.hash) void open();
});

/** Asks who is here. @param {string} words why */
export function ask(words) {
  const asked = !byId("gate").hidden;
  byId("who").hidden = true;
  byId("gate").hidden = false;
  if (asked && !words) return; // an answer that comes late and has no reason leaves the reason that stands
  byId("gate-alarm").textContent = sentence(words);
  byId("gate-alarm").hidden = !words;
}

/** @param {() => void} act when somebody has come in */
export const onEntry = (act) => byId("gate").addEventListener("enter", act);

/** Shows who has come in. */
export async function show() {
  const found = await visitor();
  byId("who-name").textContent = found.name;
  byId("who").hidden = found.name === "anonymous";
  byId("gate").hidden = true;
  byId("gate").dispatchEvent(new Event("enter"));
}

/** Why the service refuses, in words: none where nobody has come in yet; null: it does not. @param {() => Promise<unknown>} act */
export async function refusal(act) {
  try {
    await act();
    return null;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.code === "token-missing" ? "" : error.message;
  }
}

byId("gate-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = token.value.trim();
  token.value = "";
  const refused = await refusal(() => enter({ token: text }).then(show));
  if (refused !== null) ask(refused);
});

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const asked = { user: field("user").value.trim(), password: field("password").value, oneTimeCode: field("one-time-code").value };
  field("password").value = field("one-time-code").value = "";
  const refused = await refusal(() => enter(asked).then(show));
  if (refused !== null) ask(refused);
});

byId("leave").addEventListener("click", async () => {
  const refused = await refusal(leave);
  if (refused === null) location.reload(); // nothing of what was found stays on the page
  else ask(refused);
});
