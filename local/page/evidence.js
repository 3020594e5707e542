import { get } from './api.js';
import { h } from './dom.js';
import { formatDate, shortId } from './format.js';
import { language, t } from './text.js';

/** @typedef {import('./api-types.ts').Explanation} Explanation */
/** @typedef {Explanation['path'][number]} Link */

/**
 * The place of the weakest link: unverified before verified, then the lowest confidence. -1 when no link is weak.
 * @param {Pick<Link, 'verified' | 'confidence'>[]} path
 */
export function weakestLink(path) {
  let weakest = -1;
  let lowest = 2;
  path.forEach(({ verified, confidence }, i) => {
    const strength = confidence + (verified ? 1 : 0);
    if (strength < lowest) {
      lowest = strength;
      weakest = i;
    }
  });
  return weakest;
}

/**
 * Puts a chain of undirected edges into walking order.
 * @param {string} from identifier key that the chain starts at
 * @param {Pick<Link, 'a' | 'b'>[]} path
 * @returns {string[]} the key reached after each link
 */
export function walk(from, path) {
  let at = from;
  return path.map(({ a, b }) => {
    at = a === at ? b : a;
    return at;
  });
}

/** Why two identifiers are one person: choose two, see the links between them. */
export function createEvidence() {
  /** @param {Link} link @param {boolean} weakest */
  const describe = (link, weakest) =>
    h(
      'p',
      { class: 'link-line' },
      h('strong', {}, t(`kind.${link.kind}`)),
      ` · ${link.source_id} · ${formatDate(link.first_seen, language())} · `,
      h('span', {}, t(link.verified ? 'person.verified' : 'person.unverified')),
      link.confidence < 1 && ` · ${Math.round(link.confidence * 100)} %`,
      weakest && ' ',
      weakest && h('span', { class: 'tag duplicate' }, t('person.weakest')),
    );

  /** @param {string} from @param {Explanation} answer */
  const chain = (from, { path, rejected }) => {
    const keys = walk(from, path);
    const weakest = path.length > 1 ? weakestLink(path) : -1;
    return [
      path.length === 0
        ? h('p', { class: 'quiet' }, t('person.noPath'))
        : h(
            'ol',
            { class: 'chain' },
            h('li', {}, h('code', {}, from)),
            ...path.map((link, i) => h('li', {}, describe(link, i === weakest), h('code', {}, keys[i]))),
          ),
      ...(rejected.length > 0
        ? [
            h('h4', {}, t('person.rejected')),
            h(
              'ul',
              { class: 'plain' },
              ...rejected
                .slice(0, 10)
                .map(({ a, b, detail }) =>
                  h(
                    'li',
                    {},
                    h('code', {}, shortId(a, 28)),
                    ' ⇎ ',
                    h('code', {}, shortId(b, 28)),
                    h('p', { class: 'quiet' }, detail),
                  ),
                ),
            ),
          ]
        : []),
    ];
  };

  /** @param {import('./api-types.ts').Person} person */
  const section = (person) => {
    const keys = person.identifiers.map((id) => id.key);
    const answer = h('div', { class: 'why', 'aria-live': 'polite' });
    const choose = (/** @type {string} */ label, /** @type {number} */ chosen) =>
      h(
        'select',
        { 'aria-label': t(label) },
        ...keys.map((key, i) => h('option', { value: key, selected: i === chosen }, shortId(key, 40))),
      );
    const from = choose('person.from', 0);
    const to = choose('person.to', keys.length - 1);
    const ask = async () => {
      if (from.value === to.value) {
        answer.replaceChildren();
        return;
      }
      const query = new URLSearchParams({ from: from.value, to: to.value });
      try {
        /** @type {Explanation} */
        const found = await get(`/api/persons/${encodeURIComponent(person.one_id)}/explain?${query}`);
        answer.replaceChildren(...chain(from.value, found));
      } catch (error) {
        answer.replaceChildren(
          h(
            'p',
            { class: 'quiet' },
            t('panel.failed', { message: error instanceof Error ? error.message : String(error) }),
          ),
        );
      }
    };
    from.addEventListener('change', ask);
    to.addEventListener('change', ask);
    if (keys.length > 1) ask();
    return h(
      'section',
      {},
      h('h3', {}, t('person.why')),
      ...(keys.length > 1
        ? [h('div', { class: 'choose' }, from, h('span', {}, t('person.to')), to), answer]
        : [h('p', { class: 'quiet' }, t('person.whySingle'))]),
    );
  };
  return { section };
}
