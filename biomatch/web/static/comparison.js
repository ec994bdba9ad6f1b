// @ts-check
/** Two prints side by side at one scale, corresponding minutiae numbered alike in both and lit together. */

import { h, roam } from "./dom.js";
import { draw, noImage, onPlate, onPrint, scaleBar, sizeOf } from "./plate.js";
import { counted, finger, likelihood, points, rarity, signed } from "./words.js";

/**
 * @typedef {import("./plate.js").Print} Print
 * @typedef {import("./plate.js").Point} Point
 * @typedef {{probe: number, reference: number, weight: number}} Pair
 * @typedef {{score: number, llr: number, extrapolated: boolean, probe: number, subtype: string, encounterId: string, printId: string, hasImage: boolean, motion: [number, number, number], correspondences: Pair[]}} Evidence
 */

const STEP = 1.25;
const LARGEST = 8; // CSS px for one px of the print: single pores fill the pane
const SMALLEST = 0.25;

export class Comparison {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    place.classList.add("comparison");
    /** @type {number | null} CSS px for one px of the print; null: fitted to the panes */
    this.zoom = null;
    /** @type {{frame: HTMLElement, view: HTMLElement, bar: HTMLElement, at: Point}[] | null} at: how far it is scrolled */
    this.panes = null;
    /** @type {{turns: number[], fitted: boolean} | null} how both prints are drawn */
    this.drawn = null;
    /** @type {Print[]} the probe, the candidate's */
    this.prints = [];
    /** @type {Pair[]} */
    this.pairs = [];
    this.turned = true;
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

  /** @param {string} person @param {Evidence} evidence @param {Print} probe @param {string} label of the probe @param {Print} reference @param {HTMLElement | null} more */
  show(person, evidence, probe, label, reference, more) {
    this.prints = [probe, reference];
    this.pairs = evidence.correspondences;
    this.zoom = this.lit = this.drawn = null;
    this.laid = canBeLaid(evidence);
    this.turn = this.laid ? -evidence.motion[2] : 0; // the service counts turns counter-clockwise
    this.panes = [
      this.pane(0, "Probe", label ? `print ${label}` : "the print in question"),
      this.pane(1, "Candidate", `${person}, ${finger(evidence.subtype)}`),
    ];
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

  /** @param {number} side 0: the probe, 1: the candidate @param {string} title @param {string} words */
  pane(side, title, words) {
    const { picture } = this.prints[side];
    const keys = "Plus and minus zoom, 0 fits both prints, arrows move.";
    const view = h("div", { class: picture ? "view" : "view plain", tabindex: "0", role: "group", "aria-label": `${title}: ${words}. ${keys}` });
    const bar = h("div", { class: "scale-place" });
    const caption = h("figcaption", {}, h("b", {}, title), h("span", {}, words));
    const frame = h("figure", { class: "pane" }, caption, view, bar, ...(picture ? [] : [noImage()]));
    view.addEventListener("pointerover", (event) => this.lightAt(event.target));
    view.addEventListener("pointerleave", () => this.light(null));
    view.addEventListener("scroll", () => this.follow(side));
    view.addEventListener("keydown", (event) => this.zoomBy(event));
    return { frame, view, bar, at: { x: 0, y: 0 } };
  }

  tools() {
    const box = h("div", { class: "tools", role: "toolbar", "aria-label": "View" });
    const toggle = (/** @type {string} */ words, /** @type {"turned" | "others" | "numbers"} */ what, /** @type {string} */ title) => {
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
      this.laid
        ? toggle("Turn the probe to match", "turned", "Turns the probe by the angle that lays it on the candidate")
        : h("span", { class: "small not-laid" }, "The prints could not be laid over each other: both are shown upright."),
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
    const words = pairs.length ? `${counted(pairs.length, "correspondence")}${pairs.length > 1 ? ", the strongest first" : ""}` : "No minutiae correspond.";
    return h("div", { class: "strip-box" }, h("p", { class: "small" }, words), strip);
  }

  /** @param {Pair} pair @param {number} number */
  pairWords(pair, number) {
    const [a, b] = [this.prints[0].minutiae[pair.probe], this.prints[1].minutiae[pair.reference]];
    return `Pair ${number}: ${a?.type} in the probe, ${b?.type} in the candidate, similarity ${pair.weight.toFixed(2)}`;
  }

  /** @param {number | null} scale CSS px for one px of the print; null: both prints are fitted to their panes */
  zoomTo(scale) {
    this.zoom = scale === null ? null : Math.min(LARGEST, Math.max(Math.min(SMALLEST, this.scale), scale));
    this.layOut();
  }

  /** Keys of a pane. @param {KeyboardEvent} event */
  zoomBy(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own zoom
    const scale = { "+": this.scale * STEP, "=": this.scale * STEP, "-": this.scale / STEP, 0: null }[event.key];
    if (scale === undefined) return;
    event.preventDefault();
    this.zoomTo(scale);
  }

  /** Draws both prints at one scale: a millimetre is as long on the left as on the right. What was in the middle stays there. */
  layOut() {
    if (!this.panes) return;
    const middles = this.prints.map((_, side) => this.middle(side));
    const turns = [this.turned ? this.turn : 0, 0];
    const sizes = this.prints.map((print, side) => sizeOf(print, turns[side]));
    const room = this.panes.map((pane) => ({ width: pane.view.clientWidth - 2, height: Math.max(320, window.innerHeight * 0.62) }));
    const fitted = Math.min(...sizes.flatMap((size, place) => [room[place].width / size.width, room[place].height / size.height]));
    this.scale = this.zoom ?? fitted;
    const pictures = this.prints.map((print, side) => draw(print, this.scale, this.marks(side), turns[side]));
    const tallest = Math.max(...sizes.map((size) => size.height)) * this.scale;
    this.panes.forEach((pane, place) => {
      pane.view.replaceChildren(pictures[place]);
      pane.view.style.height = `${Math.min(room[place].height, tallest) + 2}px`;
      pane.bar.replaceChildren(scaleBar(this.scale));
    });
    this.drawn = { turns, fitted: this.zoom === null };
    middles.forEach((point, side) => this.lookAt(side, point));
    this.place.classList.toggle("hide-others", !this.others);
    this.place.style.setProperty("--stroke", String(1 / Math.max(this.scale, 0.4)));
    this.light(this.lit);
  }

  /** @param {number} side */
  marks(side) {
    return this.numbers ? this.pairs.map((pair, place) => ({ number: place + 1, index: indexOf(pair, side) })) : [];
  }

  /**
   * The point of a print that is in the middle of its pane. Fitted prints are seen whole: then it is the middle of what
   * corresponds, so that both panes show the same piece of skin when they are enlarged.
   * @param {number} side @returns {Point}
   */
  middle(side) {
    const print = this.prints[side];
    const picture = this.panes?.[side].view.firstElementChild;
    if (!this.drawn || this.drawn.fitted || !picture) {
      const paired = this.laid ? this.pairs.map((pair) => print.minutiae[indexOf(pair, side)]).filter(Boolean) : [];
      return meanOf(paired.length ? paired : print.minutiae) ?? { x: print.width / 2, y: print.height / 2 };
    }
    const seen = centreOf(/** @type {HTMLElement} */ (picture.parentElement));
    const box = picture.getBoundingClientRect();
    const scale = box.width / sizeOf(print, this.drawn.turns[side]).width;
    return onPrint(print, { x: (seen.x - box.x) / scale, y: (seen.y - box.y) / scale }, this.drawn.turns[side]);
  }

  /** Scrolls a pane until a point of its print is in the middle, as far as it goes. @param {number} side @param {Point} point */
  lookAt(side, point) {
    const pane = this.panes?.[side];
    const picture = pane?.view.firstElementChild;
    if (!pane || !picture || !this.drawn) return;
    const place = onPlate(this.prints[side], point, this.drawn.turns[side]);
    const box = picture.getBoundingClientRect();
    const seen = centreOf(pane.view);
    pane.view.scrollBy(box.x + place.x * this.scale - seen.x, box.y + place.y * this.scale - seen.y);
    pane.at = { x: pane.view.scrollLeft, y: pane.view.scrollTop };
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
    this.prints.forEach((print, side) => {
      const minutia = print.minutiae[indexOf(this.pairs[place], side)];
      if (minutia) this.lookAt(side, minutia);
    });
  }

  /** Somebody scrolled a pane: the other moves by as much. @param {number} side */
  follow(side) {
    if (!this.panes) return;
    const [pane, other] = [this.panes[side], this.panes[1 - side]];
    const now = { x: pane.view.scrollLeft, y: pane.view.scrollTop };
    const moved = { x: now.x - pane.at.x, y: now.y - pane.at.y };
    pane.at = now;
    if (!moved.x && !moved.y) return; // the page scrolled it itself
    other.view.scrollBy(moved.x, moved.y);
    other.at = { x: other.view.scrollLeft, y: other.view.scrollTop };
  }
}

/** @param {Evidence} evidence */
function figures(evidence) {
  return h("dl", { class: "figures" },
    h("div", {}, h("dt", {}, "Score of these two prints"), h("dd", {}, h("b", {}, points(evidence.score)), h("span", {}, rarity(evidence.score)))),
    h("div", {}, h("dt", {}, "Likelihood ratio, log\u2081\u2080"), h("dd", {}, h("b", {}, signed(evidence.llr)), h("span", {}, likelihood(evidence.llr)))),
    ...(evidence.extrapolated ? [h("p", { class: "extrapolated" }, "Extrapolated: no comparison of non-mated prints that calibrated the score came this far.")] : []),
  );
}

/**
 * Whether the motion that laid the probe on the reference is more than chance. Any two prints have some minutiae that agree
 * under some motion, often a quarter turn; where the likelihood ratio, which weighs number and agreement of the pairs, does not
 * speak for one finger, that motion means nothing.
 * @param {Evidence} evidence
 */
export const canBeLaid = (evidence) => evidence.llr > 0 && evidence.correspondences.length > 0;

/** The minutia that a pair has on a side. @param {Pair} pair @param {number} side */
const indexOf = (pair, side) => (side === 0 ? pair.probe : pair.reference);

/** @param {Point[]} points @returns {Point | null} */
function meanOf(points) {
  const sum = points.reduce((so, point) => ({ x: so.x + point.x, y: so.y + point.y }), { x: 0, y: 0 });
  return points.length ? { x: sum.x / points.length, y: sum.y / points.length } : null;
}

/** The middle of what is seen in a pane, on the screen. @param {HTMLElement} view @returns {Point} */
function centreOf(view) {
  const box = view.getBoundingClientRect();
  return { x: box.x + view.clientLeft + view.clientWidth / 2, y: box.y + view.clientTop + view.clientHeight / 2 };
}
