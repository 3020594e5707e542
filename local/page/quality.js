import { get } from './api.js';
import { failedState } from './badges.js';
import { byId, emptyState, h, perFrame, setText, svg, throttled } from './dom.js';
import { formatCount, formatMoment, formatShare, formatSpan } from './format.js';
import { barsOf, bySource, daysBetween } from './quality-figures.js';
import { errorText, language, t } from './text.js';

/** @typedef {import('./api-types.ts').QualityReport} QualityReport */
/** @typedef {import('./api-types.ts').QualityAlarm} QualityAlarm */
/** @typedef {import('./quality-figures.js').SourceFigures} SourceFigures */

/** Each answer reads five weeks of the lake. */
const REFRESH_MS = 20_000;
const BAR = { width: 10, gap: 4, height: 34 };

/**
 * The quality of what comes: broken rules on top, then each source with its figures and a picture of its days.
 * @param {{nowMs: () => number}} options
 */
export function createQuality({ nowMs }) {
  const root = byId('quality');
  const button = byId('quality-refresh', HTMLButtonElement);
  const answer = byId('quality-answer');
  /** @type {QualityReport | undefined} */
  let report;
  let failure = '';
  let seen = -1;

  const count = (/** @type {number} */ n) => formatCount(n, language());
  const moment = (/** @type {string} */ at) => formatMoment(at, nowMs(), { lang: language() });
  const sourceName = (/** @type {string} */ source) => (source === 'unknown' ? t('quality.unknown') : source);

  /** @param {QualityAlarm} alarm */
  const measured = ({ measure, value, threshold, events }) => {
    if (measure === 'lateness_p95_seconds')
      return t('quality.alarm.late', { events: count(events), threshold: formatSpan(threshold * 1000, language()) });
    return t(measure === 'volume_ratio' ? 'quality.alarm.volume' : 'quality.alarm.share', {
      value: formatShare(value),
      threshold: formatShare(threshold),
      events: count(events),
    });
  };

  /** @param {QualityAlarm} alarm */
  const alarmLine = (alarm) =>
    h(
      'li',
      { class: `alarm ${alarm.severity}` },
      h('span', { class: 'tag' }, t(`quality.severity.${alarm.severity}`)),
      h('strong', {}, alarm.title[language()]),
      h('span', {}, [sourceName(alarm.source_id), alarm.event, alarm.field].filter(Boolean).join(' · ')),
      h(
        'span',
        { class: 'quiet' },
        measured(alarm),
        alarm.since && ` · ${t('quality.since', { time: moment(alarm.since) })}`,
      ),
    );

  /** @param {string} key @param {string} value @param {number | null} [share] */
  const figure = (key, value, share) =>
    h(
      'div',
      {},
      h('dt', {}, t(key)),
      h('dd', { class: 'number' }, value, share ? h('span', { class: 'quiet' }, ` ${formatShare(share)}`) : null),
    );

  /** @param {SourceFigures} figures */
  const lateText = ({ late }) => {
    if (late === undefined) return '—';
    return late === null ? t('quality.late.beyond') : formatSpan(late * 1000, language());
  };

  /** @param {SourceFigures} figures @param {readonly string[]} days */
  const picture = ({ days: rows }, days) => {
    const bars = barsOf(rows, days);
    const words = bars.map(({ day, count: n, expected }) =>
      t(expected === undefined ? 'quality.day' : 'quality.dayUsual', {
        day,
        count: count(n),
        expected: count(Math.round(expected ?? 0)),
      }),
    );
    const width = bars.length * (BAR.width + BAR.gap);
    return svg(
      'svg',
      { class: 'volume', viewBox: `0 0 ${width} ${BAR.height}`, role: 'img', 'aria-label': words.join('; ') },
      ...bars.flatMap(({ height, mark }, at) => {
        const x = at * (BAR.width + BAR.gap);
        const tall = Math.max(height * BAR.height, height > 0 ? 1.5 : 0);
        const y = mark === undefined ? 0 : BAR.height - Math.max(mark * BAR.height, 1);
        return [
          svg(
            'rect',
            { x, y: BAR.height - tall, width: BAR.width, height: tall, rx: 1.5 },
            svg('title', {}, words[at] ?? ''),
          ),
          mark !== undefined && svg('line', { x1: x - 1.5, x2: x + BAR.width + 1.5, y1: y, y2: y }),
        ];
      }),
    );
  };

  /** @param {SourceFigures} figures @param {readonly string[]} days */
  const sourceLine = (figures, days) => {
    const { source, accepted, quarantined, duplicates, refused } = figures;
    const today = figures.days.find(({ day }) => day === days.at(-1))?.volume;
    const part = (/** @type {number} */ n, /** @type {number} */ whole) => (n > 0 && whole > 0 ? n / whole : null);
    return h(
      'li',
      { class: 'source' },
      h('h3', {}, sourceName(source)),
      h(
        'dl',
        { class: 'figures' },
        figure('quality.accepted', count(accepted)),
        figure('quality.quarantined', count(quarantined), part(quarantined, accepted + quarantined)),
        figure('quality.duplicates', count(duplicates), part(duplicates, accepted + duplicates)),
        figure('quality.refused', count(refused), part(refused, accepted + quarantined + refused)),
        figure('quality.late', lateText(figures)),
      ),
      h(
        'div',
        { class: 'days' },
        picture(figures, days),
        h(
          'p',
          { class: 'quiet small' },
          typeof today?.ratio === 'number'
            ? t('quality.today', { ratio: formatShare(today.ratio) })
            : t('quality.noPast'),
        ),
      ),
    );
  };

  /** @param {QualityReport} shown */
  const body = ({ rows, alarms, from, to, time_zone: zone }) => {
    const sources = bySource(rows);
    if (sources.length === 0) return [emptyState(t('quality.empty'), t('quality.emptyHint'))];
    const days = daysBetween(from, to);
    return [
      alarms.length > 0
        ? h('ul', { class: 'plain alarms', 'aria-label': t('quality.alarms') }, ...alarms.map(alarmLine))
        : h('p', { class: 'fine' }, t('quality.fine')),
      h(
        'ul',
        { class: 'plain sources', 'aria-label': t('quality.sources') },
        ...sources.map((each) => sourceLine(each, days)),
      ),
      h('p', { class: 'quiet small' }, `${t('quality.range', { from, to, zone })}. ${t('quality.picture')}`),
    ];
  };

  function draw() {
    setText(byId('quality-total'), report && report.alarms.length > 0 ? count(report.alarms.length) : '');
    if (failure && !report)
      root.replaceChildren(failedState(t('panel.failed', { message: failure }), t('panel.retry'), load));
    else if (!report) root.replaceChildren(h('p', { class: 'skeleton' }, t('panel.loading')));
    else root.replaceChildren(...body(report));
  }
  const redraw = perFrame(draw);

  const load = async () => {
    button.setAttribute('aria-busy', 'true');
    try {
      report = await get('/api/quality');
      failure = '';
    } catch (error) {
      failure = errorText(error);
    }
    button.removeAttribute('aria-busy');
    redraw();
  };
  const refresh = throttled(load, REFRESH_MS);

  button.addEventListener('click', async () => {
    await load();
    setText(
      answer,
      failure ? t('panel.failed', { message: failure }) : t('quality.refreshed', { time: moment(report?.now ?? '') }),
    );
  });
  return {
    draw,
    /** @param {import('./api-types.ts').Stats} next */
    stats: ({ status, stages }) => {
      const { collect, clean, stitch } = stages;
      const now = collect.requests + clean.quarantined + stitch.events;
      if (status !== 'ready' || now === seen) return;
      seen = now;
      refresh();
    },
  };
}
