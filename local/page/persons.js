import { get } from './api.js';
import { failedState } from './badges.js';
import { byId, emptyState, h, perFrame, setText, throttled } from './dom.js';
import { createDrawer } from './drawer.js';
import { formatCount, formatMoment, shortId } from './format.js';
import { keysSummary } from './keys.js';
import { findPerson, readSearch } from './search.js';
import { errorText, language, t } from './text.js';

/** @typedef {import('./api-types.ts').PersonRow} PersonRow */

const MAX_ROWS = 10;
const REFRESH_MS = 2_000;

/**
 * The newest persons, the search by identifier, and the drawer that both open.
 * @param {{nowMs: () => number}} options
 */
export function createPersons({ nowMs }) {
  const root = byId('persons');
  const answer = byId('find-answer');
  const text = byId('find-text', HTMLInputElement);
  const drawer = createDrawer({ nowMs });
  /** @type {PersonRow[] | undefined} */
  let rows;
  let failure = '';
  /** @type {import('./api-types.ts').Stats | undefined} */
  let stats;
  let drawnAtEvents = -1;

  /** @param {PersonRow} row */
  const line = (row) =>
    h(
      'li',
      {},
      h(
        'button',
        { type: 'button', class: 'row', title: row.one_id, onclick: () => drawer.open(row.one_id) },
        h('span', { class: 'who' }, row.name ?? h('span', { class: 'mono' }, shortId(row.one_id))),
        h('span', { class: 'quiet number when' }, formatMoment(row.last_seen, nowMs(), { lang: language() })),
        h('span', { class: 'keys quiet' }, keysSummary(row.identifiers).join(' · ')),
        h('span', { class: 'quiet number' }, t('persons.events', { count: formatCount(row.events, language()) })),
      ),
    );

  const draw = () => {
    if (stats) setText(byId('persons-total'), formatCount(stats.stages.stitch.persons, language()));
    if (failure && !rows) {
      root.replaceChildren(failedState(t('panel.failed', { message: failure }), t('panel.retry'), load));
    } else if (!rows) {
      root.replaceChildren(h('p', { class: 'skeleton' }, t('panel.loading')));
    } else if (rows.length === 0) {
      root.replaceChildren(emptyState(t('persons.empty'), t('persons.emptyHint')));
    } else if (!root.contains(document.activeElement)) {
      root.replaceChildren(h('ul', { class: 'plain people' }, ...rows.map(line)));
    }
    drawer.draw();
  };
  const redraw = perFrame(draw);

  const load = throttled(async () => {
    try {
      /** @type {{persons: PersonRow[]}} */
      const found = await get(`/api/persons?limit=${MAX_ROWS}`);
      rows = found.persons;
      failure = '';
    } catch (error) {
      failure = errorText(error);
    }
    redraw();
  }, REFRESH_MS);

  byId('find').addEventListener('submit', async (event) => {
    event.preventDefault();
    const search = readSearch(text.value);
    text.setAttribute('aria-invalid', String(!search));
    setText(answer, t(search ? 'panel.loading' : 'persons.badQuery'));
    if (!search) return;
    try {
      const found = await findPerson(search);
      setText(answer, found ? '' : t('persons.notFound'));
      if (found) drawer.open(found.one_id);
    } catch (error) {
      setText(answer, t('panel.failed', { message: errorText(error) }));
    }
  });

  return {
    draw,
    openPerson: drawer.open,
    /** @param {import('./api-types.ts').Stats} next */
    stats: (next) => {
      stats = next;
      if (next.stages.stitch.events !== drawnAtEvents) {
        drawnAtEvents = next.stages.stitch.events;
        load();
      }
      redraw();
    },
  };
}
