// @ts-check
/** The page: a print in, its quality and its candidates out, each beside the print. */

import { Refused, counts, enrolled, examine, identify, pictureOf, told } from "./api.js";
import { Comparison, roam } from "./comparison.js";
import { byId, h } from "./dom.js";
import * as gate from "./gate.js";
import { draw, scaleBar } from "./plate.js";
import { counted, finger, percent, rarity, rough, span } from "./words.js";

const file = /** @type {HTMLInputElement} */ (byId("file"));
const position = /** @type {HTMLSelectElement} */ (byId("position"));
const ppi = /** @type {HTMLInputElement} */ (byId("ppi"));
const drop = byId("drop");
const comparison = new Comparison(byId("comparison"));

/** @type {{file: File, print: import("./plate.js").Print, template: string} | null} */
let probe = null;
let running = new AbortController();
/** @type {any} the evidence that was asked for last: an earlier one's print may come later */
let wanted = null;
/** @type {string | null} the address of the enrolled print's picture */
let beside = null;

/** @param {File} chosen */
async function start(chosen) {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const known = { position: position.value, ppi: ppi.value };
  clear();
  drop.classList.add("busy");
  drop.querySelector(".drop-words")?.replaceChildren(h("b", {}, chosen.name));
  say(`Reading ${chosen.name} …`);
  try {
    const found = await examine(chosen, known, signal);
    showProbe(chosen, found);
    say("Searching …");
    const began = performance.now();
    const answer = await identify(found.template, known.position, signal);
    showCandidates(answer, (performance.now() - began) / 1000);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    const refused = error instanceof Refused;
    if (refused) refuse(error);
    else alarm("The page failed. Reload it, and report what you did.");
    say("Nobody was searched for.");
    if (!refused) throw error;
  } finally {
    if (!signal.aborted) drop.classList.remove("busy");
  }
}

function clear() {
  alarm("");
  byId("probe").hidden = true;
  byId("candidates").hidden = true;
  byId("candidates").replaceChildren();
  byId("caution").hidden = true;
  byId("comparison").hidden = true;
  byId("empty").hidden = false;
  byId("probe-plate").replaceChildren();
  comparison.clear();
  for (const address of [probe?.print.picture, beside]) if (address) URL.revokeObjectURL(address);
  beside = null;
  probe = null;
}

/** @param {File} chosen @param {any} found */
function showProbe(chosen, found) {
  const picture = found.picture ? URL.createObjectURL(new Blob([bytes(found.picture)], { type: "image/png" })) : null;
  const words = `${chosen.name}, ${counted(found.minutiaeCount, "minutia", "minutiae")}`;
  const print = { width: found.width, height: found.height, minutiae: found.minutiae, picture, words };
  probe = { file: chosen, print, template: found.template };
  byId("probe").hidden = false;
  byId("probe-count").textContent = String(found.minutiaeCount);
  const plate = byId("probe-plate");
  const scale = Math.min(plate.clientWidth / print.width, 460 / print.height);
  plate.replaceChildren(draw(print, scale));
  byId("probe-scale").replaceChildren(scaleBar(scale));
  byId("quality").replaceChildren(...qualityWords(found));
}

/** @param {any} found */
function qualityWords(found) {
  const parts = [];
  if (found.quality !== undefined) {
    const bar = h("span", { class: `meter ${found.passed ? "good" : "poor"}` });
    const fill = h("span", {});
    fill.style.width = `${found.quality}%`;
    bar.append(fill);
    parts.push(
      h("div", { class: "quality-line" }, h("span", {}, "Quality"), bar, h("b", {}, String(found.quality)), h("span", { class: "of" }, "of 100")),
      h("p", { class: found.passed ? "fine" : "retake" }, found.passed ? "Good enough to keep." : "Take it again if you can."),
    );
  }
  const reasons = [...new Set([...found.reasons, ...found.warnings])];
  if (reasons.length) parts.push(h("ul", { class: "reasons" }, ...reasons.map((/** @type {string} */ reason) => h("li", {}, reason))));
  return parts;
}

/** @param {any} answer @param {number} seconds */
function showCandidates(answer, seconds) {
  const { candidates, gallerySize } = answer;
  if (!gallerySize) {
    say("The gallery is empty. Enrol prints first; the API page shows how.");
    return;
  }
  const parts = [`${counted(gallerySize, "print")} searched in ${span(seconds)}.`];
  if (candidates.length) parts.push(`If the person is enrolled, the list misses them with a probability of ${percent(answer.missProbability)}.`);
  else parts.push("No candidates.");
  if (candidates.length && answer.falsePositiveProbability !== undefined) {
    parts.push(`In a gallery of this size a stranger comes first with such a score in ${percent(answer.falsePositiveProbability)} of searches.`);
  }
  say(parts.join(" "));
  if (!candidates.length) return;
  const rows = candidates.map((/** @type {any} */ candidate, /** @type {number} */ place) => row(candidate, place));
  const list = byId("candidates");
  list.replaceChildren(...rows);
  list.hidden = false;
  list.onkeydown = (event) => roam(event, rows);
  byId("caution").hidden = false;
  choose(candidates[0], rows[0]);
}

/** @param {any} candidate @param {number} place */
function row(candidate, place) {
  const best = candidate.scores[0];
  const item = h("div", {
    class: "candidate", role: "option", tabindex: place ? "-1" : "0", "aria-selected": "false",
    onclick: () => choose(candidate, item), onfocus: () => choose(candidate, item),
  });
  const bar = h("span", { class: "bar-fill" });
  bar.style.width = `${Math.max(0, Math.min(100, candidate.score))}%`;
  item.append(
    h("span", { class: "rank" }, String(candidate.rank)),
    h("span", { class: "who" }, h("b", {}, candidate.personId), h("span", {}, best ? finger(best.subtype) : "")),
    h("span", { class: "score" }, h("b", {}, candidate.score.toFixed(candidate.score < 100 ? 1 : 0)), candidate.extrapolated ? h("abbr", { title: "extrapolated: beyond what was measured" }, "ext.") : ""),
    h("span", { class: "bar-track", "aria-hidden": "true" }, bar),
    h("span", { class: "means" }, rarity(candidate.score)),
  );
  return item;
}

/** @param {any} candidate @param {HTMLElement} item */
function choose(candidate, item) {
  if (item.getAttribute("aria-selected") === "true") return;
  for (const other of byId("candidates").children) {
    other.setAttribute("aria-selected", String(other === item));
    other.setAttribute("tabindex", other === item ? "0" : "-1");
  }
  if (candidate.scores.length) void show(candidate, candidate.scores[0]);
}

/** @param {any} candidate @param {any} evidence */
async function show(candidate, evidence) {
  const { signal } = running;
  wanted = evidence;
  try {
    const stored = await enrolled(evidence.printId);
    const picture = stored.hasImage ? await pictureOf(evidence.printId) : null;
    if (signal.aborted || wanted !== evidence || !probe) {
      if (picture) URL.revokeObjectURL(picture);
      return;
    }
    if (beside) URL.revokeObjectURL(beside);
    beside = picture;
    const words = `${candidate.personId}, ${finger(stored.biometricSubType)}, ${counted(stored.minutiae.length, "minutia", "minutiae")}`;
    byId("empty").hidden = true;
    byId("comparison").hidden = false;
    comparison.show(candidate.personId, evidence, probe.print, { ...stored, picture, words }, tabs(candidate, evidence));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refuse(error);
  }
}

/** Which of a person's prints is shown, when several speak. @param {any} candidate @param {any} chosen */
function tabs(candidate, chosen) {
  if (candidate.scores.length < 2) return null;
  const buttons = candidate.scores.map((/** @type {any} */ evidence, /** @type {number} */ place) =>
    h("button", { type: "button", "aria-pressed": String(evidence === chosen), onclick: () => void show(candidate, evidence) },
      `${finger(evidence.subtype)} ${place + 1} · ${evidence.score.toFixed(1)}`),
  );
  return h("div", { class: "spoke" },
    h("p", { class: "small" }, `${counted(buttons.length, "print")} of this person spoke; together they score ${candidate.score.toFixed(1)}:`),
    h("div", { class: "tabs", role: "group", "aria-label": "Enrolled prints of this person" }, ...buttons),
  );
}

/** @param {string} words */
const say = (words) => (byId("summary").textContent = words);

/** @param {string} words */
function alarm(words) {
  byId("alarm").textContent = words;
  byId("alarm").hidden = !words;
}

/** Opens the fields that the refusal is about. @param {Refused} refused */
function refuse(refused) {
  if (refused.code.startsWith("token-") || refused.code === "session-ended") {
    gate.ask(refused.message);
    return;
  }
  alarm(refused.message);
  if (refused.code === "purpose-missing") byId("access").setAttribute("open", "");
}

/** @param {string} base64 */
const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

file.addEventListener("change", () => file.files?.[0] && void start(file.files[0]));
for (const field of [position, ppi]) field.addEventListener("change", () => probe && void start(probe.file));
for (const name of /** @type {const} */ (["purpose", "legal-basis"])) {
  const field = /** @type {HTMLInputElement} */ (byId(name));
  field.value = told.get(name);
  field.addEventListener("change", () => {
    told.set(name, field.value);
    if (file.files?.[0]) void start(file.files[0]);
  });
}
byId("probe-minutiae").addEventListener("change", (event) =>
  byId("probe-plate").classList.toggle("bare", !(/** @type {HTMLInputElement} */ (event.target).checked)),
);
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    const dropped = /** @type {DragEvent} */ (event).dataTransfer?.files[0];
    if (kind === "drop" && dropped) void start(dropped);
  });
}
document.addEventListener("paste", (event) => event.clipboardData?.files[0] && void start(event.clipboardData.files[0]));

/** What is enrolled, for whoever may know; nothing for others. */
const showStock = () =>
  counts().then(
    (found) => (byId("stock").textContent = `${counted(found.persons, "person")} · ${counted(found.prints, "print")}`),
    (error) => {
      byId("stock").textContent = "";
      if (error.code === "no-answer") alarm(error.message);
    },
  );
gate.onEntry(() => {
  void showStock();
  if (file.files?.[0]) void start(file.files[0]);
});
void gate.open();
