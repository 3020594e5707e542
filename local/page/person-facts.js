import { channelBadge } from './badges.js';
import { h } from './dom.js';
import { formatDate, formatMoment, showValue } from './format.js';
import { language, t } from './text.js';

/** @typedef {import('./api-types.ts').Person} Person */
/** @typedef {import('./api-types.ts').TimelineEvent} TimelineEvent */

/** Properties shown of one event in the timeline, and characters of each. */
const MAX_PROPERTIES = 5;
const MAX_VALUE_CHARS = 60;

/**
 * A term and its value in a description list.
 * @param {string} term
 * @param {Node | string} value
 * @param {string} [note]
 */
const pair = (term, value, note) =>
  h('div', {}, h('dt', {}, term), h('dd', {}, value, note && h('small', { class: 'quiet' }, ` ${note}`)));

/**
 * A part of the drawer under its heading.
 * @param {string} key of the heading
 * @param {Node | undefined} content nothing: says so
 */
const block = (key, content) =>
  h('section', {}, h('h3', {}, t(key)), content ?? h('p', { class: 'quiet' }, t('person.none')));

/** @param {Node[]} pairs */
const list = (pairs) => (pairs.length > 0 ? h('dl', {}, ...pairs) : undefined);

/** A date and time in a trait or tag is easier to read in the reader's zone. @param {unknown} value @param {number} nowMs */
const show = (value, nowMs) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)
    ? formatMoment(value, nowMs, { lang: language() })
    : showValue(value);

/** @param {Person} person */
const identifiers = (person) =>
  h(
    'ul',
    { class: 'plain identifiers' },
    ...person.identifiers.map(({ type, scope, value }) =>
      h(
        'li',
        {},
        h('span', { class: 'type' }, type),
        h('div', {}, h('code', {}, value), scope && h('small', { class: 'quiet' }, ` ${scope}`)),
      ),
    ),
  );

/** @param {Person['consents'][string]} consent */
const consentTag = ({ granted }) =>
  h('span', { class: granted ? 'tag accepted' : 'tag quarantined' }, t(granted ? 'person.granted' : 'person.denied'));

/**
 * Everything held on a person that is not history: identifiers, traits, tags, consents.
 * @param {Person} person
 * @param {number} nowMs
 */
export function factsOf(person, nowMs) {
  const lang = language();
  const seen = {
    first: formatDate(person.first_seen, lang),
    last: formatMoment(person.last_seen, nowMs, { lang }),
    count: person.profile.behaviour.events,
  };
  const traits = Object.entries(person.profile.basic).map(([key, { value, at, source_id }]) =>
    pair(key, showValue(value), `${source_id}, ${formatDate(at, lang)}`),
  );
  const tags = Object.entries(person.tags).map(([key, value]) =>
    pair(key, h('span', { class: 'number' }, show(value, nowMs))),
  );
  const consents = Object.entries(person.consents).map(([purpose, consent]) =>
    pair(purpose, consentTag(consent), formatDate(consent.at, lang)),
  );
  return [
    ...(person.shared ? [h('p', { class: 'note' }, t('person.shared'))] : []),
    h('p', { class: 'quiet' }, t('person.seen', seen)),
    block('person.identifiers', identifiers(person)),
    block('person.traits', list(traits)),
    block('person.tags', list(tags)),
    block('person.consents', list(consents)),
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
  return block('person.timeline', events.length > 0 ? h('ol', { class: 'timeline' }, ...events.map(line)) : undefined);
}
