import { h } from './dom.js';
import { shortId } from './format.js';
import { keyLabel } from './keys.js';
import { channelName } from './text.js';

/**
 * The badge of a channel, in its colour.
 * @param {string} channel
 */
export const channelBadge = (channel) => h('span', { class: 'badge', 'data-channel': channel }, channelName(channel));

/**
 * A button that opens the drawer of a person; it looks like a link.
 * @param {string} reference a One ID, or the key of one of the person's identifiers
 * @param {(reference: string) => void} openPerson
 */
export const personLink = (reference, openPerson) =>
  h(
    'button',
    { type: 'button', class: 'link mono', title: reference, onclick: () => openPerson(reference) },
    reference.includes(':') ? keyLabel(reference) : shortId(reference),
  );

/**
 * “Could not load”, with a button that tries again.
 * @param {string} sentence
 * @param {string} label of the button
 * @param {() => void} retry
 */
export const failedState = (sentence, label, retry) =>
  h('div', { class: 'empty' }, h('p', {}, sentence), h('button', { type: 'button', onclick: retry }, label));
