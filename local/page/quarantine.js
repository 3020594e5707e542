import { get } from './api.js';
import { byId, emptyState, h, setText } from './dom.js';
import { formatCount, formatMoment } from './format.js';
import { language, reasonText, t } from './text.js';

/** @typedef {import('./api-types.ts').QuarantineItem} QuarantineItem */

/**
 * Quarantine by reason: how many, what to do, and on demand the latest of each with the field that was wrong.
 * @param {{nowMs: () => number}} options
 */
export function createQuarantine({ nowMs }) {
  const root = byId('quarantine');
  /** @type {import('./api-types.ts').Stats | undefined} */
  let stats;
  /** @type {QuarantineItem[]} */
  let latest = [];
  let shown = '';
  /** @type {Set<string>} reasons that the reader has opened */
  const open = new Set();

  const loadLatest = async () => {
    try {
      /** @type {{items: QuarantineItem[]}} */
      const answer = await get('/api/quarantine?limit=20');
      latest = answer.items;
    } catch {
      latest = [];
    }
    draw(true);
  };

  /** @param {QuarantineItem} item */
  const line = (item) =>
    h(
      'li',
      {},
      h('span', { class: 'quiet number' }, formatMoment(item.first_seen, nowMs(), { lang: language() })),
      ' ',
      h('strong', {}, item.event_name ?? item.source_id),
      ' ',
      h('code', {}, item.field || '/'),
      h('p', {}, item.detail),
    );

  /** @param {import('./api-types.ts').Stats['quarantine'][number]} row @param {number} most */
  const reason = ({ reason, title, fix, count }, most) => {
    const text = reasonText(reason, { title, fix });
    const mine = latest.filter((item) => item.reason === reason);
    const details = h(
      'details',
      { open: open.has(reason) },
      h(
        'summary',
        {},
        h('span', { class: 'reason-title' }, text.title),
        h('span', { class: 'number' }, formatCount(count, language())),
        h('meter', { min: 0, max: most, value: count, 'aria-hidden': 'true' }),
      ),
      h('p', { class: 'fix' }, text.fix),
      mine.length > 0
        ? h('ul', { class: 'plain' }, ...mine.slice(0, 5).map(line))
        : h('p', { class: 'quiet' }, t('quarantine.none')),
    );
    details.addEventListener('toggle', () => {
      if (details.open === open.has(reason)) return;
      if (details.open) open.add(reason);
      else open.delete(reason);
      if (details.open) loadLatest();
    });
    return details;
  };

  const refused = () =>
    stats && stats.refused.length > 0
      ? h(
          'div',
          { class: 'refused' },
          h('h3', {}, t('quarantine.refused')),
          h(
            'ul',
            { class: 'plain' },
            ...stats.refused.map((row) =>
              h(
                'li',
                {},
                reasonText(row.reason, row).title,
                h('span', { class: 'number' }, formatCount(row.count, language())),
              ),
            ),
          ),
        )
      : null;

  /** @param {boolean} [always] */
  function draw(always = true) {
    if (!stats) {
      root.replaceChildren(h('p', { class: 'skeleton' }, t('panel.loading')));
      return;
    }
    const now = JSON.stringify([stats.quarantine, stats.refused]);
    if ((now === shown && !always) || (!always && root.contains(document.activeElement))) return;
    shown = now;
    const rows = [...stats.quarantine].sort((x, y) => y.count - x.count);
    setText(byId('quarantine-total'), formatCount(stats.stages.clean.quarantined, language()));
    const focused = [...root.querySelectorAll('details')].findIndex((details) =>
      details.contains(document.activeElement),
    );
    const body =
      rows.length > 0
        ? rows.map((row) => reason(row, rows[0]?.count ?? 1))
        : [emptyState(t('quarantine.empty'), t('quarantine.emptyHint'))];
    root.replaceChildren(...body, ...[refused()].filter((node) => node !== null));
    if (focused >= 0) root.querySelectorAll('summary')[focused]?.focus();
  }

  return {
    draw: () => draw(true),
    /** @param {import('./api-types.ts').Stats} next */
    stats: (next) => {
      stats = next;
      draw(false);
    },
  };
}
