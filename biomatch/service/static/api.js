// @ts-check
/** The service, as the page uses it. Failures are `Refused`, with the problem document's own words. */

export class Refused extends Error {
  /** @param {{code: string, detail: string}} problem */
  constructor(problem) {
    super(problem.detail);
    this.code = problem.code;
  }
}

/** What this window was told that it searches for; gone when it is closed. */
export const told = {
  /** @param {"purpose" | "legal-basis"} name */
  get: (name) => sessionStorage.getItem(name) ?? "",
  /** @param {string} name @param {string} value */
  set: (name, value) => sessionStorage.setItem(name, value.trim()),
};

/** @param {string} path @param {RequestInit} [options] */
async function answered(path, options) {
  let answer;
  try {
    answer = await fetch(path, options); // with the session's cookie, which no script can read
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused({ code: "no-answer", detail: "The service does not answer. Is it still running?" });
  }
  if (!answer.ok) throw new Refused(await answer.json());
  return answer;
}

/** @param {string} path @param {RequestInit} [options] */
const ask = async (path, options) => (await answered(path, options)).json();

/** @param {object} body @returns {RequestInit} */
const sent = (body) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** Who is at the page. @returns {Promise<{name: string, scopes: string[]}>} */
export const visitor = () => ask("/session");

/**
 * Begins a session, with the code of an address, with a token, or with what a user signs in with.
 * @param {{code: string} | {token: string} | {user: string, password: string, oneTimeCode: string}} by
 */
export const enter = (by) => answered("/session", sent(by));

/** What a browser is asked for somebody who signs in by a passkey. */
export const passkeyWanted = () => ask("/session/passkey/options", { method: "POST" });

/** Begins a session, by a passkey. @param {object} answer */
export const enterByPasskey = (answer) => answered("/session/passkey", sent(answer));

/** One's own passkeys. @returns {Promise<{user: boolean, passkeys: {id: string, name: string, created: string, used?: string}[]}>} */
export const passkeys = () => ask("/session/passkeys");

/** What a browser is asked for a new one. */
export const newPasskeyWanted = () => ask("/session/passkeys/options", { method: "POST" });

/** @param {string} name @param {object} credential the browser's answer */
export const registerPasskey = (name, credential) => answered("/session/passkeys", sent({ name, credential }));

/** @param {string} id */
export const deletePasskey = (id) => answered(`/session/passkeys/${encodeURIComponent(id)}`, { method: "DELETE" });

/** Ends it. */
export const leave = () => answered("/session", { method: "DELETE" });

/** @typedef {{session: string, begun: string, used: string, peer: string, this: boolean}} Session */

/** The sessions of who asks, if that is a user. @returns {Promise<Session[]>} */
export const sessions = () => ask("/sessions");

/** Ends one of them. @param {string} session */
export const endSession = (session) => answered(`/sessions/${encodeURIComponent(session)}`, { method: "DELETE" });

/** Ends all of them but this one. */
export const endOtherSessions = () => answered("/sessions", { method: "DELETE" });

/** How many are enrolled; only who may read galleries is told. */
export const counts = () => ask("/v1/counts");

/**
 * Candidates for the prints of one person, and these prints as they were searched with.
 *
 * The files are sent as they are: which prints of a transaction are searched with is the service's rule alone, so that the
 * page finds whom the API and the command line find.
 * @param {File[]} files @param {{position: string, ppi: string}} known of all files @param {AbortSignal} signal
 */
export function identify(files, known, signal) {
  const form = new FormData();
  for (const file of files) form.append("image", file);
  form.append("position", known.position);
  if (known.ppi) form.append("ppi", known.ppi);
  const wishes = new URLSearchParams({
    correspondences: "true", details: "true", maxNbCand: "20", purpose: told.get("purpose"), legalBasis: told.get("legal-basis"),
  });
  return ask(`/v1/identify/ALL?${wishes}`, { method: "POST", body: form, signal });
}

/** An enrolled print with its minutiae. @param {string} printId */
export const enrolled = (printId) => ask(`/v1/prints/${encodeURIComponent(printId)}`);

/** The address of an enrolled print's picture, until it is revoked. @param {string} printId */
export async function pictureOf(printId) {
  const answer = await answered(`/v1/prints/${encodeURIComponent(printId)}/picture`);
  return URL.createObjectURL(await answer.blob());
}
