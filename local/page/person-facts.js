import { channelBadge, personLink } from './badges.js';
import { h } from './dom.js';
import { formatDate, formatMoment, showValue } from './format.js';
import { identifierName } from './naming.js';
import { language, t, word } from './text.js';

/** @typedef {import('./api-types.ts').Person} Person */
/** @typedef {import('./api-types.ts').TimelineEvent} TimelineEvent */
/** @typedef {Person['identifiers'][number]} Identifier */
/** @typedef {Person['profile']['basic'][string]} Trait */

/** Properties shown of one event in the timeline, and characters of each. */
const MAX_PROPERTIES = 5;
const MAX_VALUE_CHARS = 60;

/**
 * A term and its value in a description list.
 * @param {string} term
 * @param {...import('./dom.js').Child} value
 */
const pair = (term, ...value) => h('div', {}, h('dt', {}, term), h('dd', {}, ...value));

/**
 * A part of the panel under its heading.
 * @param {string} key of the heading
 * @param {Node | undefined} content nothing: says so
 */
const block = (key, content) =>
  h('section', {}, h('h3', {}, t(key)), content ?? h('p', { class: 'quiet' }, t('person.none')));

/** @param {Node[]} pairs */
const list = (pairs) => (pairs.length > 0 ? h('dl', {}, ...pairs) : undefined);

/** A value as people read it: a time in the reader's zone, yes or no. @param {unknown} value @param {number} nowMs */
function show(value, nowMs) {
  if (typeof value === 'boolean') return t(value ? 'person.yes' : 'person.no');
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)
    ? formatMoment(value, nowMs, { lang: language() })
    : showValue(value);
}

/** @param {Person} person @param {(key: string) => void} release */
function identifiers(person, release) {
  const groups = Map.groupBy(person.identifiers, ({ type }) => type);
  const line = (/** @type {Identifier} */ { key, scope, value, first_seen }) =>
    h(
      'li',
      {},
      h(
        'div',
        { class: 'value' },
        h('code', {}, value),
        person.isolated && ' ',
        person.isolated && h('span', { class: 'tag quarantined' }, t(`person.mark.${person.isolated}`)),
        h(
          'small',
          { class: 'quiet' },
          scope && `${scope} · `,
          t('person.since', { date: formatDate(first_seen, language()) }),
        ),
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'subtle small',
          'aria-label': t('act.releaseOne', { identifier: identifierName(key, person) }),
          onclick: () => release(key),
        },
        t('act.release'),
      ),
    );
  return h(
    'dl',
    { class: 'identifiers' },
    ...[...groups].map(([type, all]) =>
      pair(
        all.length > 1 ? `${word('type', type)} ×${all.length}` : word('type', type),
        h('ul', { class: 'plain' }, ...all.map(line)),
      ),
    ),
  );
}

/** Where a trait comes from, and over whom it won. @param {Trait} trait @param {number} nowMs */
function origin({ value, at, source_id, won_by, over = [] }, nowMs) {
  const said = (/** @type {{at: string, source_id: string}} */ from) =>
    t('person.said', { source: from.source_id, date: formatDate(from.at, language()) });
  const agree = over.filter((other) => showValue(other.value) === showValue(value));
  const others = over.filter((other) => showValue(other.value) !== showValue(value));
  const sources = agree.map((other) => other.source_id).join(', ');
  return h(
    'small',
    { class: 'quiet origin' },
    said({ at, source_id }),
    agree.length > 0 && ` · ${t('person.agrees', { sources, count: agree.length })}`,
    others.length > 0 &&
      h(
        'span',
        { class: 'over' },
        t(`person.won.${won_by}`),
        ...others.map((other) => h('span', {}, h('s', {}, show(other.value, nowMs)), ` (${said(other)})`)),
      ),
  );
}

/** @param {Person['consents'][string]} consent */
const consentTag = ({ granted }) =>
  h('span', { class: granted ? 'tag accepted' : 'tag quarantined' }, t(granted ? 'person.granted' : 'person.denied'));

/**
 * Everything held on a person that is not history: identifiers, traits, tags, consents.
 * @param {Person} person
 * @param {{nowMs: number, release: (key: string) => void, openPerson: (reference: string) => void}} options
 */
export function factsOf(person, { nowMs, release, openPerson }) {
  const lang = language();
  const seen = {
    first: formatDate(person.first_seen, lang),
    last: formatMoment(person.last_seen, nowMs, { lang }),
    count: person.profile.behaviour.events,
  };
  const traits = Object.entries(person.profile.basic).map(([key, trait]) =>
    pair(word('field', key), show(trait.value, nowMs), origin(trait, nowMs)),
  );
  const tags = Object.entries(person.tags)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => pair(key, h('span', { class: 'number' }, show(value, nowMs))));
  const consents = Object.entries(person.consents).map(([purpose, consent]) =>
    pair(purpose, consentTag(consent), h('small', { class: 'quiet' }, ` ${formatDate(consent.at, lang)}`)),
  );
  const devices = (person.shared_devices ?? []).map((key) =>
    h('li', {}, personLink(key, openPerson, identifierName(key))),
  );
  return [
    ...(person.shared ? [h('p', { class: 'note' }, t(`person.isolated.${person.isolated ?? 'shared'}`))] : []),
    h('p', { class: 'quiet' }, t('person.seen', seen)),
    block('person.identifiers', identifiers(person, release)),
    ...(devices.length > 0 ? [block('person.sharedDevices', h('ul', { class: 'plain' }, ...devices))] : []),
    block('person.traits', list(traits)),
    block('person.consents', list(consents)),
    block('person.tags', list(tags)),
  ];
}

/**
 * What a person did, newest first.
 * @param {readonly TimelineEvent[]} events
 * @param {number} nowMs
 */
export function timelineOf(events, nowMs) {
  const line = (/** @type {TimelineEvent} */ event) => {
    const properties = Object.entries(event.properties ?? {}).slice(0, MAX_PROPERTIES);
    const shown = properties.map(([key, value]) =>
      h('span', {}, `${key} ${showValue(value).slice(0, MAX_VALUE_CHARS)}`),
    );
    return h(
      'li',
      { 'data-channel': event.channel },
      h('div', {}, h('strong', {}, event.name), ' ', channelBadge(event.channel)),
      h(
        'time',
        { class: 'quiet number', datetime: event.occurred_at },
        formatMoment(event.occurred_at, nowMs, { lang: language() }),
      ),
      h('p', { class: 'quiet properties' }, ...shown),
    );
  };
  return events.length > 0
    ? h('ol', { class: 'timeline' }, ...events.map(line))
    : h('div', { class: 'empty' }, h('p', {}, t('person.noEvents')));
}
