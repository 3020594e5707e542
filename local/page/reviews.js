import { get, post } from './api.js';
import { failedState } from './badges.js';
import { byId, h, perFrame, setText, throttled } from './dom.js';
import { formatCount, formatPercent } from './format.js';
import { createReview, sideName } from './review.js';
import { errorText, language, t } from './text.js';

/** @typedef {import('./api-types.ts').Review} Review */
/** @typedef {import('./api-types.ts').ReviewRow} ReviewRow */

/** Rows shown; their names are asked for one by one. */
const MAX_ROWS = 6;
const MAX_LISTED = 200;
const REFRESH_MS = 4_000;

/** @typedef {'open' | 'all'} Status */

/**
 * The queue of likely duplicates: who looks alike, how much, and the dialog in which that is decided.
 * @param {{nowMs: () => number, openPerson: (reference: string) => void}} options
 */
export function createReviews({ nowMs, openPerson }) {
  const root = byId('reviews');
  const answer = byId('reviews-answer');
  /** @type {Status} */
  let status = 'open';
  /** @type {ReviewRow[] | undefined} */
  let rows;
  /** @type {Map<string, string>} review → the two by name */
  const names = new Map();
  let failure = '';
  let drawnAtEvents = -1;
  let busy = false;

  const nextOpen = (/** @type {string} */ decided) =>
    rows?.find((row) => row.status === 'open' && row.review_id !== decided)?.review_id;
  const review = createReview({ nowMs, openPerson, next: nextOpen, decided: () => load() });

  const search = async () => {
    busy = true;
    setText(answer, t('reviews.searching'));
    draw();
    try {
      await post('/api/matches/train', {});
      /** @type {{persons: number, linked: number, queued: number}} */
      const report = await post('/api/matches/link', {});
      setText(answer, t('reviews.found', { ...report, persons: formatCount(report.persons, language()) }));
    } catch (error) {
      setText(answer, errorText(error));
    }
    busy = false;
    await load();
    draw();
    keepFocus();
  };

  /** What had the focus is gone after a redraw: the first thing to do next takes it. */
  const keepFocus = () => {
    if (document.activeElement === document.body) root.querySelector('button')?.focus();
  };

  /** @param {ReviewRow} row */
  const line = (row) =>
    h(
      'li',
      {},
      h(
        'button',
        { type: 'button', class: 'row', onclick: () => review.open(row.review_id) },
        h('span', { class: 'who' }, names.get(row.review_id) ?? '…'),
        h('span', { class: 'number quiet' }, t('reviews.alike', { percent: formatPercent(row.confidence) })),
        row.status !== 'open' && h('span', { class: 'tag' }, t(`reviews.status.${row.status}`)),
        h('meter', { min: 0, max: 1, value: row.confidence, 'aria-hidden': 'true' }),
      ),
    );

  const empty = () =>
    h(
      'div',
      { class: 'empty' },
      h('p', {}, t(status === 'open' ? 'reviews.empty' : 'reviews.emptyAll')),
      h('p', { class: 'quiet' }, t('reviews.emptyHint')),
      h('button', { type: 'button', disabled: busy, onclick: search }, t('reviews.search')),
    );

  function draw() {
    for (const button of document.querySelectorAll('[data-reviews]')) {
      button.setAttribute('aria-pressed', String(button.getAttribute('data-reviews') === status));
    }
    setText(byId('reviews-total'), rows && status === 'open' ? formatCount(rows.length, language()) : '');
    if (failure && !rows) {
      root.replaceChildren(failedState(t('panel.failed', { message: failure }), t('panel.retry'), load));
    } else if (!rows) {
      root.replaceChildren(h('p', { class: 'skeleton' }, t('panel.loading')));
    } else if (rows.length === 0) {
      root.replaceChildren(empty());
    } else {
      const more = rows.length - MAX_ROWS;
      root.replaceChildren(
        h('ul', { class: 'plain people' }, ...rows.slice(0, MAX_ROWS).map(line)),
        ...(more > 0 ? [h('p', { class: 'quiet' }, t('reviews.more', { count: more }))] : []),
      );
    }
  }
  const redraw = perFrame(draw);

  /** The list names keys only; people know each other by name. @param {ReviewRow} row */
  const learnNames = async ({ review_id }) => {
    if (names.has(review_id)) return;
    /** @type {Review} */
    const { a, b, left, right } = await get(`/api/matches/${encodeURIComponent(review_id)}`);
    names.set(review_id, `${sideName(left, a)} ⇄ ${sideName(right, b)}`);
  };

  const load = async () => {
    const asked = status;
    try {
      /** @type {{matches: ReviewRow[]}} */
      const { matches } = await get(`/api/matches?status=${asked}&limit=${MAX_LISTED}`);
      await Promise.all(matches.slice(0, MAX_ROWS).map(learnNames));
      if (asked === status) rows = matches;
      failure = '';
    } catch (error) {
      failure = errorText(error);
    }
    // A redraw would take the focus from the row at hand; it is drawn when something in it changes hands.
    if (!root.contains(document.activeElement)) redraw();
  };
  const refresh = throttled(load, REFRESH_MS);

  for (const button of document.querySelectorAll('[data-reviews]')) {
    button.addEventListener('click', () => {
      status = button.getAttribute('data-reviews') === 'all' ? 'all' : 'open';
      rows = undefined;
      draw();
      load();
    });
  }
  byId('review-dialog').addEventListener('close', () => {
    draw();
    keepFocus();
  });
  return {
    draw,
    /** @param {import('./api-types.ts').Stats} next */
    stats: (next) => {
      if (next.stages.stitch.events === drawnAtEvents) return;
      drawnAtEvents = next.stages.stitch.events;
      refresh();
    },
  };
}
