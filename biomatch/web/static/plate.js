// @ts-check
/** A plate: one print at a known scale, its minutiae over it. Endings are round, bifurcations square. */

import { h, s } from "./dom.js";

export const PPI = 500;
export const MM = PPI / 25.4; // px a mm

const LETTER = 12; // CSS px: the height of a number
const WIDE = 0.62; // a digit's width, of its height
const REACH = 13; // CSS px from a minutia to the middle of its number
const AROUND = Array.from({ length: 12 }, (_, step) => (step * Math.PI) / 6);

/**
 * @typedef {{x: number, y: number, angle: number, type: string, quality: number}} Minutia  px at 500 ppi, radians, y up
 * @typedef {{width: number, height: number, minutiae: Minutia[], picture: string | null, words: string}} Print
 * @typedef {{number: number, index: number}} Mark  the number that a corresponding minutia carries
 * @typedef {{x: number, y: number, width: number, height: number}} Box  around a middle
 * @typedef {{x: number, y: number}} Point  px at 500 ppi
 */

/** Sides of a print that is turned. @param {Print} print @param {number} turn radians, clockwise */
export function sizeOf(print, turn = 0) {
  const c = Math.abs(Math.cos(turn));
  const n = Math.abs(Math.sin(turn));
  return { width: print.width * c + print.height * n, height: print.width * n + print.height * c };
}

/**
 * The print as SVG, in px at 500 ppi.
 * @param {Print} print @param {number} scale CSS px for one px of the print
 * @param {Mark[]} [marks] @param {number} [turn] radians, clockwise
 */
export function draw(print, scale, marks = [], turn = 0) {
  const box = sizeOf(print, turn);
  const { width, height } = print;
  const about = `translate(${box.width / 2} ${box.height / 2}) rotate(${(turn * 180) / Math.PI}) translate(${-width / 2} ${-height / 2})`;
  const ground = print.picture
    ? s("image", { href: print.picture, width, height })
    : s("rect", { class: "blank", width, height });
  const known = marks.filter((mark) => print.minutiae[mark.index]);
  const numbers = new Map(known.map((mark) => [mark.index, mark.number]));
  const plain = print.minutiae.filter((_, index) => !numbers.has(index)).map((minutia) => symbol(minutia));
  const paired = known.map((mark) => symbol(print.minutiae[mark.index], mark.number));
  const picture = s(
    "svg",
    { viewBox: `0 0 ${box.width} ${box.height}`, role: "img", "aria-label": print.words },
    s("g", { transform: about }, ground, s("g", { class: "others" }, ...plain), s("g", { class: "pairs" }, ...paired)),
    s("g", { class: "labels" }, ...labels(print, known, turn, scale)),
  );
  picture.style.width = `${box.width * scale}px`;
  picture.style.height = `${box.height * scale}px`;
  return picture;
}

/** @param {Minutia} minutia @param {number} [number] */
function symbol(minutia, number) {
  const size = number === undefined ? 3.2 : 4.2;
  const tail = number === undefined ? 9 : 12;
  const across = Math.cos(minutia.angle);
  const down = -Math.sin(minutia.angle);
  const head =
    minutia.type === "bifurcation"
      ? s("rect", { x: -size, y: -size, width: 2 * size, height: 2 * size })
      : s("circle", { r: size });
  return s(
    "g",
    {
      class: number === undefined ? "minutia" : "minutia paired",
      transform: `translate(${minutia.x} ${minutia.y})`,
      "data-pair": number,
      "data-quality": minutia.quality < 0.5 ? "low" : "high",
    },
    s("line", { x1: across * size, y1: down * size, x2: across * tail, y2: down * tail }),
    head,
    ...(number === undefined ? [] : [s("circle", { class: "target", r: 8 })]),
  );
}

/**
 * Numbers beside their minutiae, each where it covers least of what is there already.
 * @param {Print} print @param {Mark[]} marks @param {number} turn @param {number} scale
 */
function labels(print, marks, turn, scale) {
  const px = 1 / Math.max(scale, 0.4);
  const places = marks.map((mark) => onPlate(print, print.minutiae[mark.index], turn));
  /** @type {Box[]} */
  const taken = places.map(({ x, y }) => ({ x, y, width: 10, height: 10 }));
  return marks.map((mark, at) => {
    const size = { width: String(mark.number).length * LETTER * WIDE * px, height: LETTER * px };
    const tries = AROUND.map((turned) => ({ x: places[at].x + Math.cos(turned) * REACH * px, y: places[at].y + Math.sin(turned) * REACH * px, ...size }));
    const costs = tries.map((box) => taken.reduce((sum, other) => sum + overlap(box, other), 0));
    const best = tries[costs.indexOf(Math.min(...costs))];
    taken.push(best);
    return s("text", { class: "label", x: best.x, y: best.y, "data-pair": mark.number }, String(mark.number));
  });
}

/** Where a point of the print lies on its turned plate. @param {Print} print @param {Point} point @param {number} turn @returns {Point} */
export const onPlate = (print, point, turn) => turned(point, print, sizeOf(print, turn), turn);

/** Which point of the print lies there. @param {Print} print @param {Point} place @param {number} turn @returns {Point} */
export const onPrint = (print, place, turn) => turned(place, sizeOf(print, turn), print, -turn);

/**
 * Turned about the middle of one rectangle, which becomes that of another.
 * @param {Point} point @param {{width: number, height: number}} from @param {{width: number, height: number}} to @param {number} turn
 */
function turned(point, from, to, turn) {
  const x = point.x - from.width / 2;
  const y = point.y - from.height / 2;
  return {
    x: to.width / 2 + x * Math.cos(turn) - y * Math.sin(turn),
    y: to.height / 2 + x * Math.sin(turn) + y * Math.cos(turn),
  };
}

/** Area that two boxes share. @param {Box} a @param {Box} b */
function overlap(a, b) {
  const across = (a.width + b.width) / 2 - Math.abs(a.x - b.x);
  const down = (a.height + b.height) / 2 - Math.abs(a.y - b.y);
  return across > 0 && down > 0 ? across * down : 0;
}

/** Why there are no ridges on a plate. */
export const noImage = () => h("p", { class: "no-image" }, "There is no image of this print, only a template: its minutiae are drawn on plain paper.");

/** A bar of whole mm that fits; its own words. @param {number} scale CSS px for one px of the print */
export function scaleBar(scale) {
  const mm = [10, 5, 2, 1, 0.5].find((length) => length * MM * scale <= 130) ?? 0.5;
  const bar = h("span", { class: "scale-line" });
  bar.style.width = `${mm * MM * scale}px`;
  return h("div", { class: "scale", title: "scale of both prints" }, bar, h("span", {}, `${mm} mm`));
}
