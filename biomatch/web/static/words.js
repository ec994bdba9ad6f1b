// @ts-check
/** Numbers in words. Pure. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const significant = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });

const UNIT = 0.3; // log10 of 2: evidence that is not even twice as likely one way as the other says nothing
const BEYOND = 12; // powers of ten that are told apart; more is "a million million"

/** Two significant digits: 2.4, 24, 240, 2,400, 2.4 million. @param {number} value at least 1 */
function rough(value) {
  const rounded = Number(value.toPrecision(2));
  return rounded < 1e6 ? significant.format(rounded) : `${significant.format(rounded / 1e6)} million`;
}

/** @param {string} name such as RIGHT_INDEX */
export const finger = (name) => (name === "UNKNOWN" ? "finger not known" : name.toLowerCase().replaceAll("_", " "));

/** A score: tenths where they mean something. @param {number} score -10 log10 of the false match rate */
export const points = (score) => (score < 99.95 ? Math.max(0, score).toFixed(1) : score.toFixed(0));

/** How rare a score is among non-mated prints. @param {number} score -10 log10 of the false match rate */
export function rarity(score) {
  const one = 10 ** (score / 10);
  if (one < 1.5) return "any two fingers look as much alike";
  if (score > 10 * BEYOND) return "fewer than one print of another finger in a million million looks this alike";
  return `one print of another finger in ${rough(one < 10 ? Math.round(one) : one)} looks this alike`;
}

/**
 * What a likelihood ratio says, with the scale of ENFSI's guideline for evaluative reporting (2015).
 * @param {number} llr log10 of the ratio
 */
export function likelihood(llr) {
  const size = Math.abs(llr);
  if (size < UNIT) return "The likelihood ratio is about 1: the prints say nothing for or against one finger";
  const steps = [[1, "weak"], [2, "moderate"], [3, "moderately strong"], [4, "strong"], [6, "very strong"]];
  const [, strength] = steps.find(([limit]) => size < Number(limit)) ?? [0, "extremely strong"];
  const times = size > BEYOND ? "more than a million million" : rough(10 ** size);
  const [what, when] = llr > 0 ? ["the same finger", "of one finger"] : ["different fingers", "of different fingers"];
  return `${strength} support for ${what}: what is seen is ${times} times likelier if both prints are ${when}`;
}

/** @param {number} llr */
export function signed(llr) {
  const text = Math.abs(llr).toFixed(1);
  return Number(text) === 0 ? text : `${llr < 0 ? "\u2212" : "+"}${text}`;
}

/** Never "0 %", never "100 %": no estimate is certain. @param {number} probability */
export function percent(probability) {
  if (probability < 0.0001) return "less than 0.01 %";
  if (probability > 0.99) return "more than 99 %";
  return `${significant.format(probability * 100)} %`;
}

/** A message as a sentence of its own; a file's name that it begins with stays as it is. @param {string} words @param {string[]} names */
export const sentence = (words, names = []) =>
  names.some((name) => words.startsWith(name)) ? words : words.charAt(0).toUpperCase() + words.slice(1);

/** @param {number} seconds */
export const span = (seconds) => (seconds < 0.9995 ? `${Math.max(1, Math.round(seconds * 1000))} ms` : `${seconds.toFixed(1)} s`);

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${whole.format(count)} ${count === 1 ? one : many}`;
