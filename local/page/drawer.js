import { get } from './api.js';
import { failedState } from './badges.js';
import { byId, h } from './dom.js';
import { evidenceSection } from './evidence.js';
import { byStrength } from './keys.js';
import { factsOf, timelineOf } from './person-facts.js';
import { language, t } from './text.js';

/** @typedef {import('./api-types.ts').Person} Person */
/** @typedef {import('./api-types.ts').TimelineEvent} TimelineEvent */

/**
 * A person by One ID, or by the key of one of the identifiers.
 * @param {string} reference
 * @returns {Promise<Person>}
 */
const fetchPerson = (reference) =>
  get(
    reference.includes(':')
      ? `/api/persons?identifier=${encodeURIComponent(reference)}`
      : `/api/persons/${encodeURIComponent(reference)}`,
  );

/**
 * The drawer with everything held on one person. A modal dialog, so focus, Escape and screen readers behave.
 * @param {{nowMs: () => number}} options
 */
export function createDrawer({ nowMs }) {
  const dialog = byId('drawer', HTMLDialogElement);
  /** @type {{reference: string, person?: Person, events?: TimelineEvent[], failure?: string} | undefined} */
  let shown;
  let drawnIn = language();

  const head = () => {
    const name = shown?.person?.profile.basic.name?.value;
    return h(
      'header',
      {},
      h(
        'div',
        {},
        h('h2', { id: 'drawer-title' }, name ? String(name) : t('person.title')),
        h('p', { class: 'mono quiet' }, shown?.person?.one_id ?? shown?.reference),
      ),
      h('button', { type: 'button', class: 'subtle', onclick: () => dialog.close() }, t('person.close')),
    );
  };

  const body = () => {
    if (!shown) return [];
    const { reference, person, events, failure } = shown;
    if (failure) {
      return [failedState(t('panel.failed', { message: failure }), t('panel.retry'), () => open(reference))];
    }
    if (!person) return [h('p', { class: 'skeleton' }, t('panel.loading'))];
    return [...factsOf(person, nowMs()), evidenceSection(person), timelineOf(events ?? [], nowMs())];
  };

  const draw = () => dialog.replaceChildren(head(), h('div', { class: 'drawer-body', tabindex: 0 }, ...body()));

  /** @param {string} reference */
  const open = async (reference) => {
    /** @type {typeof shown} */
    const mine = { reference };
    shown = mine;
    draw();
    if (!dialog.open) dialog.showModal();
    try {
      const person = await fetchPerson(reference);
      person.identifiers.sort((a, b) => byStrength(a.type, b.type));
      /** @type {{events: TimelineEvent[]}} */
      const { events } = await get(`/api/persons/${encodeURIComponent(person.one_id)}/events?limit=50`);
      Object.assign(mine, { person, events });
    } catch (error) {
      mine.failure = error instanceof Error ? error.message : String(error);
    }
    // The reader may have opened someone else meanwhile, or closed the drawer.
    if (shown !== mine || !dialog.open) return;
    draw();
    dialog.querySelector('button')?.focus();
  };

  // A click on the backdrop lands on the dialog itself.
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  return {
    open,
    /** Draws again only in another language: a redraw each second would lose the reader's place. */
    draw: () => {
      if (drawnIn === language()) return;
      drawnIn = language();
      if (dialog.open) draw();
    },
  };
}
