// @ts-check
/** A user's own sessions: which there are, and the end of those that should not be. */

import { Refused, endOtherSessions, endSession, sessions } from "./api.js";
import { byId, h } from "./dom.js";
import { sentence } from "./words.js";

const box = /** @type {HTMLDetailsElement} */ (byId("sessions"));

/** @param {string} moment as the service says it */
const told = (moment) => new Date(moment).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

/** @param {import("./api.js").Session} one */
const row = (one) =>
  h(
    "li",
    {},
    h("span", {}, `Begun ${told(one.begun)} from ${one.peer || "an unknown address"}, last used ${told(one.used)}`),
    " ",
    one.this ? h("b", {}, "this one") : h("button", { type: "button", onclick: () => change(() => endSession(one.session)) }, "End"),
  );

/** @param {() => Promise<unknown>} act what is done before the list is shown anew */
async function change(act) {
  const list = byId("sessions-list"), others = byId("sessions-end"), alarm = byId("sessions-alarm");
  try {
    await act();
    const found = await sessions();
    list.replaceChildren(...found.map(row));
    others.hidden = found.length < 2;
    alarm.hidden = true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    list.replaceChildren();
    others.hidden = true;
    alarm.textContent = sentence(error.message);
    alarm.hidden = false;
  }
}

box.addEventListener("toggle", () => {
  if (box.open) void change(async () => {});
});
byId("sessions-end").addEventListener("click", () => change(endOtherSessions));
