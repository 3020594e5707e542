import { operatorHeader, showProblem, whyFields } from './action-dialog.js';
import { get, post } from './api.js';
import { loadInto, personLink } from './badges.js';
import { byId, h, setText } from './dom.js';
import { formatMoment, formatPercent } from './format.js';
import { identifierName, reasonShown } from './naming.js';
import { errorText, language, t, word } from './text.js';
import { waterfallTable } from './waterfall.js';

/** @typedef {import('./api-types.ts').Review} Review */
/** @typedef {import('./api-types.ts').ReviewSide} ReviewSide */

const QUICK = ['review.quick.docs', 'review.quick.same', 'review.quick.family'];

/**
 * How to call one side: by name, else by what it is known by.
 * @param {ReviewSide} side
 * @param {string} key its identifier as it is stored
 */
export const sideName = ({ record }, key) => record.name ?? identifierName(key);

/** @param {Review} review @param {(reference: string) => void} openPerson */
function comparison({ a, b, left, right }, openPerson) {
  const fields = [...new Set([...Object.keys(left.record), ...Object.keys(right.record)])];
  fields.sort((x, y) => Number(y === 'name') - Number(x === 'name') || (x < y ? -1 : 1));
  const head = (/** @type {ReviewSide} */ side, /** @type {string} */ key) =>
    h(
      'th',
      { scope: 'col' },
      side.one_id
        ? personLink(side.one_id, openPerson, identifierName(key))
        : `${identifierName(key)} (${t('review.gone')})`,
    );
  const row = (/** @type {string} */ name) => {
    const [x, y] = [left.record[name], right.record[name]];
    const differs = x !== undefined && y !== undefined && x !== y;
    return h(
      'tr',
      { class: differs && 'differs' },
      h('th', { scope: 'row' }, word('field', name)),
      h('td', {}, x ?? '—'),
      h('td', {}, y ?? '—', differs && h('span', { class: 'hidden' }, ` (${t('review.differs')})`)),
    );
  };
  return h(
    'table',
    { class: 'compare' },
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t('review.field')), head(left, a), head(right, b))),
    h('tbody', {}, ...fields.map(row)),
  );
}

/** @param {HTMLTextAreaElement} reason */
const suggestions = (reason) =>
  h(
    'div',
    { class: 'chips', role: 'group', 'aria-label': t('review.quick') },
    ...QUICK.map((key) => {
      const fill = () => {
        reason.value = t(key);
        reason.focus();
      };
      return h('button', { type: 'button', class: 'chip', onclick: fill }, t(key));
    }),
  );

/**
 * The dialog in which a human decides about a likely duplicate.
 * @param {{nowMs: () => number, openPerson: (reference: string) => void, next: (decided: string) => string | undefined, decided: () => void}} options
 *   `next` is the review to go on with
 */
export function createReview({ nowMs, openPerson, next, decided }) {
  const dialog = byId('review-dialog', HTMLDialogElement);
  const title = h('h2', { id: 'review-title', tabindex: -1 });
  const close = h('button', { type: 'button', class: 'subtle', onclick: () => dialog.close() });
  const result = h('output', { class: 'result' });
  const body = h('div', { class: 'drawer-body' });
  dialog.replaceChildren(h('header', {}, title, close), result, body);

  /** @param {Review} review @param {'accept' | 'reject'} decision */
  const goOn = (review, decision) => {
    setText(result, t(decision === 'accept' ? 'review.accepted' : 'review.rejected'));
    decided();
    const id = next(review.review_id);
    const go = id
      ? h('button', { type: 'button', class: 'primary', onclick: () => open(id) }, t('review.next'))
      : h('button', { type: 'button', onclick: () => dialog.close() }, t('person.close'));
    body.replaceChildren(h('div', { class: 'empty' }, !id && h('p', { class: 'quiet' }, t('review.last')), go));
    go.focus();
  };

  /** @param {Review} review */
  const decision = (review) => {
    const { reason, name, nodes } = whyFields();
    const problem = h('p', { class: 'problem', role: 'alert' });
    const decide = async (/** @type {'accept' | 'reject'} */ how) => {
      if (reason.value.trim() === '') return showProblem(problem, t('act.noReason'), reason);
      try {
        const path = `/api/matches/${encodeURIComponent(review.review_id)}/${how}`;
        await post(path, { reason: reason.value.trim() }, operatorHeader(name.value));
        goOn(review, how);
      } catch (error) {
        showProblem(problem, errorText(error));
      }
    };
    const button = (/** @type {'accept' | 'reject'} */ how, /** @type {Record<string, unknown>} */ more) =>
      h('button', { type: 'button', onclick: () => decide(how), ...more }, t(`review.${how}`));
    return h(
      'section',
      { class: 'decide' },
      review.same_person && h('p', { class: 'note' }, t('review.already')),
      !review.same_person && !review.may_join && h('p', { class: 'note' }, t('review.mayNot')),
      ...nodes.slice(0, 1),
      suggestions(reason),
      ...nodes.slice(1),
      problem,
      h(
        'div',
        { class: 'buttons' },
        button('accept', { class: 'primary', disabled: !review.may_join && !review.same_person }),
        button('reject', { class: 'danger' }),
      ),
    );
  };

  /** @param {Review} review */
  const content = (review) => {
    const { status, decided_at, decided_by, why } = review;
    const date = decided_at ? formatMoment(decided_at, nowMs(), { lang: language() }) : '';
    return [
      h('p', {}, h('strong', {}, t('review.score', { percent: formatPercent(review.confidence) }))),
      ...(decided_by
        ? [h('p', { class: 'note' }, t('review.decided', { who: decided_by, date, why: reasonShown(why ?? '') }))]
        : []),
      h('section', {}, h('h3', {}, t('review.compare')), comparison(review, openPerson)),
      h('section', {}, h('h3', {}, t('review.waterfall')), waterfallTable(review.waterfall)),
      ...(status === 'settled' ? [h('p', { class: 'note' }, t('reviews.status.settled'))] : [decision(review)]),
    ];
  };

  /** @param {string} id */
  const open = (id) => {
    setText(title, t('review.title'));
    setText(close, t('person.close'));
    setText(result, '');
    if (!dialog.open) dialog.showModal();
    title.focus();
    return loadInto(body, () => get(`/api/matches/${encodeURIComponent(id)}`), content);
  };
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  return { open };
}
