// @ts-check
/** The prints that are searched with: one of them large, and all in a strip with number, finger and quality. */

import { byId, h, roam } from "./dom.js";
import { draw, noImage, scaleBar } from "./plate.js";
import { counted, finger } from "./words.js";

/**
 * @typedef {import("./plate.js").Print} Print
 * @typedef {{print: Print, label: string, quality?: number, passed: boolean, reasons: string[]}} Probe
 *   label: names it where there are several
 */

const TALLEST = 460; // CSS px of the large print
const THUMB = 64; // CSS px of the longer side of one in the strip

export class Probes {
  constructor() {
    /** @type {Probe[]} in the service's order: a candidate's evidence names them by their place */
    this.all = [];
  }

  /** @param {any[]} found the probes of a search's answer */
  show(found) {
    this.all = found.map((one, place) => read(one, place, found.length > 1));
    byId("probe").hidden = false;
    byId("prints-box").hidden = this.all.length < 2;
    byId("prints-count").textContent = `Searched with ${counted(this.all.length, "print")}, taken as one person's`;
    const thumbs = this.all.map((probe, place) => this.thumb(probe, place));
    byId("prints").replaceChildren(...thumbs);
    byId("prints").onkeydown = (event) => roam(event, thumbs);
    this.choose(0);
  }

  clear() {
    for (const { print } of this.all) if (print.picture) URL.revokeObjectURL(print.picture);
    this.all = [];
    byId("probe").hidden = true;
    for (const id of ["prints", "probe-plate", "quality"]) byId(id).replaceChildren();
  }

  /** Shows one large. @param {number} place */
  choose(place) {
    const { print } = this.all[place];
    [...byId("prints").children].forEach((thumb, at) => {
      thumb.setAttribute("aria-selected", String(at === place));
      thumb.setAttribute("tabindex", at === place ? "0" : "-1");
    });
    byId("probe-name").textContent = print.words;
    byId("probe-count").textContent = String(print.minutiae.length);
    byId("probe-note").replaceChildren(...(print.picture ? [] : [noImage()]));
    const plate = byId("probe-plate");
    const scale = Math.min(plate.clientWidth / print.width, TALLEST / print.height);
    plate.replaceChildren(draw(print, scale));
    plate.style.setProperty("--stroke", String(1 / Math.max(scale, 0.4)));
    byId("probe-scale").replaceChildren(scaleBar(scale));
    byId("quality").replaceChildren(...qualityWords(this.all[place]));
  }

  /** @param {Probe} probe @param {number} place */
  thumb(probe, place) {
    const { print, quality } = probe;
    const scale = THUMB / Math.max(print.width, print.height);
    const judged = quality === undefined || !print.picture ? "template" : `quality ${quality}`;
    const small = h("span", { class: "thumb-plate", "aria-hidden": "true" }, draw({ ...print, minutiae: print.picture ? [] : print.minutiae }, scale));
    small.style.setProperty("--stroke", String(1 / scale));
    return h("div", { class: "thumb", role: "option", "aria-selected": "false", tabindex: "-1", title: print.words, onclick: () => this.choose(place), onfocus: () => this.choose(place) },
      small, h("b", {}, probe.label), h("span", { class: probe.passed ? "" : "poor" }, judged),
    );
  }
}

/** @param {any} found @param {number} place @param {boolean} several @returns {Probe} */
function read({ details, quality, biometricSubType, warnings }, place, several) {
  const picture = details.picture ? URL.createObjectURL(new Blob([bytes(details.picture)], { type: "image/png" })) : null;
  const words = `${details.name}, ${counted(details.minutiae.length, "minutia", "minutiae")}`;
  const { width, height, minutiae, passed } = details;
  const reasons = [...new Set([...details.reasons, ...warnings])];
  const label = several ? `${place + 1}: ${finger(biometricSubType)}` : "";
  return { print: { width, height, minutiae, picture, words }, label, quality, passed, reasons };
}

/** @param {Probe} probe */
function qualityWords({ print, quality, passed, reasons }) {
  const parts = [];
  if (quality !== undefined) {
    const fill = h("span", {});
    fill.style.width = `${quality}%`;
    parts.push(
      h("div", { class: "quality-line" }, h("span", {}, "Quality"), h("span", { class: `meter ${passed ? "good" : "poor"}` }, fill), h("b", {}, String(quality)), h("span", { class: "of" }, "of 100")),
    );
    if (print.picture) parts.push(h("p", { class: passed ? "fine" : "retake" }, passed ? "Good enough to keep." : "Take it again if you can."));
  }
  if (reasons.length) parts.push(h("ul", { class: "reasons" }, ...reasons.map((reason) => h("li", {}, reason))));
  return parts;
}

/** @param {string} base64 */
const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
