import { h } from './dom.js';
import { shortId } from './format.js';
import { identifierName } from './naming.js';
import { channelName, errorText, t } from './text.js';

/**
 * The badge of a channel, in its colour.
 * @param {string} channel
 */
export const channelBadge = (channel) => h('span', { class: 'badge', 'data-channel': channel }, channelName(channel));

/**
 * A button that opens the drawer of a person; it looks like a link.
 * @param {string} reference a One ID, or the key of one of the person's identifiers
 * @param {(reference: string) => void} openPerson
 * @param {string} [label]
 */
export const personLink = (reference, openPerson, label) =>
  h(
    'button',
    { type: 'button', class: 'link mono', title: reference, onclick: () => openPerson(reference) },
    label ?? (reference.includes(':') ? identifierName(reference) : shortId(reference)),
  );

/**
 * “Could not load”, with a button that tries again.
 * @param {string} sentence
 * @param {string} label of the button
 * @param {() => void} retry
 */
export const failedState = (sentence, label, retry) =>
  h('div', { class: 'empty' }, h('p', {}, sentence), h('button', { type: 'button', onclick: retry }, label));

/** What each box waits for: an answer that comes after the next question was asked is for nobody. @type {WeakMap<HTMLElement, symbol>} */
const awaited = new WeakMap();

/**
 * Fills a box with what is being loaded: says so meanwhile, and offers to try again when it fails.
 * @template T
 * @param {HTMLElement} box
 * @param {() => Promise<T>} load
 * @param {(loaded: T) => Node[]} show
 */
export async function loadInto(box, load, show) {
  const mine = Symbol();
  awaited.set(box, mine);
  box.setAttribute('aria-busy', 'true');
  box.replaceChildren(h('p', { class: 'skeleton' }, t('panel.loading')));
  /** @type {Node[]} */
  let content;
  try {
    content = show(await load());
  } catch (error) {
    const sentence = t('panel.failed', { message: errorText(error) });
    content = [failedState(sentence, t('panel.retry'), () => loadInto(box, load, show))];
  }
  if (awaited.get(box) !== mine) return;
  box.replaceChildren(...content);
  box.removeAttribute('aria-busy');
}
