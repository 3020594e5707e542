import { operatorHeader, remember, showProblem, whyFields } from './action-dialog.js';
import { get, post, put } from './api.js';
import { byId, h, setText } from './dom.js';
import { formatMoment } from './format.js';
import { copyable, pasteList } from './source-paste.js';
import { errorText, language, t } from './text.js';

/** @typedef {import('./sources.js').Shown} Shown */
/** @typedef {{at: string, by: string, why: string, action: string, detail: string}} Change */
/** @typedef {{source: Shown, connect: import('./source-paste.js').Connecting, changes: Change[]}} Detail */
/** @typedef {{nowMs: () => number, changed: () => Promise<void>}} Options */

/**
 * One source: what to paste, its keys, what its platform signs with, and who changed what.
 * @param {string} source_id
 * @param {Options} options
 */
export async function openSource(source_id, options) {
  const dialog = byId('action-dialog', HTMLDialogElement);
  const title = h('h2', { id: 'action-title', tabindex: -1 }, source_id);
  dialog.replaceChildren(title, h('p', { class: 'skeleton' }, t('panel.loading')));
  dialog.showModal();
  title.focus();
  await show(dialog, source_id, options);
}

/** @param {HTMLDialogElement} dialog @param {string} source_id @param {Options} options @param {Node} [news] what has just happened */
async function show(dialog, source_id, options, news) {
  const close = h('button', { type: 'button', onclick: () => dialog.close() }, t('source.close'));
  const title = h('h2', { id: 'action-title', tabindex: -1 }, source_id);
  try {
    /** @type {Detail} */
    const detail = await get(`/api/sources/${encodeURIComponent(source_id)}`);
    setText(title, detail.source.name);
    dialog.replaceChildren(title, ...(news ? [news] : []), ...parts(dialog, detail, options), close);
    title.focus();
  } catch (error) {
    dialog.replaceChildren(title, h('p', { class: 'problem', role: 'alert' }, errorText(error)), close);
    close.focus();
  }
}

/** @param {HTMLDialogElement} dialog @param {Detail} detail @param {Options} options */
function parts(dialog, { source, connect, changes }, options) {
  const moment = (/** @type {string} */ at) => formatMoment(at, options.nowMs(), { lang: language() });
  const { disabled } = source;
  const { reason, name, nodes } = whyFields();
  const problem = h('p', { class: 'problem', role: 'alert' });
  const base = `/api/sources/${encodeURIComponent(source.source_id)}`;

  /** @param {(why: {reason: string}, headers: Record<string, string>) => Promise<Node | undefined>} work */
  const act = (work) => async () => {
    if (reason.value.trim() === '') return showProblem(problem, t('act.noReason'), reason);
    remember(name.value.trim());
    try {
      const news = await work({ reason: reason.value.trim() }, operatorHeader(name.value));
      await show(dialog, source.source_id, options, news);
      await options.changed();
    } catch (error) {
      showProblem(problem, errorText(error));
    }
  };
  const rotate = act(async (why, headers) => {
    const made = /** @type {{key: string, connect: Detail['connect']}} */ (await post(`${base}/keys`, why, headers));
    const paste = pasteList(made.connect).filter((node) => node !== undefined);
    const once = h('p', {}, `${t('source.keyOnce')} ${t('source.rotated')}`);
    return h('div', { class: 'news' }, once, copyable(t('source.keys'), made.key), ...paste);
  });
  const turn = act(async (why, headers) => {
    await post(`${base}/${disabled ? 'enable' : 'disable'}`, why, headers);
    return undefined;
  });
  const secrets = connect.secrets.map(({ name: secret, from }) => {
    const there = source.secrets.some((one) => one.name === secret && one.state !== 'ended');
    const value = h('input', { type: 'password', id: `secret-${secret}`, autocomplete: 'off', maxlength: 4000 });
    const store = act(async (why, headers) => {
      await put(`${base}/secrets/${secret}`, { ...why, value: value.value }, headers);
      return h('p', { class: 'news', role: 'status' }, t('source.stored', { name: secret }));
    });
    return h(
      'div',
      { class: 'field' },
      h('label', { for: value.id }, t('source.secret', { name: secret, from: from[language()] })),
      h('div', { class: 'give' }, value, h('button', { type: 'button', onclick: store }, t('source.store'))),
      there && h('small', { class: 'quiet' }, t('source.secretThere')),
    );
  });
  const keys = source.keys.map(({ last4, created_at, state, valid_until }) =>
    h(
      'li',
      {},
      h('span', { class: 'mono' }, t('source.key', { last4: last4 ?? '????', made: moment(created_at) })),
      h(
        'span',
        { class: `state ${state}` },
        t(`source.key.${state}`, { time: valid_until ? moment(valid_until) : '' }),
      ),
    ),
  );
  const log = changes.map(({ at, by, why, action, detail }) =>
    h('li', {}, t('source.change', { time: moment(at), by, action, detail }), h('q', { class: 'quiet' }, why)),
  );
  return [
    disabled &&
      h('p', { class: 'off' }, t('source.off', { time: moment(disabled.at), by: disabled.by, why: disabled.why })),
    h('h3', {}, t('source.paste')),
    ...pasteList(connect),
    h('p', { class: 'quiet small' }, t('source.pasteHint')),
    h('h3', {}, t('source.keys')),
    h('ul', { class: 'plain' }, ...keys),
    h('h3', {}, t('source.do')),
    ...nodes,
    ...(secrets.length > 0 ? [h('h4', {}, t('source.give')), ...secrets] : []),
    problem,
    h(
      'div',
      { class: 'buttons' },
      h('button', { type: 'button', onclick: rotate }, t('source.rotate')),
      h(
        'button',
        { type: 'button', class: disabled ? '' : 'danger', onclick: turn },
        t(disabled ? 'source.enable' : 'source.disable'),
      ),
    ),
    h('h3', {}, t('source.changes')),
    h('ul', { class: 'plain changes' }, ...log),
  ].filter((node) => node !== null && node !== undefined);
}
