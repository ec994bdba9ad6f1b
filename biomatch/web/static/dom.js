// @ts-check
/** Elements without markup strings: nothing that comes from a server or a file is ever parsed as HTML. */

const SVG = "http://www.w3.org/2000/svg";

/** @param {Element} element @param {Record<string, unknown>} attributes @param {(Node | string)[]} children */
function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** @param {string} tag @param {Record<string, unknown>} [attributes] @param {...(Node | string)} children */
export const h = (tag, attributes = {}, ...children) =>
  /** @type {HTMLElement} */ (filled(document.createElement(tag), attributes, children));

/** @param {string} tag @param {Record<string, unknown>} [attributes] @param {...(Node | string)} children */
export const s = (tag, attributes = {}, ...children) =>
  /** @type {SVGElement} */ (filled(document.createElementNS(SVG, tag), attributes, children));

/** @param {string} id */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Arrow keys, Home and End move along; one of them is in the tab order. @param {KeyboardEvent} event @param {HTMLElement[]} items */
export function roam(event, items) {
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined || !items[to]) return;
  event.preventDefault();
  items.forEach((item, place) => item.setAttribute("tabindex", place === to ? "0" : "-1"));
  items[to].focus();
}
