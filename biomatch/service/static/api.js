// @ts-check
/** The service, as the page uses it. Failures are `Refused`, with the problem document's own words. */

export class Refused extends Error {
  /** @param {{code: string, detail: string}} problem */
  constructor(problem) {
    super(problem.detail);
    this.code = problem.code;
  }
}

/** @param {string} path @param {RequestInit} [options] */
async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused({ code: "no-answer", detail: "The service does not answer. Is it still running?" });
  }
  const body = await answer.json();
  if (!answer.ok) throw new Refused(body);
  return body;
}

export const health = () => ask("/healthz");

/**
 * Minutiae, quality and picture of one print.
 * @param {File} file @param {{position: string, ppi: string}} known @param {AbortSignal} signal
 */
export async function examine(file, known, signal) {
  const form = new FormData();
  form.append("image", file);
  form.append("position", known.position);
  if (known.ppi) form.append("ppi", known.ppi);
  const [first] = await ask("/v1/quality?details=true", { method: "POST", body: form, signal });
  return first;
}

/**
 * Candidates for a print that was examined: its template is sent, so that it is not extracted again.
 * @param {string} template base64 @param {string} position @param {AbortSignal} signal
 */
export function identify(template, position, signal) {
  return ask("/v1/identify/ALL?correspondences=true&maxNbCand=20", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ biometricData: [{ biometricSubType: position, template }] }),
    signal,
  });
}

/** An enrolled print with its minutiae. @param {string} printId */
export const enrolled = (printId) => ask(`/v1/prints/${encodeURIComponent(printId)}`);

/** @param {string} printId */
export const pictureOf = (printId) => `/v1/prints/${encodeURIComponent(printId)}/picture`;
