import { h } from './dom.js';

/**
 * Tabs as screen readers know them: arrows, Home and End move between them, and only the chosen one is in the tab order.
 * @template {string} Id
 * @param {{label: string, chosen: Id, items: {id: Id, title: string}[], show: (id: Id, panel: HTMLElement) => void}} options
 *   `show` fills the panel
 * @returns {Node[]} the row of tabs, and the panel
 */
export function tabs({ label, chosen, items, show }) {
  const panel = h('div', { role: 'tabpanel', id: 'tab-panel', class: 'tab-panel', tabindex: 0 });
  const buttons = items.map(({ id, title }) =>
    h(
      'button',
      { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': 'tab-panel', onclick: () => choose(id) },
      title,
    ),
  );
  /** @param {Id} id */
  function choose(id) {
    for (const [at, button] of buttons.entries()) {
      const isChosen = items[at]?.id === id;
      button.setAttribute('aria-selected', String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
    }
    panel.setAttribute('aria-labelledby', `tab-${id}`);
    panel.scrollTop = 0;
    show(id, panel);
  }
  /** @param {KeyboardEvent} event */
  const onkeydown = (event) => {
    const at = event.target instanceof HTMLButtonElement ? buttons.indexOf(event.target) : -1;
    const last = buttons.length - 1;
    /** @type {Record<string, number>} */
    const moves = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last };
    const to = moves[event.key];
    const item = to === undefined || at < 0 ? undefined : items[to];
    if (to === undefined || !item) return;
    event.preventDefault();
    choose(item.id);
    buttons[to]?.focus();
  };
  const row = h('div', { role: 'tablist', class: 'tabs', 'aria-label': label, onkeydown }, ...buttons);
  choose(chosen);
  return [row, panel];
}
