import { field, openAction } from './action-dialog.js';
import { h } from './dom.js';
import { formatCount, formatMoment } from './format.js';
import { identifierName, personName, reasonShown } from './naming.js';
import { fetchPerson, findPerson, readSearch } from './search.js';
import { language, t, word } from './text.js';

/** @typedef {import('./api-types.ts').Person} Person */
/** @typedef {(reference: string, result: string) => Promise<void>} Reopen shows a person again, with what came of an action */

/** The identifiers of a person but for some; a reference that outlives them. @param {Person} person @param {ReadonlySet<string>} gone */
const remaining = (person, gone) => person.identifiers.map(({ key }) => key).filter((key) => !gone.has(key));

/**
 * Says that two persons are one human.
 * @param {Person} person
 * @param {Reopen} reopen
 */
export function mergeAction(person, reopen) {
  const [mine] = person.identifiers;
  if (!mine) return;
  const other = h('input', {
    id: 'act-other',
    type: 'search',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: true,
  });
  /** @type {string} */
  let theirs = '';
  openAction({
    title: t('merge.title'),
    intro: t('merge.intro'),
    fields: [field(t('merge.other'), other, t('persons.placeholder'))],
    confirm: t('merge.confirm'),
    plan: async () => {
      const search = readSearch(other.value);
      if (!search) return { problem: t('persons.badQuery'), at: other };
      const found = await findPerson(search);
      const [key] = found?.identifiers ?? [];
      if (!found || !key) return { problem: t('merge.none'), at: other };
      if (found.one_id === person.one_id) return { problem: t('merge.self'), at: other };
      theirs = key.key;
      const events = person.profile.behaviour.events + found.profile.behaviour.events;
      const identifiers = person.identifiers.length + found.identifiers.length;
      return {
        lines: [
          t('merge.two', { one: fullName(person), other: fullName(found) }),
          t('merge.counts', { identifiers, events: formatCount(events, language()) }),
          t('merge.undo'),
        ],
        path: '/api/identity/merge',
        declarations: [[mine.key, theirs]],
      };
    },
    done: async () => {
      const merged = await fetchPerson(mine.key).catch(() => undefined);
      const isOne = merged?.identifiers.some(({ key }) => key === theirs);
      // Where it cannot be read, the drawer says so.
      await reopen(mine.key, merged ? t(isOne ? 'merge.done' : 'merge.kept') : '');
    },
  });
}

/** Name and strongest identifier, to tell namesakes apart. @param {Person} person */
function fullName(person) {
  const [first] = person.identifiers;
  const name = personName(person);
  const identifier = first ? identifierName(first.key, person) : '';
  return name === identifier ? name : `${name} (${identifier})`;
}

/**
 * Cuts identifiers out of a person.
 * @param {Person} person
 * @param {Reopen} reopen
 */
export function splitAction(person, reopen) {
  const boxes = person.identifiers.map(({ key }, n) =>
    h('input', { type: 'checkbox', id: `act-cut-${n}`, value: key }),
  );
  const lines = boxes.map((box) =>
    h('label', { class: 'check', for: box.id }, box, h('span', {}, identifierName(box.value, person))),
  );
  const names = (/** @type {string[]} */ keys) => keys.map((key) => identifierName(key, person)).join(', ');
  /** @type {string[]} */
  let cut = [];
  openAction({
    title: t('split.title'),
    intro: t('split.intro'),
    fields: [
      h('fieldset', { class: 'field' }, h('legend', {}, t('split.choose')), h('div', { class: 'checks' }, ...lines)),
    ],
    confirm: t('split.confirm'),
    plan: async () => {
      cut = boxes.filter((box) => box.checked).map((box) => box.value);
      const at = /** @type {HTMLInputElement} there are at least two */ (boxes[0]);
      if (cut.length === 0) return { problem: t('split.none'), at };
      if (cut.length === boxes.length) return { problem: t('split.all'), at };
      return {
        lines: [
          t('split.leaves', { identifiers: names(cut) }),
          t('split.stays', { identifiers: names(remaining(person, new Set(cut))) }),
          t('merge.undo'),
        ],
        path: `/api/persons/${encodeURIComponent(person.one_id)}/split`,
        declarations: [cut],
      };
    },
    done: () => reopen(remaining(person, new Set(cut))[0] ?? person.one_id, t('split.done', { count: cut.length })),
  });
}

/**
 * Releases an identifier from all that it was seen with before.
 * @param {Person} person
 * @param {Reopen} reopen
 * @param {string} [chosen] key of the one to start with
 */
export function releaseAction(person, reopen, chosen) {
  // Numbers are what is given to somebody else most often.
  const first = chosen ?? person.identifiers.find(({ type }) => type === 'phone')?.key;
  const options = person.identifiers.map(({ key }) =>
    h('option', { value: key, selected: key === first }, identifierName(key, person)),
  );
  const which = h('select', { id: 'act-which' }, ...options);
  openAction({
    title: t('release.title'),
    intro: t('release.intro'),
    fields: [field(t('release.which'), which)],
    confirm: t('release.confirm'),
    plan: async () => ({
      lines: [
        t('release.what', { identifier: identifierName(which.value, person) }),
        t('release.history'),
        t('merge.undo'),
      ],
      path: '/api/identity/unbind',
      declarations: [[which.value]],
    }),
    done: () => reopen(remaining(person, new Set([which.value]))[0] ?? which.value, t('release.done')),
  });
}

/**
 * Takes back what was declared: of a merge, both persons are then exactly as they were.
 * @param {Person} person
 * @param {Reopen} reopen
 * @param {import('./audit-trail.js').Change} change
 */
export function takeBackAction(person, reopen, change) {
  const when = formatMoment(change.at, Date.now(), { lang: language() });
  const told = { action: word('audit', change.action), who: change.actor, why: reasonShown(change.why), date: when };
  openAction({
    title: t('undo.title'),
    intro: t('undo.intro'),
    fields: [h('p', { class: 'note' }, t('undo.what', told))],
    confirm: t('undo.confirm'),
    plan: async () => ({
      lines: [t('undo.what', told), change.identifiers.map((key) => identifierName(key, person)).join(', ')],
      path: '/api/identity/unmerge',
      declarations: change.declared,
    }),
    done: () => reopen(person.identifiers[0]?.key ?? person.one_id, t('undo.done')),
  });
}
