// @ts-check
/** The page: prints of one person in, their quality and the candidates out, each beside the print that speaks for it. */

import { Refused, counts, enrolled, identify, pictureOf, told } from "./api.js";
import { evidenceOf, list } from "./candidates.js";
import { Comparison } from "./comparison.js";
import { byId, h } from "./dom.js";
import * as gate from "./gate.js";
import "./passkeys.js";
import { Probes } from "./probes.js";
import "./sessions.js";
import { counted, finger, percent, sentence, span } from "./words.js";

const file = /** @type {HTMLInputElement} */ (byId("file"));
const position = /** @type {HTMLSelectElement} */ (byId("position"));
const ppi = /** @type {HTMLInputElement} */ (byId("ppi"));
const drop = byId("drop");
const comparison = new Comparison(byId("comparison"));
const probes = new Probes();

/** @type {File[]} what is searched with: all of one person */
let chosen = [];
let running = new AbortController();
/** @type {any} the evidence that was asked for last: an earlier one's print may come later */
let wanted = null;
/** @type {string | null} the address of the enrolled print's picture */
let beside = null;

/** Searches with what is chosen, if anything is. */
async function search() {
  if (!chosen.length) return;
  running.abort();
  running = new AbortController();
  const { signal } = running;
  clear();
  drop.classList.add("busy");
  const names = chosen.length === 1 ? chosen[0].name : `${counted(chosen.length, "file")}: ${chosen.map((one) => one.name).join(", ")}`;
  drop.querySelector(".drop-words")?.replaceChildren(h("b", {}, names));
  say(`Searching with ${names} …`);
  try {
    const began = performance.now();
    const answer = await identify(chosen, { position: position.value, ppi: ppi.value }, signal);
    probes.show(answer.probes);
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
  probes.clear();
  byId("candidates").hidden = true;
  byId("candidates").replaceChildren();
  byId("caution").hidden = true;
  byId("comparison").hidden = true;
  byId("empty").hidden = false;
  comparison.clear();
  if (beside) URL.revokeObjectURL(beside);
  beside = null;
  wanted = null;
}

/** @param {any} answer @param {number} seconds */
function showCandidates({ candidates, gallerySize, missProbability, falsePositiveProbability }, seconds) {
  if (!gallerySize) {
    say("The gallery is empty. Enrol prints first; the API page shows how.");
    return;
  }
  const parts = [`Searched with ${counted(probes.all.length, "print")} among ${counted(gallerySize, "enrolled print")} in ${span(seconds)}.`];
  if (!candidates.length) parts.push("No candidates.");
  parts.push(`If the person is enrolled, the list misses them with a probability of ${percent(missProbability)}.`);
  if (falsePositiveProbability !== undefined) {
    parts.push(`In a gallery of this size ${percent(falsePositiveProbability)} of the searches for persons who are not enrolled bring such a first score.`);
  }
  say(parts.join(" "));
  if (!candidates.length) return;
  byId("caution").hidden = false;
  list(candidates, probes.all.length > 1, (candidate) => candidate.scores.length && void show(candidate, candidate.scores[0]));
}

/** @param {import("./candidates.js").Candidate} candidate @param {import("./comparison.js").Evidence} evidence */
async function show(candidate, evidence) {
  const { signal } = running;
  wanted = evidence;
  try {
    const stored = await enrolled(evidence.printId);
    const picture = stored.hasImage ? await pictureOf(evidence.printId) : null;
    if (signal.aborted || wanted !== evidence) {
      if (picture) URL.revokeObjectURL(picture);
      return;
    }
    if (beside) URL.revokeObjectURL(beside);
    beside = picture;
    const words = `${candidate.personId}, ${finger(stored.biometricSubType)}, ${counted(stored.minutiae.length, "minutia", "minutiae")}`;
    const { print, label } = probes.all[evidence.probe];
    probes.choose(evidence.probe);
    byId("empty").hidden = true;
    byId("comparison").hidden = false;
    const others = evidenceOf(candidate, evidence, probes.all, (other) => void show(candidate, other));
    comparison.show(candidate.personId, evidence, print, label, { ...stored, picture, words }, others);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refuse(error);
  }
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
  alarm(sentence(refused.message, chosen.map((one) => one.name)));
  if (refused.code === "purpose-missing") byId("access").setAttribute("open", "");
}

/** Takes files that were chosen, dropped or pasted. @param {FileList | null | undefined} files */
function take(files) {
  if (!files?.length) return;
  chosen = [...files];
  void search();
}

file.addEventListener("change", () => {
  take(file.files);
  file.value = ""; // so that choosing the same file again is a change
});
for (const field of [position, ppi]) field.addEventListener("change", () => void search());
for (const name of /** @type {const} */ (["purpose", "legal-basis"])) {
  const field = /** @type {HTMLInputElement} */ (byId(name));
  field.value = told.get(name);
  field.addEventListener("change", () => {
    told.set(name, field.value);
    void search();
  });
}
byId("probe-minutiae").addEventListener("change", (event) =>
  byId("probe-plate").classList.toggle("bare", !(/** @type {HTMLInputElement} */ (event.target).checked)),
);
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop") take(/** @type {DragEvent} */ (event).dataTransfer?.files);
  });
}
document.addEventListener("paste", (event) => take(event.clipboardData?.files));

/** What is enrolled, for whoever may know; nothing for others. */
const showStock = () =>
  counts().then(
    (found) => (byId("stock").textContent = `${counted(found.persons, "person")} · ${counted(found.prints, "print")}`),
    (error) => {
      byId("stock").textContent = "";
      if (error.code === "no-answer") alarm(sentence(error.message));
    },
  );
gate.onEntry(() => {
  void showStock();
  void search();
});
void gate.open();
