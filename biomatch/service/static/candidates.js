// @ts-check
/** The list of candidates, and what each print that was searched with says of one of them. */

import { byId, h, roam } from "./dom.js";
import { counted, finger, points, rarity } from "./words.js";

/**
 * @typedef {import("./comparison.js").Evidence} Evidence
 * @typedef {{personId: string, rank: number, score: number, extrapolated: boolean, scores: Evidence[]}} Candidate
 *   scores: strongest first
 * @typedef {import("./probes.js").Probe} Probe
 */

/** Fills the list. A row that is clicked or gets the focus calls `choose`. @param {Candidate[]} candidates @param {boolean} several prints were searched with @param {(candidate: Candidate) => void} choose */
export function list(candidates, several, choose) {
  const place = byId("candidates");
  const rows = candidates.map((candidate, at) => {
    const row = h("div", {
      class: "candidate", role: "option", tabindex: at ? "-1" : "0", "aria-selected": "false",
      onclick: () => select(row), onfocus: () => select(row),
    }, ...cells(candidate, several));
    return row;
  });
  const select = (/** @type {HTMLElement} */ row) => {
    if (row.getAttribute("aria-selected") === "true") return;
    rows.forEach((other) => {
      other.setAttribute("aria-selected", String(other === row));
      other.setAttribute("tabindex", other === row ? "0" : "-1");
    });
    choose(candidates[rows.indexOf(row)]);
  };
  place.replaceChildren(...rows);
  place.onkeydown = (event) => roam(event, rows);
  place.hidden = false;
  select(rows[0]);
}

/** @param {Candidate} candidate @param {boolean} several */
function cells(candidate, several) {
  const [best] = candidate.scores;
  const bar = h("span", { class: "bar-fill" });
  bar.style.width = `${Math.max(0, Math.min(100, candidate.score))}%`;
  return [
    h("span", { class: "rank" }, String(candidate.rank)),
    h("span", { class: "who" }, h("b", {}, candidate.personId), h("span", {}, best ? finger(best.subtype) : "")),
    h("span", { class: "score" }, h("b", {}, points(candidate.score)), candidate.extrapolated ? h("abbr", { title: "extrapolated: beyond what was measured" }, "ext.") : ""),
    h("span", { class: "bar-track", "aria-hidden": "true" }, bar),
    h("span", { class: "means" }, rarity(candidate.score)),
    ...(several ? [h("span", { class: "means by-print" }, byPrint(candidate.scores))] : []),
    ...(best && !best.hasImage ? [h("span", { class: "means" }, "no image of it: a template only")] : []),
  ];
}

/** What each of several prints says of a candidate, in short. @param {Evidence[]} scores */
function byPrint(scores) {
  const strongest = scores.filter((one, at) => scores.findIndex((other) => other.probe === one.probe) === at);
  return strongest.sort((a, b) => a.probe - b.probe).map((one) => `print ${one.probe + 1}: ${points(one.score)}`).join(" \u00b7 ");
}

/**
 * The comparisons that speak for a candidate, by the print that was searched with; null where there is one alone.
 * @param {Candidate} candidate @param {Evidence} shown @param {Probe[]} probes @param {(evidence: Evidence) => void} show
 */
export function evidenceOf(candidate, shown, probes, show) {
  const { scores } = candidate;
  if (scores.length < 2 && probes.length < 2) return null;
  const groups = probes.map((probe, place) => {
    const own = scores.filter((evidence) => evidence.probe === place);
    const buttons = own.map((evidence) =>
      h("button", { type: "button", "aria-pressed": String(evidence === shown), onclick: () => show(evidence) },
        `${finger(evidence.subtype)}${own.length > 1 ? ` ${own.indexOf(evidence) + 1}` : ""} \u00b7 ${points(evidence.score)}`),
    );
    const words = `Enrolled prints of this person that were compared with print ${place + 1}`;
    return h("div", { class: "spoke-of" },
      ...(probes.length > 1 ? [h("span", { class: "small" }, `print ${probe.label}`)] : []),
      own.length
        ? h("div", { class: "tabs", role: "group", "aria-label": words }, ...buttons)
        : h("span", { class: "small" }, "no enrolled print of this person looked like it"),
    );
  });
  return h("div", { class: "spoke" },
    h("p", { class: "small" }, `${counted(scores.length, "comparison")} with this person's prints; together they score ${points(candidate.score)}:`),
    ...groups,
  );
}
