import { get, post } from './api.js';
import { failedState } from './badges.js';
import { byId, emptyState, h, perFrame, setText, throttled } from './dom.js';
import { formatCount } from './format.js';
import { createCause } from './quarantine-cause.js';
import { errorText, language, reasonText, t } from './text.js';

/** @typedef {import('./api-types.ts').QuarantineGroup} QuarantineGroup */
/** @typedef {import('./api-types.ts').ReplayReport} ReplayReport */

const MAX_GROUPS = 30;
const REFRESH_MS = 4_000;

/**
 * Quarantine by cause: how many, what to do, examples, and a replay that can be tried first. Below, what was refused at the door.
 * @param {{nowMs: () => number}} options
 */
export function createQuarantine({ nowMs }) {
  const root = byId('quarantine');
  const answer = byId('quarantine-answer');
  /** @type {import('./api-types.ts').Stats | undefined} */
  let stats;
  /** @type {{groups: QuarantineGroup[], truncated: boolean} | undefined} */
  let known;
  let failure = '';
  let asked = '';
  /** @type {Set<string>} causes that the reader has opened */
  const open = new Set();
  /** @type {Map<string, {report?: ReplayReport, message?: string, busy?: 'trying' | 'replaying'}>} what came of the last try or replay */
  const outcomes = new Map();

  const load = async () => {
    try {
      known = await get(`/api/quarantine/groups?limit=${MAX_GROUPS}`);
      failure = '';
    } catch (error) {
      failure = errorText(error);
    }
    redraw();
  };
  const refresh = throttled(load, REFRESH_MS);

  /** @param {QuarantineGroup} group @param {boolean} dry */
  const run = async ({ group_id, replay }, dry) => {
    outcomes.set(group_id, { busy: dry ? 'trying' : 'replaying' });
    draw();
    try {
      /** @type {ReplayReport} */
      const report = await post('/api/replay', { ...replay, dry_run: dry });
      if (dry) outcomes.set(group_id, { report });
      else await told(group_id, report);
    } catch (error) {
      outcomes.set(group_id, { message: errorText(error) });
    }
    draw();
  };

  /** The cause may be gone, so the panel says what came of it. @param {string} id @param {ReplayReport} report */
  const told = async (id, { fed }) => {
    outcomes.delete(id);
    await load();
    const left = known?.groups.find(({ group_id }) => group_id === id)?.open ?? 0;
    const values = { fed: formatCount(fed, language()), left: formatCount(left, language()) };
    setText(answer, fed === 0 ? t('quarantine.cannot') : t('quarantine.replayed', values));
  };

  const cause = createCause({ nowMs, run });

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

  const body = () => {
    if (!known) {
      return failure
        ? [failedState(t('panel.failed', { message: failure }), t('panel.retry'), load)]
        : [h('p', { class: 'skeleton' }, t('panel.loading'))];
    }
    if (known.groups.length === 0) return [emptyState(t('quarantine.empty'), t('quarantine.emptyHint'))];
    const most = Math.max(...known.groups.map((group) => group.open), 1);
    return [
      ...known.groups.map((group) => cause(group, { most, open, outcome: outcomes.get(group.group_id) })),
      known.truncated && h('p', { class: 'quiet small' }, t('quarantine.more')),
    ].filter((node) => node !== false);
  };

  function draw() {
    if (stats) setText(byId('quarantine-total'), formatCount(openEntries(), language()));
    const focused = root.contains(document.activeElement)
      ? document.activeElement?.getAttribute('data-focus')
      : undefined;
    noteOpened();
    const below = refused();
    root.replaceChildren(...body(), ...(below ? [below] : []));
    if (!focused) return;
    // What had the focus is there again, but for a cause that was replayed: then the next one takes it.
    const places = [...root.querySelectorAll('summary, button')].filter((each) => each instanceof HTMLElement);
    (places.find((each) => each.dataset.focus === focused) ?? places[0])?.focus();
  }
  const redraw = perFrame(draw);

  /** Asked of the document, not of events, which come when a redraw may have undone them. */
  const noteOpened = () => {
    for (const details of root.querySelectorAll('details')) {
      if (details.open) open.add(details.dataset.cause ?? '');
      else open.delete(details.dataset.cause ?? '');
    }
  };

  const openEntries = () => stats?.quarantine.reduce((sum, { count }) => sum + count, 0) ?? 0;

  return {
    draw,
    /** @param {import('./api-types.ts').Stats} next */
    stats: (next) => {
      stats = next;
      const now = JSON.stringify([next.status, next.quarantine, next.refused]);
      if (now === asked) return;
      asked = now;
      if (next.status === 'ready') refresh();
      else redraw();
    },
  };
}
