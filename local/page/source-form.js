import { field, operatorHeader, remember, showProblem, whyFields } from './action-dialog.js';
import { post } from './api.js';
import { byId, h, setText } from './dom.js';
import { copyable, pasteList } from './source-paste.js';
import { errorText, t } from './text.js';

/** @typedef {import('./sources.js').Protocol} Protocol */
/** @typedef {{source: {name: string}, key: string, connect: import('./source-paste.js').Connecting}} Created */

const MARKS = [1, 2, 3, 4, 5];

/** @param {string} id @param {Record<string, unknown>} [more] */
const input = (id, more = {}) => h('input', { id, maxlength: 100, autocomplete: 'off', ...more });
/** @param {string} id @param {readonly (readonly [string, string])[]} options */
const select = (id, options) => h('select', { id }, ...options.map(([value, label]) => h('option', { value }, label)));
/** @param {HTMLTextAreaElement} area */
const linesOf = (area) => area.value.split('\n').flatMap((line) => line.trim() || []);

/** @param {readonly Protocol[]} protocols */
function fieldsOf(protocols) {
  const names = protocols.map(({ name }) => /** @type {const} */ ([name, name]));
  const classes = ['public', 'secret', 'signed'].map((of) => /** @type {const} */ ([of, t(`sources.class.${of}`)]));
  const marks = MARKS.map((mark) => /** @type {const} */ ([String(mark), String(mark)]));
  return {
    id: input('source-id', { required: true, maxlength: 40, autocapitalize: 'none', spellcheck: 'false' }),
    name: input('source-name'),
    owner: input('source-owner', { required: true }),
    protocol: select('source-protocol', names),
    of: select('source-class', classes),
    channel: input('source-channel', { value: 'web', maxlength: 40 }),
    appId: input('source-app', { maxlength: 64 }),
    origins: h('textarea', { id: 'source-origins', rows: 2 }),
    aliases: h('textarea', { id: 'source-aliases', rows: 2, spellcheck: 'false' }),
    activity: select('source-activity', [['', t('source.measured')], ...marks]),
    value: select('source-value', [['', '—'], ...marks]),
  };
}

/** @param {ReturnType<typeof fieldsOf>} fields */
const definitionOf = ({ id, name, owner, protocol, of, channel, appId, origins, aliases, activity, value }) => ({
  source_id: id.value.trim(),
  name: name.value.trim() || id.value.trim(),
  owner: owner.value.trim(),
  protocol: protocol.value,
  class: of.value,
  channel: channel.value.trim(),
  allowed_origins: linesOf(origins),
  default_region: 'CN',
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'Asia/Shanghai',
  ...(appId.value.trim() && { app_id: appId.value.trim() }),
  ...(linesOf(aliases).length > 0 && { aliases: linesOf(aliases) }),
  ...(activity.value && { activity: Number(activity.value) }),
  ...(value.value && { commercial_value: Number(value.value) }),
});

/** @param {ReturnType<typeof fieldsOf>} fields @param {readonly Protocol[]} protocols */
function connected(fields, protocols) {
  const { protocol, of, channel, activity, value } = fields;
  const score = h('output', { class: 'quiet', for: 'source-activity source-value' });
  const choose = () => {
    const signed = protocols.some(({ name, signed: is }) => is && name === protocol.value);
    for (const option of of.options) option.disabled = option.value === 'signed' && !signed;
    of.value = signed ? 'signed' : 'public';
    channel.value = signed ? protocol.value : 'web';
  };
  const count = () => {
    const product = Number(activity.value) * Number(value.value) * 4;
    setText(score, product > 0 ? t('source.score', { score: product }) : '');
  };
  protocol.value = 'segment';
  choose();
  protocol.addEventListener('change', choose);
  for (const mark of [activity, value]) mark.addEventListener('change', count);
  return score;
}

/**
 * Asks for a new source and shows its key and what to paste.
 * @param {{protocols: readonly Protocol[], changed: () => Promise<void>}} options
 */
export function openNewSource({ protocols, changed }) {
  const dialog = byId('action-dialog', HTMLDialogElement);
  const fields = fieldsOf(protocols);
  const score = connected(fields, protocols);
  const { reason, name: by, nodes } = whyFields();
  const problem = h('p', { class: 'problem', role: 'alert' });
  const title = h('h2', { id: 'action-title', tabindex: -1 }, t('source.add'));
  const submit = h('button', { type: 'submit', class: 'primary' }, t('source.create'));
  const form = h(
    'form',
    { novalidate: true },
    field(t('source.id'), fields.id, t('source.idHint')),
    field(t('source.name'), fields.name),
    field(t('source.owner'), fields.owner, t('source.ownerHint')),
    field(t('source.protocol'), fields.protocol),
    field(t('source.class'), fields.of, t('source.classHint')),
    field(t('source.channel'), fields.channel, t('source.channelHint')),
    field(t('source.activity'), fields.activity),
    field(t('source.value'), fields.value),
    score,
    h(
      'details',
      {},
      h('summary', {}, t('source.more')),
      field(t('source.aliases'), fields.aliases, t('source.aliasesHint')),
      field(t('source.origins'), fields.origins),
      field(t('source.appId'), fields.appId),
    ),
    ...nodes,
    problem,
    h(
      'div',
      { class: 'buttons' },
      h('button', { type: 'button', onclick: () => dialog.close() }, t('act.cancel')),
      submit,
    ),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const empty = [fields.id, fields.owner].find(({ value }) => value.trim() === '');
    if (empty) return showProblem(problem, t('source.empty'), empty);
    if (reason.value.trim() === '') return showProblem(problem, t('act.noReason'), reason);
    submit.disabled = true;
    try {
      remember(by.value.trim());
      const body = { ...definitionOf(fields), reason: reason.value.trim() };
      showCreated(dialog, await post('/api/sources', body, operatorHeader(by.value)));
      await changed();
    } catch (error) {
      submit.disabled = false;
      showProblem(problem, errorText(error), submit);
    }
  });
  dialog.replaceChildren(title, h('p', { class: 'quiet' }, t('source.addIntro')), form);
  dialog.showModal();
  fields.id.focus();
}

/** @param {HTMLDialogElement} dialog @param {Created} created */
function showCreated(dialog, { source, key, connect }) {
  const title = h('h2', { id: 'action-title', tabindex: -1 }, t('source.created', { name: source.name }));
  dialog.replaceChildren(
    title,
    h('p', {}, t('source.keyOnce')),
    copyable(t('source.keys'), key),
    ...pasteList(connect).filter((node) => node !== undefined),
    h('div', { class: 'buttons' }, h('button', { type: 'button', onclick: () => dialog.close() }, t('source.close'))),
  );
  title.focus();
}
