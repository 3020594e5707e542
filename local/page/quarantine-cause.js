import { h } from './dom.js';
import { formatCount, formatMoment } from './format.js';
import { language, reasonText, t } from './text.js';

/** @typedef {import('./api-types.ts').QuarantineGroup} QuarantineGroup */
/** @typedef {import('./api-types.ts').ReplayReport} ReplayReport */
/** @typedef {{report?: ReplayReport, message?: string, busy?: 'trying' | 'replaying'}} Outcome */

/**
 * Draws one cause of the quarantine.
 * @param {{nowMs: () => number, run: (group: QuarantineGroup, dry: boolean) => void}} options `run` tries or replays it
 */
export function createCause({ nowMs, run }) {
  const count = (/** @type {number} */ n) => formatCount(n, language());
  const moment = (/** @type {string} */ at) => formatMoment(at, nowMs(), { lang: language() });

  /** @param {ReplayReport} report */
  const tried = ({ matched, fed, tried: report }) => {
    const { passes = 0, fails = [], untried = 0 } = report ?? {};
    if (matched > 0 && fed === 0) return [h('p', {}, t('quarantine.cannot'))];
    const all = passes === fed - untried && fails.length === 0;
    return [
      h('p', {}, t(all ? 'quarantine.allPass' : 'quarantine.somePass', { count: count(fed), passes: count(passes) })),
      fails.length > 0 &&
        h(
          'ul',
          { class: 'plain' },
          ...fails.map((fail) =>
            h(
              'li',
              {},
              `${count(fail.entries)} × ${reasonText(fail.reason, fail).title} `,
              h('code', {}, fail.field || '/'),
              h('p', { class: 'quiet' }, fail.shape),
            ),
          ),
        ),
      untried > 0 && h('p', { class: 'quiet' }, t('quarantine.untried', { count: count(untried) })),
    ];
  };

  /** @param {Outcome | undefined} outcome */
  const result = (outcome) => {
    if (outcome?.busy) return [t(`quarantine.${outcome.busy}`)];
    if (outcome?.message) return [h('p', { class: 'bad' }, t('quarantine.failed', { message: outcome.message }))];
    if (!outcome?.report) return [];
    return tried(outcome.report);
  };

  /** @param {QuarantineGroup['examples'][number]} example */
  const exampleLine = ({ first_seen, detail }) =>
    h('li', {}, h('span', { class: 'quiet number' }, moment(first_seen)), h('p', {}, detail ?? ''));

  /** @param {QuarantineGroup} group @param {Outcome | undefined} outcome */
  const buttons = (group, outcome) => {
    const values = { title: reasonText(group.reason, group).title, source: group.source_id };
    const button = (/** @type {'try' | 'replay'} */ what) =>
      h(
        'button',
        {
          type: 'button',
          'data-focus': `${what}:${group.group_id}`,
          'aria-label': t(what === 'try' ? 'quarantine.tryOne' : 'quarantine.replayOne', values),
          'aria-disabled': outcome?.busy ? 'true' : null,
          onclick: () => !outcome?.busy && run(group, what === 'try'),
        },
        t(what === 'try' ? 'quarantine.try' : 'quarantine.replay'),
      );
    return h('div', { class: 'buttons' }, button('try'), button('replay'));
  };

  /**
   * @param {QuarantineGroup} group
   * @param {{most: number, open: Set<string>, outcome: Outcome | undefined}} shown `open`: causes that the reader has opened
   */
  return (group, { most, open, outcome }) => {
    const text = reasonText(group.reason, group);
    return h(
      'details',
      { open: open.has(group.group_id), 'data-cause': group.group_id },
      h(
        'summary',
        { 'data-focus': `open:${group.group_id}` },
        h('span', { class: 'reason-title' }, text.title),
        h('span', { class: 'number' }, count(group.open)),
        h(
          'span',
          { class: 'quiet small cause' },
          [group.source_id, group.event_name].filter(Boolean).join(' · '),
          group.field ? ' ' : '',
          group.field && h('code', {}, group.field),
        ),
        h('span', { class: 'quiet small shape' }, group.shape),
        h('meter', { min: 0, max: most, value: group.open, 'aria-hidden': 'true' }),
      ),
      h('p', { class: 'fix' }, text.fix),
      h(
        'p',
        { class: 'quiet small' },
        t('quarantine.seen', { first: moment(group.first_seen), last: moment(group.last_seen) }),
      ),
      buttons(group, outcome),
      h('output', { class: 'outcome' }, ...result(outcome)),
      h('h4', {}, t('quarantine.examples')),
      h('ul', { class: 'plain' }, ...group.examples.map(exampleLine)),
    );
  };
}
