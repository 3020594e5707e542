import { post } from './api.js';
import { channelBadge, personLink } from './badges.js';
import { byId, emptyState, h, perFrame } from './dom.js';
import { formatMoment } from './format.js';
import { language, reasonText, t } from './text.js';

/** @typedef {import('./api-types.ts').LiveEvent} LiveEvent */
/** @typedef {LiveEvent & {isNew?: boolean}} Row */

const MAX_ROWS = 14;
const MAX_HIGHLIGHTS = 3;
/** Faster than this and nobody can read the list. */
const REDRAW_MS = 400;
const RECENT_SQL = `SELECT received_at, channel, source_id, type, name, owner FROM events ORDER BY received_at DESC LIMIT ${MAX_ROWS}`;

/**
 * A row of the lake as it would have come over the live stream.
 * @param {unknown[]} row of RECENT_SQL
 * @returns {Row}
 */
const fromLake = ([at, channel, source, type, name, owner]) => ({
  kind: 'event',
  at: String(at),
  channel: String(channel),
  source_id: String(source),
  type: String(type),
  name: String(name),
  outcome: 'accepted',
  owner: String(owner),
});

/**
 * The newest rows, each once: what the live stream told and what the lake holds overlap.
 * @param {Row[]} rows
 */
export const newest = (rows) =>
  [...new Map(rows.toReversed().map((row) => [`${row.at} ${row.name} ${row.owner}`, row])).values()]
    .sort((a, b) => (a.at < b.at ? 1 : -Number(a.at > b.at)))
    .slice(0, MAX_ROWS);

/**
 * What just arrived and what became of it, newest first. Not a live region: it would never stop talking.
 * @param {{nowMs: () => number, openPerson: (reference: string) => void}} options
 */
export function createEvents({ nowMs, openPerson }) {
  const root = byId('events');
  /** @type {Row[]} */
  let rows = [];
  let paused = false;
  let asked = false;
  let loaded = false;
  let waiting = false;

  /** @param {Row} event */
  const outcome = (event) => {
    const title =
      event.outcome === 'quarantined' && event.reason ? reasonText(event.reason).title : t(`outcome.${event.outcome}`);
    return h('span', { class: `tag ${event.outcome}`, title }, title);
  };

  /** @param {Row} event */
  const line = (event) => {
    const person = event.one_id ?? event.owner;
    return h(
      'tr',
      { class: event.isNew && 'fresh' },
      h('td', { class: 'number quiet' }, formatMoment(event.at, nowMs(), { lang: language() })),
      h('td', {}, channelBadge(event.channel)),
      h('td', { class: 'name', title: event.name }, event.name),
      h('td', {}, outcome(event)),
      h('td', {}, person ? personLink(person, openPerson) : h('span', { class: 'quiet' }, t('events.unknownPerson'))),
    );
  };

  const draw = () => {
    if (rows.length === 0) {
      const waitingState = h('p', { class: 'skeleton' }, t('panel.loading'));
      root.replaceChildren(loaded ? emptyState(t('events.empty'), t('events.emptyHint')) : waitingState);
      return;
    }
    // A redraw would take the focus from a person's link, so the list waits while one is focused.
    if (root.contains(document.activeElement)) return;
    // A highlight for one newcomer helps the eye; for a whole burst it is only flicker.
    if (rows.filter((row) => row.isNew).length > MAX_HIGHLIGHTS) for (const row of rows) row.isNew = false;
    const heads = ['time', 'channel', 'name', 'outcome', 'person'];
    root.replaceChildren(
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, ...heads.map((key) => h('th', { scope: 'col' }, t(`events.${key}`))))),
        h('tbody', {}, ...rows.map(line)),
      ),
    );
    for (const row of rows) row.isNew = false;
  };
  const nextFrame = perFrame(draw);
  const redraw = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      nextFrame();
    }, REDRAW_MS);
  };

  /** What came before this page was opened, from the lake. */
  const askRecent = async () => {
    asked = true;
    try {
      /** @type {import('./api-types.ts').SqlAnswer} */
      const answer = await post('/api/sql', { sql: RECENT_SQL });
      rows = newest([...rows, ...answer.rows.map(fromLake)]);
    } catch {
      // Then the list fills as events arrive.
    }
    nextFrame();
  };

  return {
    draw,
    /** @param {boolean} next */
    pause: (next) => {
      paused = next;
    },
    /** @param {import('./api-types.ts').Stats} stats */
    stats: (stats) => {
      if (!loaded) {
        loaded = true;
        nextFrame();
      }
      if (!asked && stats.status === 'ready' && stats.stages.lake.rows > 0) askRecent();
    },
    /** @param {import('./api-types.ts').LiveMessage} message */
    message: (message) => {
      // On another day the same moments read differently.
      if (message.kind === 'clock') nextFrame();
      if (message.kind !== 'event' || paused) return;
      rows = [{ ...message, isNew: true }, ...rows].slice(0, MAX_ROWS);
      redraw();
    },
  };
}
