import { get } from './api.js';
import { byId, h } from './dom.js';
import { channelBadge } from './events.js';
import { createEvidence } from './evidence.js';
import { formatDate, formatMoment, showValue } from './format.js';
import { language, t } from './text.js';

/** @typedef {import('./api-types.ts').Person} Person */
/** @typedef {import('./api-types.ts').TimelineEvent} TimelineEvent */

/**
 * A term and its value in a description list.
 * @param {string} term
 * @param {Node | string} value
 * @param {string} [note]
 */
const pair = (term, value, note) =>
  h('div', {}, h('dt', {}, term), h('dd', {}, value, note && h('small', { class: 'quiet' }, ` ${note}`)));

/**
 * @param {string} key of the heading
 * @param {Node[]} content nothing: says so
 */
const block = (key, content) =>
  h(
    'section',
    {},
    h('h3', {}, t(key)),
    ...(content.length > 0 ? content : [h('p', { class: 'quiet' }, t('person.none'))]),
  );

/** @param {Node[]} pairs */
const list = (pairs) => (pairs.length > 0 ? [h('dl', {}, ...pairs)] : []);

/**
 * The drawer with everything held on one person. A modal dialog, so focus, Escape and screen readers behave.
 * @param {{nowMs: () => number}} options
 */
export function createDrawer({ nowMs }) {
  const dialog = byId('drawer', HTMLDialogElement);
  const evidence = createEvidence();
  /** @type {{oneId: string, person?: Person, events?: TimelineEvent[], failure?: string} | undefined} */
  let shown;

  /** @param {string} iso */
  const moment = (iso) => formatMoment(iso, nowMs(), { lang: language() });

  const head = () => {
    const name = shown?.person?.profile.basic.name?.value;
    return h(
      'header',
      {},
      h(
        'div',
        {},
        h('h2', { id: 'drawer-title' }, name ? String(name) : t('person.title')),
        h('p', { class: 'mono quiet' }, shown?.oneId),
      ),
      h('button', { type: 'button', class: 'subtle close', onclick: () => dialog.close() }, t('person.close')),
    );
  };

  /** @param {Person} person */
  const facts = (person) => [
    person.shared && h('p', { class: 'note' }, t('person.shared')),
    h(
      'p',
      { class: 'quiet' },
      t('person.seen', { first: formatDate(person.first_seen, language()), last: moment(person.last_seen) }),
    ),
    block('person.identifiers', [
      h(
        'ul',
        { class: 'plain identifiers' },
        ...person.identifiers.map((id) =>
          h(
            'li',
            {},
            h('span', { class: 'type' }, id.scope ? `${id.type} · ${id.scope}` : id.type),
            h('code', {}, id.value),
          ),
        ),
      ),
    ]),
    block(
      'person.traits',
      list(
        Object.entries(person.profile.basic).map(([key, trait]) =>
          pair(key, showValue(trait.value), `${trait.source_id}, ${formatDate(trait.at, language())}`),
        ),
      ),
    ),
    block(
      'person.tags',
      list(
        Object.entries(person.tags).map(([key, value]) => pair(key, h('span', { class: 'number' }, showValue(value)))),
      ),
    ),
    block(
      'person.consents',
      list(
        Object.entries(person.consents).map(([purpose, { granted, at }]) =>
          pair(
            purpose,
            h(
              'span',
              { class: granted ? 'tag accepted' : 'tag quarantined' },
              t(granted ? 'person.granted' : 'person.denied'),
            ),
            formatDate(at, language()),
          ),
        ),
      ),
    ),
  ];

  /** @param {TimelineEvent[]} events */
  const timeline = (events) =>
    block(
      'person.timeline',
      events.length > 0
        ? [
            h(
              'ol',
              { class: 'timeline' },
              ...events.map((event) =>
                h(
                  'li',
                  { 'data-channel': event.channel },
                  h('div', {}, h('strong', {}, event.name), ' ', channelBadge(event.channel)),
                  h('time', { class: 'quiet number', datetime: event.occurred_at }, moment(event.occurred_at)),
                  h('p', { class: 'quiet properties' }, ...properties(event)),
                ),
              ),
            ),
          ]
        : [],
    );

  /** @param {TimelineEvent} event */
  const properties = (event) =>
    Object.entries(event.properties ?? {})
      .slice(0, 6)
      .map(([key, value]) => h('span', {}, `${key} ${showValue(value).slice(0, 80)}`));

  const draw = () => {
    if (!shown || !dialog.open) return;
    const { person, events, failure } = shown;
    const body = failure
      ? [
          h(
            'div',
            { class: 'empty' },
            h('p', {}, t('panel.failed', { message: failure })),
            h('button', { type: 'button', onclick: () => shown && open(shown.oneId) }, t('panel.retry')),
          ),
        ]
      : person
        ? [...facts(person), evidence.section(person), timeline(events ?? [])]
        : [h('p', { class: 'skeleton' }, t('panel.loading'))];
    dialog.replaceChildren(
      head(),
      h('div', { class: 'drawer-body', tabindex: 0 }, ...body.filter((node) => node !== false)),
    );
  };

  /** @param {string} oneId */
  const open = async (oneId) => {
    const mine = { oneId };
    shown = mine;
    if (!dialog.open) dialog.showModal();
    draw();
    const path = `/api/persons/${encodeURIComponent(oneId)}`;
    try {
      /** @type {[Person, {events: TimelineEvent[]}]} */
      const [person, timeline] = await Promise.all([get(path), get(`${path}/events?limit=50`)]);
      // The reader may have opened someone else meanwhile.
      if (shown === mine) shown = { oneId: person.one_id, person, events: timeline.events };
    } catch (error) {
      if (shown === mine) shown = { oneId, failure: error instanceof Error ? error.message : String(error) };
    }
    draw();
    dialog.querySelector('button')?.focus();
  };

  // A click on the backdrop lands on the dialog itself.
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  let drawnIn = language();
  return {
    open,
    /** Draws again only in another language: a redraw each second would lose the reader's place. */
    draw: () => {
      if (drawnIn === language()) return;
      drawnIn = language();
      draw();
    },
  };
}
