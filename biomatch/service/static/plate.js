// @ts-check
/** A plate: one print at a known scale, its minutiae over it. Endings are round, bifurcations square. */

import { h, s } from "./dom.js";

export const PPI = 500;
export const MM = PPI / 25.4; // px a mm

/**
 * @typedef {{x: number, y: number, angle: number, type: string, quality: number}} Minutia  px at 500 ppi, radians, y up
 * @typedef {{width: number, height: number, minutiae: Minutia[], picture: string | null, words: string}} Print
 * @typedef {{number: number, index: number}} Mark  the number that a corresponding minutia carries
 */

/** The print as SVG, in px at 500 ppi. @param {Print} print @param {Mark[]} [marks] @param {number} [turn] radians, clockwise */
export function draw(print, marks = [], turn = 0) {
  const { width, height } = print;
  const numbered = new Map(marks.map((mark) => [mark.index, mark.number]));
  const box = turned(width, height, turn);
  const about = `translate(${box.width / 2} ${box.height / 2}) rotate(${(turn * 180) / Math.PI}) translate(${-width / 2} ${-height / 2})`;
  const ground = print.picture
    ? s("image", { href: print.picture, width, height })
    : s("rect", { class: "blank", width, height });
  const plain = print.minutiae.flatMap((minutia, index) => (numbered.has(index) ? [] : [mark(minutia)]));
  const paired = print.minutiae.flatMap((minutia, index) =>
    numbered.has(index) ? [mark(minutia, numbered.get(index), turn)] : [],
  );
  const picture = s(
    "svg",
    { viewBox: `0 0 ${box.width} ${box.height}`, role: "img", "aria-label": print.words },
    s("g", { transform: about }, ground, s("g", { class: "others" }, ...plain), s("g", { class: "pairs" }, ...paired)),
  );
  return { picture, width: box.width, height: box.height };
}

/** @param {Minutia} minutia @param {number} [number] @param {number} [turn] */
function mark(minutia, number, turn = 0) {
  const size = number === undefined ? 3.2 : 4.2;
  const tail = number === undefined ? 9 : 12;
  const across = Math.cos(minutia.angle);
  const down = -Math.sin(minutia.angle);
  const head =
    minutia.type === "bifurcation"
      ? s("rect", { x: -size, y: -size, width: 2 * size, height: 2 * size })
      : s("circle", { r: size });
  const parts = [
    s("line", { x1: across * size, y1: down * size, x2: across * tail, y2: down * tail }),
    head,
  ];
  if (number !== undefined) {
    const label = s("text", { x: -across * 11, y: -down * 11, transform: `rotate(${(-turn * 180) / Math.PI} ${-across * 11} ${-down * 11})` }, String(number));
    parts.push(s("circle", { class: "target", r: 12 }), label);
  }
  return s(
    "g",
    {
      class: `minutia ${number === undefined ? "" : "paired"}`,
      transform: `translate(${minutia.x} ${minutia.y})`,
      "data-pair": number,
      "data-quality": minutia.quality < 0.5 ? "low" : "high",
    },
    ...parts,
  );
}

/** @param {number} width @param {number} height @param {number} turn */
function turned(width, height, turn) {
  const c = Math.abs(Math.cos(turn));
  const n = Math.abs(Math.sin(turn));
  return { width: width * c + height * n, height: width * n + height * c };
}

/** A bar of whole mm that fits; its own words. @param {number} scale CSS px for one px of the print */
export function scaleBar(scale) {
  const mm = [10, 5, 2, 1, 0.5].find((length) => length * MM * scale <= 130) ?? 0.5;
  const bar = h("span", { class: "scale-line" });
  bar.style.width = `${mm * MM * scale}px`;
  return h("div", { class: "scale", title: "scale of both prints" }, bar, h("span", {}, `${mm} mm`));
}
