import { get } from './api.js';
import { channelBadge, failedState } from './badges.js';
import { byId, emptyState, h, perFrame, setText, throttled } from './dom.js';
import { formatCount, formatMoment } from './format.js';
import { openSource } from './source-dialog.js';
import { openNewSource } from './source-form.js';
import { errorText, language, t } from './text.js';

/** @typedef {import('../../functions/shared/sources/view.ts').ShownSource} Shown */
/** @typedef {import('../../functions/serve/source-activity.ts').SourceActivity} Sent */
/** @typedef {{name: string, signed: boolean}} Protocol */
/** @typedef {{sources: (Shown & {sent: Sent})[], protocols: Protocol[]}} Sources */

/** Each answer reads a week of the lake. */
const REFRESH_MS = 15_000;

/**
 * The sources: what each is, how far it is trusted, when it last sent and how much of it could be used.
 * @param {{nowMs: () => number}} options
 */
export function createSources({ nowMs }) {
  const root = byId('sources');
  /** @type {Sources | undefined} */
  let known;
  let failure = '';
  let seen = -1;

  const load = async () => {
    try {
      known = await get('/api/sources?activity=1');
      failure = '';
    } catch (error) {
      failure = errorText(error);
    }
    redraw();
  };
  const refresh = throttled(load, REFRESH_MS);

  /** @param {string} label @param {Node | string} value @param {string} [kind] */
  const cell = (label, value, kind = '') => h('td', { 'data-label': t(label), class: kind }, value);

  /** @param {Shown & {sent: Sent}} source */
  const row = (source) => {
    const { source_id, name, channel, class: of, protocol, priority, state, sent } = source;
    const open = () => openSource(source_id, { nowMs, changed: load });
    const last =
      sent.last_event === null ? t('sources.never') : formatMoment(sent.last_event, nowMs(), { lang: language() });
    const score = h(
      'span',
      { class: 'score' },
      h('meter', { min: 0, max: 100, value: priority, 'aria-hidden': 'true' }),
      String(priority ?? ''),
    );
    const kind = `${t(`sources.class.${of}`)} · ${protocol ?? 'segment'}`;
    return h(
      'tr',
      { class: state },
      h(
        'th',
        { scope: 'row' },
        h(
          'div',
          {},
          h('button', { type: 'button', class: 'link', onclick: open, 'data-source': source_id }, name),
          h('small', { class: 'quiet mono' }, source_id),
        ),
      ),
      cell('sources.kind', h('div', {}, channelBadge(channel), h('small', { class: 'quiet' }, kind))),
      cell('sources.priority', priority === null ? t('sources.unmarked') : score, priority === null ? 'quiet' : ''),
      cell('sources.last', last, sent.last_event === null ? 'quiet' : ''),
      cell('sources.accepted', formatCount(sent.accepted_24h, language()), 'number'),
      cell(
        'sources.quarantined',
        formatCount(sent.quarantined_24h, language()),
        sent.quarantined_24h > 0 ? 'number bad' : 'number',
      ),
      cell('sources.state', h('span', { class: `state ${state}` }, t(`sources.${state}`))),
    );
  };

  /** @param {Sources} all */
  const table = ({ sources }) => {
    if (sources.length === 0) return emptyState(t('sources.none'), t('sources.noneHint'));
    const head = ['name', 'kind', 'priority', 'last', 'accepted', 'quarantined', 'state'];
    const title = (/** @type {string} */ key) => (key === 'priority' ? t('sources.priorityHint') : null);
    return h(
      'table',
      { class: 'sources' },
      h(
        'thead',
        {},
        h('tr', {}, ...head.map((key) => h('th', { scope: 'col', title: title(key) }, t(`sources.${key}`)))),
      ),
      h('tbody', {}, ...sources.toSorted((a, b) => (b.priority ?? -1) - (a.priority ?? -1)).map(row)),
    );
  };

  const draw = () => {
    setText(byId('sources-total'), known ? formatCount(known.sources.length, language()) : '');
    if (known) {
      const focused = root.querySelector(':focus')?.getAttribute('data-source');
      root.replaceChildren(table(known));
      const again = focused && root.querySelector(`[data-source="${focused}"]`);
      if (again instanceof HTMLElement) again.focus();
    } else if (failure)
      root.replaceChildren(failedState(t('panel.failed', { message: failure }), t('panel.retry'), load));
    else root.replaceChildren(h('p', { class: 'skeleton' }, t('panel.loading')));
  };
  const redraw = perFrame(draw);

  byId('sources-add').addEventListener('click', () =>
    openNewSource({ protocols: known?.protocols ?? [{ name: 'segment', signed: false }], changed: load }),
  );
  return {
    draw,
    /** @param {import('./api-types.ts').Stats} next */
    stats: ({ status, stages }) => {
      const now = stages.collect.requests + stages.clean.quarantined;
      if (status !== 'ready' || now === seen) return;
      seen = now;
      refresh();
    },
  };
}
