// @ts-check
/** Two prints side by side at one scale, corresponding minutiae numbered alike in both and lit together. */

import { h } from "./dom.js";
import { draw, scaleBar, sizeOf } from "./plate.js";
import { counted, finger, rarity, ratio, signed, support } from "./words.js";

/**
 * @typedef {import("./plate.js").Print} Print
 * @typedef {{probe: number, reference: number, weight: number}} Pair
 * @typedef {{score: number, llr: number, extrapolated: boolean, subtype: string, encounterId: string, printId: string, correspondences: Pair[]}} Evidence
 */

const STEP = 1.25;
const LARGEST = 8; // CSS px for one px of the print: single pores fill the pane

export class Comparison {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    /** @type {number | null} CSS px for one px of the print; null: fitted to the panes */
    this.zoom = null;
    /** @type {{frame: HTMLElement, view: HTMLElement, bar: HTMLElement}[] | null} */
    this.panes = null;
    this.upright = true;
    this.others = false;
    this.numbers = true;
    /** @type {number | null} the pair that is lit */
    this.lit = null;
    new ResizeObserver(() => this.zoom === null && this.layOut()).observe(place);
  }

  /** Lets go of both prints: nothing of them is drawn again. */
  clear() {
    this.panes = null;
    this.place.replaceChildren();
  }

  /** @param {string} person @param {Evidence} evidence @param {Print} probe @param {Print} reference @param {HTMLElement | null} more */
  show(person, evidence, probe, reference, more) {
    Object.assign(this, { probe, reference, pairs: evidence.correspondences, zoom: null, lit: null });
    this.turn = turnOf(evidence.correspondences, probe, reference);
    this.panes = [this.pane("Probe", "the print in question"), this.pane("Candidate", `${person}, ${finger(evidence.subtype)}`)];
    this.strip = this.pairStrip(evidence.correspondences);
    this.place.replaceChildren(
      h("header", { class: "verdict" }, h("h2", { id: "stage-title" }, person, h("span", { class: "which" }, finger(evidence.subtype))), figures(evidence)),
      ...(more ? [more] : []),
      this.tools(),
      h("div", { class: "panes" }, ...this.panes.map((pane) => pane.frame)),
      this.strip,
    );
    this.layOut();
  }

  /** @param {string} title @param {string} words */
  pane(title, words) {
    const view = h("div", { class: "view", tabindex: "0", role: "group", "aria-label": `${title}: ${words}` });
    const bar = h("div", { class: "scale-place" });
    const frame = h("figure", { class: "pane" }, h("figcaption", {}, h("b", {}, title), h("span", {}, words)), view, bar);
    view.addEventListener("pointerover", (event) => this.lightAt(event.target));
    view.addEventListener("pointerleave", () => this.light(null));
    view.addEventListener("scroll", () => this.follow(view));
    return { frame, view, bar };
  }

  tools() {
    const box = h("div", { class: "tools", role: "toolbar", "aria-label": "View" });
    const toggle = (/** @type {string} */ words, /** @type {"upright" | "others" | "numbers"} */ what, /** @type {string} */ title) => {
      const input = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox" }));
      input.checked = this[what];
      input.addEventListener("change", () => ((this[what] = input.checked), this.layOut()));
      return h("label", { class: "switch", title }, input, words);
    };
    const button = (/** @type {string} */ words, /** @type {string} */ title, /** @type {() => void} */ act) =>
      h("button", { type: "button", title, "aria-label": title, onclick: act }, words);
    box.append(
      toggle("Correspondences", "numbers", "Minutiae that agree, with one number in both prints"),
      toggle("Other minutiae", "others", "Minutiae without a counterpart"),
      toggle("Turn the probe to match", "upright", "Turns the probe by the angle that lays it on the candidate"),
      h("span", { class: "zoom", role: "group", "aria-label": "Zoom" },
        button("\u2212", "Smaller", () => this.zoomTo(this.scale / STEP)),
        button("+", "Larger", () => this.zoomTo(this.scale * STEP)),
        button("Fit", "Fit both prints", () => this.zoomTo(null)),
      ),
    );
    return box;
  }

  /** @param {Pair[]} pairs */
  pairStrip(pairs) {
    const buttons = pairs.map((pair, place) =>
      h("button", {
        type: "button", class: "pair", "data-pair": place + 1, tabindex: place ? "-1" : "0",
        "aria-label": this.pairWords(pair, place + 1),
        onfocus: () => (this.light(place + 1), this.centre(place)), onblur: () => this.light(null),
        onpointerenter: () => this.light(place + 1), onpointerleave: () => this.light(null),
      }, String(place + 1)),
    );
    const strip = h("div", { class: "strip", role: "toolbar", "aria-label": "Corresponding minutiae" }, ...buttons);
    strip.addEventListener("keydown", (event) => roam(event, buttons));
    const words = pairs.length ? `${counted(pairs.length, "correspondence")}, the strongest first` : "No minutiae correspond.";
    return h("div", { class: "strip-box" }, h("p", { class: "small" }, words), strip);
  }

  /** @param {Pair} pair @param {number} number */
  pairWords(pair, number) {
    const a = this.probe.minutiae[pair.probe];
    const b = this.reference.minutiae[pair.reference];
    return `Pair ${number}: ${a?.type} in the probe, ${b?.type} in the candidate, similarity ${pair.weight.toFixed(2)}`;
  }

  /** @param {number | null} scale */
  zoomTo(scale) {
    this.zoom = scale === null ? null : Math.min(LARGEST, Math.max(0.25, scale));
    this.layOut();
  }

  /** Draws both prints at one scale: a millimetre is as long on the left as on the right. */
  layOut() {
    if (!this.panes) return;
    const turn = this.upright ? this.turn : 0;
    const sizes = [sizeOf(this.probe, turn), sizeOf(this.reference)];
    const room = this.panes.map((pane) => ({ width: pane.view.clientWidth - 2, height: Math.max(320, window.innerHeight * 0.62) }));
    const fitted = Math.min(...sizes.flatMap((size, place) => [room[place].width / size.width, room[place].height / size.height]));
    this.scale = this.zoom ?? fitted;
    const pictures = [
      draw(this.probe, this.scale, this.marks("probe"), turn),
      draw(this.reference, this.scale, this.marks("reference")),
    ];
    const tallest = Math.max(...sizes.map((size) => size.height)) * this.scale;
    this.panes.forEach((pane, place) => {
      pane.view.replaceChildren(pictures[place]);
      pane.view.style.height = `${Math.min(room[place].height, tallest) + 2}px`;
      pane.bar.replaceChildren(scaleBar(this.scale));
    });
    this.place.classList.toggle("hide-others", !this.others);
    this.place.style.setProperty("--stroke", String(1 / Math.max(this.scale, 0.4)));
    this.light(this.lit);
  }

  /** @param {"probe" | "reference"} side */
  marks(side) {
    return this.numbers ? this.pairs.map((pair, place) => ({ number: place + 1, index: pair[side] })) : [];
  }

  /** Lights one pair in both prints and in the strip. @param {number | null} number */
  light(number) {
    this.lit = number;
    this.place.classList.toggle("lit", number !== null);
    for (const element of this.place.querySelectorAll("[data-pair]")) {
      element.classList.toggle("on", number !== null && element.getAttribute("data-pair") === String(number));
    }
  }

  /** @param {EventTarget | null} target */
  lightAt(target) {
    const found = target instanceof Element ? target.closest("[data-pair]") : null;
    this.light(found ? Number(found.getAttribute("data-pair")) : null);
  }

  /** Brings a pair into sight in both panes when they are zoomed. @param {number} place */
  centre(place) {
    for (const { view } of this.panes ?? []) {
      const found = view.querySelector(`.minutia[data-pair="${place + 1}"]`);
      if (!found) continue;
      const at = found.getBoundingClientRect();
      const box = view.getBoundingClientRect();
      this.leader = view;
      view.scrollBy(at.x + at.width / 2 - box.x - box.width / 2, at.y + at.height / 2 - box.y - box.height / 2);
    }
  }

  /** Scrolling one zoomed pane moves the other alike. @param {HTMLElement} view */
  follow(view) {
    const other = this.panes?.map((pane) => pane.view).find((each) => each !== view);
    if (!view.matches(":hover, :focus") || !other) return;
    other.scrollTo(view.scrollLeft, view.scrollTop);
  }
}

/** @param {Evidence} evidence */
function figures(evidence) {
  const score = evidence.score.toFixed(evidence.score < 100 ? 1 : 0);
  return h("dl", { class: "figures" },
    h("div", {}, h("dt", {}, "Score of these two prints"), h("dd", {}, h("b", {}, score), h("span", {}, rarity(evidence.score)))),
    h("div", {}, h("dt", {}, "Likelihood ratio, log\u2081\u2080"), h("dd", {}, h("b", {}, signed(evidence.llr)), h("span", {}, `${support(evidence.llr)}: ${ratio(evidence.llr)}`))),
    ...(evidence.extrapolated ? [h("p", { class: "extrapolated" }, "Extrapolated: no comparison of strangers that calibrated the score came this far.")] : []),
  );
}

/** Arrow keys, Home and End move along; one of them is in the tab order. @param {KeyboardEvent} event @param {HTMLElement[]} items */
export function roam(event, items) {
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined || !items[to]) return;
  event.preventDefault();
  items.forEach((item, place) => item.setAttribute("tabindex", place === to ? "0" : "-1"));
  items[to].focus();
}

/**
 * The clockwise turn, in radians on the screen, that lays the probe's minutiae on the reference's (least squares).
 * @param {Pair[]} pairs @param {Print} probe @param {Print} reference
 */
export function turnOf(pairs, probe, reference) {
  const usable = pairs.filter((pair) => probe.minutiae[pair.probe] && reference.minutiae[pair.reference]);
  if (usable.length < 3) return 0;
  const mean = (/** @type {(pair: Pair) => number} */ of) => usable.reduce((sum, pair) => sum + of(pair), 0) / usable.length;
  const px = mean((pair) => probe.minutiae[pair.probe].x);
  const py = mean((pair) => probe.minutiae[pair.probe].y);
  const rx = mean((pair) => reference.minutiae[pair.reference].x);
  const ry = mean((pair) => reference.minutiae[pair.reference].y);
  let along = 0;
  let across = 0;
  for (const pair of usable) {
    const ax = probe.minutiae[pair.probe].x - px;
    const ay = probe.minutiae[pair.probe].y - py;
    const bx = reference.minutiae[pair.reference].x - rx;
    const by = reference.minutiae[pair.reference].y - ry;
    along += ax * bx + ay * by;
    across += ax * by - ay * bx;
  }
  return Math.atan2(across, along);
}
