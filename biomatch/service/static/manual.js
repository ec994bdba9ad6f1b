// @ts-check
/** Sends the manual's examples, and shows what comes back. */

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll(".try"))) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(form);
  });
}

/** @param {HTMLFormElement} form */
async function send(form) {
  const fields = new FormData(form);
  const { method, path } = /** @type {{method: string, path: string}} */ (form.dataset);
  const body = fields.get("body");
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(fields.get(name))));
  const place = /** @type {HTMLElement} */ (form.nextElementSibling);
  place.hidden = false;
  place.textContent = "…";
  try {
    const headers = body === null ? undefined : { "Content-Type": "application/json" };
    const answer = await fetch(address, { method, body: body === null ? undefined : String(body), headers });
    place.textContent = `${answer.status} ${answer.statusText}\n${await words(answer)}`;
  } catch {
    place.textContent = "The service does not answer. Is it still running?";
  }
}

/** @param {Response} answer */
async function words(answer) {
  const kind = answer.headers.get("Content-Type") ?? "";
  if (kind.includes("json")) return JSON.stringify(await answer.json(), null, 2);
  const size = (await answer.arrayBuffer()).byteLength;
  return size ? `${size} bytes of ${kind}` : "";
}
