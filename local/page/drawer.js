import { mergeAction, releaseAction, splitAction, takeBackAction } from './actions.js';
import { get } from './api.js';
import { changesList } from './audit-trail.js';
import { failedState, loadInto } from './badges.js';
import { byId, h, setText } from './dom.js';
import { evidenceOf } from './evidence.js';
import { personName } from './naming.js';
import { factsOf, timelineOf } from './person-facts.js';
import { fetchPerson } from './search.js';
import { tabs } from './tabs.js';
import { errorText, language, t } from './text.js';

/** @typedef {import('./api-types.ts').Person} Person */
/** @typedef {import('./api-types.ts').TimelineEvent} TimelineEvent */
/** @typedef {import('./api-types.ts').AuditRow} AuditRow */
/** @typedef {'profile' | 'why' | 'events' | 'changes'} Tab */

/** @type {readonly Tab[]} */
const TABS = ['profile', 'why', 'events', 'changes'];
const MAX_EVENTS = 50;
const MAX_CHANGES = 100;

/**
 * The drawer with everything held on one person, and what support can correct. A modal dialog, so focus, Escape and screen
 * readers behave.
 * @param {{nowMs: () => number}} options
 */
export function createDrawer({ nowMs }) {
  const dialog = byId('drawer', HTMLDialogElement);
  const head = h('header');
  const result = h('output', { class: 'result' });
  const body = h('div', { class: 'drawer-body' });
  dialog.replaceChildren(head, result, body);
  /** @type {{reference: string, person?: Person, failure?: string} | undefined} */
  let shown;
  /** @type {Tab} */
  let tab = 'profile';
  let drawnIn = language();

  /** @param {string} reference @param {string} outcome */
  const reopen = async (reference, outcome) => {
    tab = 'changes';
    await open(reference);
    setText(result, outcome);
  };

  /** @param {Person} person */
  const actions = (person) =>
    h(
      'div',
      { class: 'buttons', role: 'group', 'aria-label': t('act.label') },
      h('button', { type: 'button', onclick: () => mergeAction(person, reopen) }, t('act.merge')),
      person.identifiers.length > 1 &&
        h('button', { type: 'button', onclick: () => splitAction(person, reopen) }, t('act.split')),
      h('button', { type: 'button', onclick: () => releaseAction(person, reopen) }, t('act.release')),
    );

  const drawHead = () => {
    const person = shown?.person;
    head.replaceChildren(
      h(
        'div',
        {},
        h('h2', { id: 'drawer-title', tabindex: -1 }, person ? personName(person) : t('person.title')),
        person && h('p', { class: 'mono quiet' }, person.one_id),
      ),
      h('button', { type: 'button', class: 'subtle', onclick: () => dialog.close() }, t('person.close')),
    );
    if (person) head.append(actions(person));
  };

  /** @param {Person} person @param {Tab} id @param {HTMLElement} panel */
  const show = (person, id, panel) => {
    tab = id;
    // A box of its own: what is loaded for one tab must not appear in the next.
    const box = h('div');
    panel.replaceChildren(box);
    const one = encodeURIComponent(person.one_id);
    if (id === 'profile') {
      const release = (/** @type {string} */ key) => releaseAction(person, reopen, key);
      box.replaceChildren(...factsOf(person, { nowMs: nowMs(), release, openPerson: open }));
    } else if (id === 'why') {
      box.replaceChildren(...evidenceOf(person));
    } else if (id === 'events') {
      loadInto(
        box,
        () => get(`/api/persons/${one}/events?limit=${MAX_EVENTS}`),
        (/** @type {{events: TimelineEvent[]}} */ { events }) => [timelineOf(events, nowMs())],
      );
    } else {
      loadInto(
        box,
        () => get(`/api/audit?person=${one}&limit=${MAX_CHANGES}`),
        (/** @type {{audit: AuditRow[]}} */ { audit }) =>
          changesList(audit, {
            person,
            nowMs: nowMs(),
            takeBack: (change) => takeBackAction(person, reopen, change),
          }),
      );
    }
  };

  const draw = () => {
    if (!shown) return;
    drawHead();
    const { reference, person, failure } = shown;
    if (failure) {
      body.replaceChildren(
        failedState(t('panel.failed', { message: failure }), t('panel.retry'), () => open(reference)),
      );
    } else if (person) {
      const items = TABS.map((id) => ({ id, title: t(`person.tab.${id}`) }));
      const label = t('person.views');
      body.replaceChildren(...tabs({ label, chosen: tab, items, show: (id, panel) => show(person, id, panel) }));
    } else {
      body.replaceChildren(h('p', { class: 'skeleton' }, t('panel.loading')));
    }
  };

  /** @param {string} reference a One ID, or the key of an identifier */
  const open = async (reference) => {
    /** @type {typeof shown} */
    const mine = { reference };
    shown = mine;
    setText(result, '');
    draw();
    if (!dialog.open) {
      tab = 'profile';
      dialog.showModal();
    }
    try {
      mine.person = await fetchPerson(reference);
    } catch (error) {
      mine.failure = errorText(error);
    }
    // The reader may have opened someone else meanwhile, or closed the drawer.
    if (shown !== mine || !dialog.open) return;
    draw();
    byId('drawer-title').focus();
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
