import { h } from './dom.js';
import { formatMoment } from './format.js';
import { identifierName, reasonShown } from './naming.js';
import { language, t, word } from './text.js';

/** @typedef {import('./api-types.ts').AuditRow} AuditRow */
/** @typedef {import('./api-types.ts').Person} Person */

/**
 * @typedef {object} Change what somebody declared in one go
 * @property {string} action as the audit names it; `release` for an unbind of one identifier
 * @property {string} actor
 * @property {string} why
 * @property {string} at ISO 8601
 * @property {string[]} identifiers all of them, each once
 * @property {string[][]} declared what each event of it named
 * @property {boolean} undone somebody took all of it back later
 */

const UNDOABLE = new Set(['bind', 'merge', 'unbind', 'release', 'split']);

/** @param {readonly string[]} identifiers */
const nameOf = (identifiers) => [...identifiers].sort().join(' ');

/**
 * What all events of one go have in common: the parts of a split are numbered by the server, the calls of one dialog by the page.
 * @param {string} eventId
 */
const goOf = (eventId) => eventId.replace(/\.\d+$/, '').replace(/^(page-[\da-f-]{36})-\d+$/, '$1');

/**
 * The rows of the audit as changes that people made: a split is one change, though it parts several pairs.
 * @param {readonly AuditRow[]} rows latest first
 * @returns {Change[]} latest first
 */
export function changesOf(rows) {
  /** @type {Map<string, Change>} */
  const changes = new Map();
  /** @type {Set<string>} what was taken back later than the row at hand */
  const takenBack = new Set();
  for (const { event_id, occurred_at, action, actor, why, identifiers } of rows) {
    if (action === 'unmerge') takenBack.add(nameOf(identifiers));
    const id = goOf(event_id);
    const undone = takenBack.has(nameOf(identifiers));
    const change = changes.get(id);
    if (change) {
      change.identifiers = [...new Set([...change.identifiers, ...identifiers])];
      change.declared.push(identifiers);
      change.undone &&= undone;
      continue;
    }
    const name = action === 'unbind' && identifiers.length === 1 ? 'release' : action;
    const isBack = action === 'unmerge';
    changes.set(id, {
      action: name,
      actor,
      why,
      at: occurred_at,
      identifiers,
      declared: [identifiers],
      undone: !isBack && undone,
    });
  }
  return [...changes.values()];
}

/** What a change was about; of what was parted, the one side and the other. @param {Change} change @param {Person} person */
function aboutOf({ action, identifiers }, person) {
  const names = (/** @type {string[]} */ keys) => keys.map((key) => identifierName(key, person)).join(', ');
  const own = new Set(person.identifiers.map(({ key }) => key));
  const inside = identifiers.filter((key) => own.has(key));
  const outside = identifiers.filter((key) => !own.has(key));
  const parts = (action === 'unbind' || action === 'split') && inside.length > 0 && outside.length > 0;
  return parts ? `${names(outside)} ≠ ${names(inside)}` : names(identifiers);
}

/**
 * What was changed by hand about a person, latest first.
 * @param {readonly AuditRow[]} rows
 * @param {{person: Person, nowMs: number, takeBack: (change: Change) => void}} options
 * @returns {Node[]}
 */
export function changesList(rows, { person, nowMs, takeBack }) {
  const changes = changesOf(rows);
  if (changes.length === 0) {
    return [
      h('div', { class: 'empty' }, h('p', {}, t('audit.empty')), h('p', { class: 'quiet' }, t('audit.emptyHint'))),
    ];
  }
  const line = (/** @type {Change} */ change) => {
    const date = formatMoment(change.at, nowMs, { lang: language() });
    const action = word('audit', change.action);
    const undo =
      UNDOABLE.has(change.action) &&
      !change.undone &&
      h(
        'button',
        {
          type: 'button',
          class: 'small',
          'aria-label': t('act.undoOne', { action, date }),
          onclick: () => takeBack(change),
        },
        t('act.undo'),
      );
    return h(
      'li',
      { class: change.undone && 'past' },
      h(
        'div',
        { class: 'change-head' },
        h('strong', {}, action),
        change.undone && h('span', { class: 'tag' }, t('audit.undone')),
        h('span', { class: 'quiet' }, `${change.actor} · `, h('time', { datetime: change.at }, date)),
      ),
      undo,
      h('q', {}, reasonShown(change.why)),
      h('p', { class: 'quiet keys-line' }, aboutOf(change, person)),
    );
  };
  return [h('ol', { class: 'plain changes' }, ...changes.map(line))];
}
