import { get } from './api.js';
import { loadInto } from './badges.js';
import { h } from './dom.js';
import { formatDate, formatPercent } from './format.js';
import { identifierName, reasonShown } from './naming.js';
import { language, t } from './text.js';

/** @typedef {import('./api-types.ts').Explanation} Explanation */
/** @typedef {import('./api-types.ts').Told} Told */
/** @typedef {import('./api-types.ts').Person} Person */

const MAX_REJECTED = 8;

/**
 * Puts the links of a chain, which come weakest first, into walking order. Links that the walk does not reach are left out.
 * @template {Pick<Told, 'a' | 'b'>} L
 * @param {string} from identifier key at which the chain starts
 * @param {readonly L[]} links undirected
 * @returns {{link: L, to: string}[]} each link with the key that it leads to
 */
export function walk(from, links) {
  const left = [...links];
  /** @type {{link: L, to: string}[]} */
  const steps = [];
  let at = from;
  while (left.length > 0) {
    const i = left.findIndex(({ a, b }) => a === at || b === at);
    const [link] = i < 0 ? [] : left.splice(i, 1);
    if (!link) break;
    at = link.a === at ? link.b : link.a;
    steps.push({ link, to: at });
  }
  return steps;
}

/**
 * One piece of evidence as a sentence.
 * @param {Told} edge
 * @param {(key: string) => string} name of an identifier
 */
export function says({ a, b, kind, source_id, confidence, declared }, name) {
  const who = declared?.by ?? t('says.source', { source: source_id });
  const sentence = kind === 'unbind' && a === b ? 'says.release' : `says.${kind}`;
  return t(sentence, { a: name(a), b: name(b), source: source_id, sure: formatPercent(confidence), who });
}

/** When, how sure, and in whose words. @param {Told} edge */
function particulars({ first_seen, last_seen, verified, declared, source_id, confidence }) {
  const parts = [
    source_id,
    formatDate(last_seen ?? first_seen, language()),
    t(verified ? 'why.verified' : 'why.unverified'),
    ...(confidence < 1 ? [formatPercent(confidence)] : []),
  ];
  return [
    h('span', { class: 'quiet' }, parts.join(' · ')),
    declared && h('q', {}, t('why.reason', { who: declared.by, why: reasonShown(declared.why) })),
  ];
}

/** @param {string} from @param {Explanation} answer @param {(key: string) => string} name */
function chain(from, { path }, name) {
  const weakest = path.length > 1 ? path[0] : undefined;
  const links = walk(from, path).map(({ link, to }) =>
    h(
      'li',
      { class: link === weakest && 'weak' },
      h(
        'p',
        { class: 'link-line' },
        h('strong', {}, t(`kind.${link.kind}`)),
        link === weakest && h('span', { class: 'tag quarantined' }, t('why.weakest')),
        ...particulars(link),
      ),
      h('span', { class: 'node' }, name(to)),
    ),
  );
  return h('ol', { class: 'chain' }, h('li', {}, h('span', { class: 'node' }, name(from))), ...links);
}

/** @param {Explanation['rejected']} rejected @param {(key: string) => string} name */
function refusals(rejected, name) {
  // Several sightings of one pair, refused for one reason, say the same thing.
  const pairs = [...new Map(rejected.map((edge) => [`${edge.a} ${edge.b} ${edge.reason}`, edge])).values()];
  if (pairs.length === 0) return [];
  const line = (/** @type {Explanation['rejected'][number]} */ edge) =>
    h(
      'li',
      {},
      h('p', {}, says(edge, name)),
      h('p', { class: 'but' }, t(`refusal.${edge.reason}`)),
      ...particulars(edge),
    );
  const more = pairs.length - MAX_REJECTED;
  return [
    h('h4', {}, t('why.rejected')),
    h('ul', { class: 'plain refusals' }, ...pairs.slice(0, MAX_REJECTED).map(line)),
    ...(more > 0 ? [h('p', { class: 'quiet' }, t('why.more', { count: more }))] : []),
  ];
}

/** @param {Explanation['apart']} apart @param {(key: string) => string} name */
const partings = (apart, name) =>
  apart.length === 0
    ? []
    : [
        h('h4', {}, t('why.apart')),
        h(
          'ul',
          { class: 'plain refusals' },
          ...apart.map((edge) =>
            h(
              'li',
              { class: !edge.holds && 'past' },
              h('p', {}, says(edge, name), ' ', !edge.holds && h('span', { class: 'tag' }, t('why.past'))),
              ...particulars(edge),
            ),
          ),
        ),
      ];

/** @param {string} from @param {Explanation} answer @param {(key: string) => string} name */
function verdict(from, answer, name) {
  const [weakest] = answer.path;
  return [
    h(
      'p',
      { class: answer.same_person ? 'verdict good' : 'verdict' },
      h('strong', {}, answer.same_person ? t('why.one', { count: answer.path.length }) : t('why.two')),
      weakest && h('span', {}, answer.path.length > 1 && `${t('why.weakest')}: `, says(weakest, name)),
    ),
    ...(answer.path.length > 0 ? [h('h4', {}, t('why.chain')), chain(from, answer, name)] : []),
    ...partings(answer.apart, name),
    ...refusals(answer.rejected, name),
  ];
}

/**
 * Why the identifiers are one person: choose two, see the chain between them with its weakest link first, what was refused and
 * why, and what somebody declared.
 * @param {Person} person identifiers strongest first
 * @returns {Node[]}
 */
export function evidenceOf(person) {
  const own = person.identifiers.map(({ key }) => key);
  const others = (person.shared_devices ?? []).filter((key) => !own.includes(key));
  const name = (/** @type {string} */ key) => identifierName(key, person);
  const answer = h('div', { class: 'why', 'aria-live': 'polite' });
  const explain = (/** @type {string} */ query, /** @type {(found: Explanation) => Node[]} */ show) =>
    loadInto(answer, () => get(`/api/persons/${encodeURIComponent(person.one_id)}/explain${query}`), show);
  if (own.length + others.length < 2) {
    explain('', ({ apart, rejected }) => [...partings(apart, name), ...refusals(rejected, name)]);
    return [h('p', { class: 'quiet' }, t('why.single')), answer];
  }

  const option = (/** @type {string | undefined} */ chosen) => (/** @type {string} */ key) =>
    h('option', { value: key, selected: key === chosen }, name(key));
  const choice = (/** @type {string} */ id, /** @type {string | undefined} */ chosen) =>
    h(
      'select',
      { id },
      h('optgroup', { label: t('why.own') }, ...own.map(option(chosen))),
      others.length > 0 && h('optgroup', { label: t('why.others') }, ...others.map(option(chosen))),
    );
  const from = choice('why-from', own.at(-1));
  const to = choice('why-to', own.length > 2 ? own[1] : (own.length > 1 ? own : others)[0]);
  const ask = () => {
    if (from.value === to.value) {
      answer.replaceChildren(h('p', { class: 'quiet' }, t('why.same')));
      return;
    }
    const asked = from.value;
    explain(`?${new URLSearchParams({ from: asked, to: to.value })}`, (found) => verdict(asked, found, name));
  };
  from.addEventListener('change', ask);
  to.addEventListener('change', ask);
  ask();
  const field = (/** @type {string} */ key, /** @type {HTMLElement} */ control) =>
    h('div', {}, h('label', { for: control.id }, t(key)), control);
  return [
    h('p', { class: 'quiet' }, t('why.intro')),
    h('div', { class: 'choose' }, field('why.from', from), field('why.to', to)),
    answer,
  ];
}
