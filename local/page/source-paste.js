import { h, setText } from './dom.js';
import { language, t } from './text.js';

/** @typedef {import('../../functions/shared/sources/snippet.ts').Connecting} Connecting */

/**
 * A text with a button that copies it.
 * @param {string} title
 * @param {string} text
 */
export function copyable(title, text) {
  const said = h('span', { class: 'quiet', role: 'status' });
  const code = h('code', {}, text);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setText(said, t('source.copied'));
    } catch {
      getSelection()?.selectAllChildren(code);
      setText(said, t('source.copyFailed'));
    }
  };
  const label = t('source.copyWhat', { title });
  return h(
    'div',
    { class: 'paste' },
    h(
      'div',
      { class: 'paste-head' },
      h('strong', {}, title),
      said,
      h('button', { type: 'button', 'aria-label': label, onclick: copy }, t('source.copy')),
    ),
    h('pre', { class: 'code', tabindex: 0 }, code),
  );
}

/**
 * What to paste where.
 * @param {Connecting} connect
 */
export const pasteList = ({ snippets, where }) => [
  where && h('p', {}, where[language()]),
  ...snippets.map(({ title, text }) => copyable(title, text)),
];
