// @ts-check
/** Passkeys: one signs in by them, and keeps one's own. */

import { deletePasskey, enterByPasskey, newPasskeyWanted, passkeyWanted, passkeys, registerPasskey } from "./api.js";
import { byId, h } from "./dom.js";
import * as gate from "./gate.js";
import { sentence } from "./words.js";

const dialog = /** @type {HTMLDialogElement} */ (byId("passkeys"));
const name = /** @type {HTMLInputElement} */ (byId("passkey-name"));
const day = new Intl.DateTimeFormat("en", { dateStyle: "medium" });

/** @param {string} text base64url */
const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));

/** @param {ArrayBuffer} bytes */
const textOf = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

/** What the service reads of a browser's answer. @param {PublicKeyCredential} found @param {string[]} fields */
function told(found, fields) {
  const response = Object.fromEntries(fields.map((field) => [field, textOf(found.response[field])]));
  return { id: found.id, rawId: textOf(found.rawId), type: found.type, response };
}

/** Asks the browser, and says why it gave nothing. @param {() => Promise<?Credential>} ask */
async function answerOf(ask) {
  try {
    return /** @type {PublicKeyCredential} */ (await ask());
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (error.name === "InvalidStateError") return "This device holds a passkey of yours already.";
    if (error.name === "SecurityError") return "Passkeys do not work at this address: open the page by its host name.";
    return "No passkey was used: you stopped, or this device has none for this page.";
  }
}

byId("by-passkey").addEventListener("click", async () => {
  const refused = await gate.refusal(async () => {
    const wanted = await passkeyWanted();
    const asked = { ...wanted, challenge: bytesOf(wanted.challenge) };
    const found = await answerOf(() => navigator.credentials.get({ publicKey: asked }));
    if (typeof found === "string") return gate.ask(found);
    await enterByPasskey(told(found, ["clientDataJSON", "authenticatorData", "signature", "userHandle"]));
    await gate.show();
  });
  if (refused !== null) gate.ask(refused);
});

byId("passkey-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  await attempt(async () => {
    const wanted = await newPasskeyWanted();
    const asked = {
      ...wanted,
      challenge: bytesOf(wanted.challenge),
      user: { ...wanted.user, id: bytesOf(wanted.user.id) },
      excludeCredentials: wanted.excludeCredentials.map((one) => ({ ...one, id: bytesOf(one.id) })),
    };
    const found = await answerOf(() => navigator.credentials.create({ publicKey: asked }));
    if (typeof found === "string") return found;
    await registerPasskey(name.value.trim(), told(found, ["clientDataJSON", "attestationObject"]));
    name.value = "";
    return "";
  });
});

/** Does something, says why it was not done, and shows what there is now. @param {() => Promise<string>} act */
async function attempt(act) {
  let words = "";
  const refused = await gate.refusal(async () => {
    words = await act();
    fill((await passkeys()).passkeys);
  });
  words = refused ?? words;
  byId("passkeys-alarm").textContent = sentence(words);
  byId("passkeys-alarm").hidden = !words;
}

/** @param {{id: string, name: string, created: string, used?: string}[]} found */
function fill(found) {
  byId("passkeys-list").replaceChildren(
    ...found.map((one) => {
      const used = one.used === undefined ? "never used" : `used ${day.format(new Date(one.used))}`;
      const remove = () => attempt(async () => (await deletePasskey(one.id), ""));
      return h(
        "li", {},
        h("span", {}, h("b", {}, one.name), `made ${day.format(new Date(one.created))}, ${used}`),
        h("button", { type: "button", onclick: remove, "aria-label": `Delete ${one.name}` }, "Delete"),
      );
    }),
  );
}

byId("passkeys-open").addEventListener("click", () => {
  dialog.showModal();
  void attempt(async () => "");
});
byId("passkeys-close").addEventListener("click", () => dialog.close());

byId("by-passkey-box").hidden = !("PublicKeyCredential" in window);
gate.onEntry(async () => {
  byId("passkeys-open").hidden = true;
  await gate.refusal(async () => {
    byId("passkeys-open").hidden = !("PublicKeyCredential" in window) || !(await passkeys()).user;
  });
});
