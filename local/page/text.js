import { MESSAGES } from './messages.js';
import { REASON_TEXTS } from './reasons.js';

/** @typedef {'en' | 'zh'} Language */

const STORAGE_KEY = 'oneriver.language';

/**
 * The language to start with: what the reader chose before, else the browser's.
 * @param {string | null} remembered
 * @param {string | undefined} browserLanguage a BCP 47 tag, e.g. `zh-CN`
 * @returns {Language}
 */
export function chooseLanguage(remembered, browserLanguage) {
  if (remembered === 'en' || remembered === 'zh') return remembered;
  return browserLanguage?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** Storage is refused in some private windows; then the choice lasts as long as the page. */
const remembered = () => {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
};

/** @type {Language} */
let current = chooseLanguage(remembered(), globalThis.navigator?.language);

/** The language in use. */
export const language = () => current;

/**
 * Changes the language and remembers it. The caller draws again.
 * @param {Language} next
 */
export function setLanguage(next) {
  current = next;
  try {
    localStorage.setItem(STORAGE_KEY, next);
  } catch {
    // Not remembered; nothing else depends on it.
  }
}

/**
 * A sentence in a given language; `{count|event|events}` is the singular for 1. An unknown key is shown as it is, so that a
 * forgotten one is seen.
 * @param {Language} lang
 * @param {string} key
 * @param {Record<string, string | number>} [values] for `{name}` in the sentence
 */
export function translate(lang, key, values = {}) {
  const sentence = MESSAGES[key]?.[lang] ?? key;
  return sentence
    .replace(/\{(\w+)\|([^|}]*)\|([^|}]*)\}/g, (_, name, one, many) => (String(values[name]) === '1' ? one : many))
    .replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * A sentence in the language in use.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export const t = (key, values) => translate(current, key, values);

/**
 * Title and advice of a reason: Chinese from our table, English from the server where it sent one.
 * @param {string} code from the reasons registry
 * @param {{title?: string, fix?: string}} [sent] what the server said
 * @param {Language} [lang]
 */
export function reasonText(code, sent = {}, lang = current) {
  const own = REASON_TEXTS[code];
  if (lang === 'zh' && own) return { title: own.zh[0], fix: own.zh[1] };
  return { title: sent.title ?? own?.en ?? code.replaceAll('_', ' '), fix: sent.fix ?? '' };
}

/**
 * The name of a channel; a company's own channels are shown as they are.
 * @param {string} channel
 */
export const channelName = (channel) => word('channel', channel);

/**
 * A word that has a sentence under `prefix.word`, else the word itself: companies add their own types, fields and levels.
 * @param {string} prefix
 * @param {string} word
 */
export const word = (prefix, word) => (`${prefix}.${word}` in MESSAGES ? t(`${prefix}.${word}`) : word);

/**
 * What an error of the API says, in the language in use where we know its code.
 * @param {unknown} error
 */
export function errorText(error) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (`error.${code}` in MESSAGES) return t(`error.${code}`);
  const message = error instanceof Error ? error.message : String(error);
  return current === 'zh' && REASON_TEXTS[code] ? reasonText(code).title : message;
}

/**
 * Fills every element that names its sentence: `data-t` (text), `data-t-label` (aria-label), `data-t-placeholder`.
 * @param {Document} doc
 */
export function translateDocument(doc) {
  doc.documentElement.lang = current === 'zh' ? 'zh-CN' : 'en';
  /** @type {[string, (element: Element, text: string) => void][]} */
  const kinds = [
    ['data-t', (element, text) => element.replaceChildren(text)],
    ['data-t-label', (element, text) => element.setAttribute('aria-label', text)],
    ['data-t-placeholder', (element, text) => element.setAttribute('placeholder', text)],
  ];
  for (const [attribute, apply] of kinds) {
    for (const element of doc.querySelectorAll(`[${attribute}]`)) {
      apply(element, t(element.getAttribute(attribute) ?? ''));
    }
  }
}
