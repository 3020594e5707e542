/** Small helpers over the DOM. Data only ever becomes text: nothing here parses HTML. */

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An element with attributes and children. A function under `on…` becomes a listener; `false`, null and undefined leave an attribute out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children.filter(isNode));
  return element;
}

/**
 * The same for SVG.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAttributes(element, attributes);
  element.append(...children.filter(isNode));
  return element;
}

/**
 * @param {Child} child
 * @returns {child is Node | string}
 */
const isNode = (child) => child !== null && child !== undefined && child !== false;

/**
 * @param {Element} element
 * @param {Record<string, unknown>} attributes
 */
function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
}

/**
 * An element that index.html must have.
 * @template {typeof HTMLElement} [C=typeof HTMLElement]
 * @param {string} id
 * @param {C} [type] its class, when more than HTMLElement is needed
 * @returns {InstanceType<C>}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof (type ?? HTMLElement))) throw new Error(`index.html has no fitting element #${id}`);
  return /** @type {InstanceType<C>} checked above */ (element);
}

/**
 * Writes text only where it differs, so that a tick each second costs no layout and wakes no screen reader.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A version of `draw` that runs at most once per animation frame. Hidden pages have no frames, so nothing is drawn there.
 * @param {() => void} draw
 */
export function perFrame(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  };
}

/**
 * Runs `task` at once, then at most every `everyMs`, and never twice at the same time.
 * @param {() => Promise<void>} task
 * @param {number} everyMs
 */
export function throttled(task, everyMs) {
  let busy = false;
  let again = false;
  const run = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    again = false;
    await task();
    setTimeout(() => {
      busy = false;
      if (again) run();
    }, everyMs);
  };
  return run;
}

/**
 * An empty state: one sentence, and one that says what would change it.
 * @param {string} sentence
 * @param {string} [hint]
 */
export const emptyState = (sentence, hint) =>
  h('div', { class: 'empty' }, h('p', {}, sentence), hint && h('p', { class: 'quiet' }, hint));
