// @ts-check
/** Numbers in words. Pure. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** Two significant digits, with separators. @param {number} value */
export const rough = (value) => whole.format(Number(value.toPrecision(2)));

/** @param {string} name such as RIGHT_INDEX */
export const finger = (name) => (name === "UNKNOWN" ? "finger not known" : name.toLowerCase().replaceAll("_", " "));

/** How rare a score is among strangers. @param {number} score -10 log10 of the false match rate */
export function rarity(score) {
  const one = 10 ** (score / 10);
  if (one < 1.5) return "as any two fingers look alike";
  if (one > 1e12) return "rarer than one in a million million strangers";
  return `one stranger in ${rough(one)} looks this alike`;
}

/**
 * A likelihood ratio, with the scale of ENFSI's guideline for evaluative reporting (2015).
 * @param {number} llr log10 of the ratio
 */
export function support(llr) {
  const size = Math.abs(llr);
  const steps = [[0.3, "no"], [1, "weak"], [2, "moderate"], [3, "moderately strong"], [4, "strong"], [6, "very strong"]];
  const [, strength] = steps.find(([limit]) => size < Number(limit)) ?? [0, "extremely strong"];
  if (strength === "no") return "supports neither the same nor another finger";
  return `${strength} support for ${llr > 0 ? "the same finger" : "different fingers"}`;
}

/** @param {number} llr log10 of the ratio */
export function ratio(llr) {
  const times = 10 ** Math.min(Math.abs(llr), 12);
  const side = llr >= 0 ? "if both are of one finger" : "if they are of different fingers";
  return `${Math.abs(llr) >= 12 ? "over " : ""}${rough(times)} times likelier ${side}`;
}

/** @param {number} llr */
export const signed = (llr) => `${llr < 0 ? "\u2212" : "+"}${Math.abs(llr).toFixed(1)}`;

/** @param {number} probability */
export function percent(probability) {
  if (probability < 0.0005) return "less than 0.1 %";
  if (probability > 0.99) return "more than 99 %";
  return `${(probability * 100).toPrecision(2).replace(/\.0$/, "")} %`;
}

/** @param {number} seconds */
export const span = (seconds) => (seconds < 1 ? `${Math.max(1, Math.round(seconds * 1000))} ms` : `${seconds.toFixed(1)} s`);

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${whole.format(count)} ${count === 1 ? one : many}`;
