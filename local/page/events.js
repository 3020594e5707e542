import { post } from './api.js';
import { byId, emptyState, h, perFrame } from './dom.js';
import { formatMoment, shortId } from './format.js';
import { channelName, language, reasonText, t } from './text.js';

/** @typedef {import('./api-types.ts').LiveEvent} LiveEvent */

const MAX_ROWS = 14;
const RECENT_SQL = `SELECT received_at, channel, source_id, type, name, one_id FROM events_resolved ORDER BY received_at DESC LIMIT ${MAX_ROWS}`;

/**
 * The badge of a channel.
 * @param {string} channel
 */
export const channelBadge = (channel) => h('span', { class: 'badge', 'data-channel': channel }, channelName(channel));

/**
 * A button that opens the drawer of a person; it looks like a link.
 * @param {string} oneId
 * @param {(oneId: string) => void} openPerson
 */
export const personLink = (oneId, openPerson) =>
  h('button', { type: 'button', class: 'link mono', title: oneId, onclick: () => openPerson(oneId) }, shortId(oneId));

/**
 * What just arrived and what became of it, newest first. Not a live region: it would never stop talking.
 * @param {{nowMs: () => number, openPerson: (oneId: string) => void}} options
 */
export function createEvents({ nowMs, openPerson }) {
  const root = byId('events');
  /** @type {(LiveEvent & {isNew?: boolean})[]} */
  let rows = [];
  let paused = false;
  let asked = false;
  let loaded = false;

  /** @param {LiveEvent} event */
  const outcome = (event) => {
    const text = t(`outcome.${event.outcome}`);
    if (event.outcome !== 'quarantined' || !event.reason) return h('span', { class: `tag ${event.outcome}` }, text);
    return h(
      'span',
      { class: 'tag quarantined', title: reasonText(event.reason).title },
      reasonText(event.reason).title,
    );
  };

  /** @param {LiveEvent & {isNew?: boolean}} event */
  const line = (event) =>
    h(
      'tr',
      { class: event.isNew && 'fresh' },
      h('td', { class: 'number quiet' }, formatMoment(event.at, nowMs(), { lang: language() })),
      h('td', {}, channelBadge(event.channel)),
      h('td', { class: 'name' }, event.name),
      h('td', {}, outcome(event)),
      h(
        'td',
        {},
        event.one_id ? personLink(event.one_id, openPerson) : h('span', { class: 'quiet' }, t('events.unknownPerson')),
      ),
    );

  const draw = () => {
    if (rows.length === 0) {
      root.replaceChildren(
        loaded
          ? emptyState(t('events.empty'), t('events.emptyHint'))
          : h('p', { class: 'skeleton' }, t('panel.loading')),
      );
      return;
    }
    const heads = ['time', 'channel', 'name', 'outcome', 'person'].map((key) =>
      h('th', { scope: 'col' }, t(`events.${key}`)),
    );
    // A redraw would take the focus from a person's link, so the list waits while one is focused.
    if (root.contains(document.activeElement)) return;
    root.replaceChildren(h('table', {}, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows.map(line))));
    for (const row of rows) row.isNew = false;
  };
  const redraw = perFrame(draw);

  /** What came before this page was opened, from the lake. */
  const askRecent = async () => {
    asked = true;
    try {
      /** @type {import('./api-types.ts').SqlAnswer} */
      const answer = await post('/api/sql', { sql: RECENT_SQL });
      const before = answer.rows.map(
        ([at, channel, source, type, name, one_id]) =>
          /** @type {LiveEvent} */ ({
            kind: 'event',
            at: utc(String(at)),
            channel: String(channel),
            source_id: String(source),
            type: String(type),
            name: String(name),
            outcome: 'accepted',
            one_id: one_id ? String(one_id) : undefined,
          }),
      );
      rows = [...rows, ...before].slice(0, MAX_ROWS);
    } catch {
      // Then the list fills as events arrive.
    }
    redraw();
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
        redraw();
      }
      if (!asked && stats.status === 'ready' && stats.stages.lake.rows > 0) askRecent();
    },
    /** @param {import('./api-types.ts').LiveMessage} message */
    message: (message) => {
      if (message.kind !== 'event' || paused) return;
      rows = [{ ...message, isNew: true }, ...rows].slice(0, MAX_ROWS);
      redraw();
    },
  };
}

/**
 * The lake's timestamps are UTC without saying so.
 * @param {string} text
 */
export const utc = (text) => (/^\d{4}-\d\d-\d\d[ T][\d:.]+$/.test(text) ? `${text.replace(' ', 'T')}Z` : text);
