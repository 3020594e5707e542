import { get } from './api.js';
import { h } from './dom.js';
import { formatDate } from './format.js';
import { keyLabel } from './keys.js';
import { language, t } from './text.js';

/** @typedef {import('./api-types.ts').Explanation} Explanation */
/** @typedef {Explanation['path'][number]} Link */
/** @typedef {import('./api-types.ts').Person} Person */

const MAX_REJECTED = 10;

/**
 * Puts the links of a chain, which come weakest first, into walking order. Links that the walk does not reach are left out.
 * @template {Pick<Link, 'a' | 'b'>} L
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
 * The person's own identifiers with the values that the API revealed; others by their key.
 * @param {Person} person
 * @param {string} key
 */
function keyText(person, key) {
  const own = person.identifiers.find((identifier) => identifier.key === key);
  return own ? `${own.type} ${own.value}` : keyLabel(key, 24);
}

/** @param {Link} link @param {boolean} weakest */
const linkLine = (link, weakest) =>
  h(
    'p',
    { class: 'link-line' },
    h('strong', {}, t(`kind.${link.kind}`)),
    ` · ${link.source_id} · ${formatDate(link.first_seen, language())} · `,
    t(link.verified ? 'person.verified' : 'person.unverified'),
    link.confidence < 1 && ` · ${Math.round(link.confidence * 100)} %`,
    weakest && ' ',
    weakest && h('span', { class: 'tag' }, t('person.weakest')),
  );

/** @param {Person} person @param {string} from @param {Explanation} answer */
function chain(person, from, { path, rejected }) {
  const steps = walk(from, path);
  const weakest = path.length > 1 ? path[0] : undefined;
  const links = steps.map(({ link, to }) =>
    h('li', {}, linkLine(link, link === weakest), h('code', {}, keyText(person, to))),
  );
  const joins = h('ol', { class: 'chain' }, h('li', {}, h('code', {}, keyText(person, from))), ...links);
  // Several sightings of one pair say the same thing.
  const pairs = new Map(rejected.map((edge) => [`${edge.a} ${edge.b}`, edge]));
  const refused = [...pairs.values()]
    .slice(0, MAX_REJECTED)
    .map(({ a, b, detail }) =>
      h(
        'li',
        {},
        h('code', {}, keyText(person, a)),
        ' ⇎ ',
        h('code', {}, keyText(person, b)),
        h('p', { class: 'quiet' }, detail),
      ),
    );
  return [
    steps.length > 0 ? joins : h('p', { class: 'quiet' }, t('person.noPath')),
    ...(refused.length > 0
      ? [h('h4', {}, t('person.rejected')), h('ul', { class: 'plain refusals' }, ...refused)]
      : []),
  ];
}

/**
 * Why the identifiers are one person: choose two, see the links between them and the evidence that joined nothing.
 * @param {Person} person
 */
export function evidenceSection(person) {
  const keys = person.identifiers.map(({ key }) => key);
  const title = h('h3', {}, t('person.why'));
  if (keys.length < 2) return h('section', {}, title, h('p', { class: 'quiet' }, t('person.whySingle')));

  const choice = (/** @type {string} */ label, /** @type {number} */ chosen) =>
    h(
      'select',
      { 'aria-label': t(label) },
      ...keys.map((key, i) => h('option', { value: key, selected: i === chosen }, keyText(person, key))),
    );
  const from = choice('person.from', keys.length - 1);
  const to = choice('person.to', 0);
  const answer = h('div', { class: 'why', 'aria-live': 'polite' });
  const ask = async () => {
    const query = new URLSearchParams({ from: from.value, to: to.value });
    try {
      /** @type {Explanation} */
      const found = await get(`/api/persons/${encodeURIComponent(person.one_id)}/explain?${query}`);
      answer.replaceChildren(...chain(person, from.value, found));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      answer.replaceChildren(h('p', { class: 'quiet' }, t('panel.failed', { message })));
    }
  };
  from.addEventListener('change', ask);
  to.addEventListener('change', ask);
  ask();
  return h('section', {}, title, h('div', { class: 'choose' }, from, h('span', {}, t('person.to')), to), answer);
}
