import { post } from './api.js';
import { byId, h, setText } from './dom.js';
import { formatCount, formatRate, nextRate } from './format.js';
import { drawRiver, SPRINGS } from './river-picture.js';
import { channelName, language, t } from './text.js';

/** @typedef {import('./api-types.ts').Stats} Stats */

/** Drops that wait for their turn; more are left out, for drops are a sample and the figures are exact. */
const MAX_WAITING = 4;
/** Least time between two drops, and the time one takes, ms. Sends have the shorter way, and leave the river to the events. */
const PACE = { event: { gap: 230, duration: 3_600 }, decision: { gap: 700, duration: 1_800 } };
const CHANNELS_SQL = 'SELECT channel, count(*) AS events FROM events GROUP BY channel ORDER BY events DESC LIMIT 8';

/** @type {{stage: string, value: (s: Stats['stages']) => number, detail?: (s: Stats['stages']) => Record<string, number>}[]} */
const STAGES = [
  { stage: 'collect', value: (s) => s.collect.accepted, detail: (s) => s.collect },
  { stage: 'clean', value: (s) => s.clean.events, detail: (s) => s.clean },
  { stage: 'quarantine', value: (s) => s.clean.quarantined },
  { stage: 'stitch', value: (s) => s.stitch.persons, detail: (s) => s.stitch },
  { stage: 'lake', value: (s) => s.lake.rows, detail: (s) => s.lake },
  { stage: 'fire', value: (s) => s.fire.sent, detail: (s) => s.fire },
];

/** The picture of the flow with exact counts; drops stand for a sample of what passes. */
export function createRiver() {
  const rivers = [drawRiver('wide'), drawRiver('tall')];
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const channelList = byId('channels');
  /** @type {string[]} channels in the order of their springs */
  const channels = [];
  /** @type {Stats | undefined} */
  let stats;
  /** @type {ReturnType<typeof nextRate> | undefined} */
  let rate;
  let paused = false;
  let asked = false;
  /** @type {Record<keyof typeof PACE, {way: (river: typeof rivers[number]) => string, look: Record<string, string>}[]>} */
  const waiting = { event: [], decision: [] };
  const flowing = { event: false, decision: false };
  let connected = true;

  byId('river').prepend(...rivers.flatMap(({ picture, drops }) => [picture, drops]));
  const cards = STAGES.map(({ stage }) => {
    const parts = {
      title: h('h3'),
      value: h('p', { class: 'value number' }),
      unit: h('p', { class: 'unit' }),
      detail: h('p', { class: 'detail' }),
    };
    byId('stages').append(h('li', { 'data-stage': stage }, parts.title, parts.value, parts.unit, parts.detail));
    return parts;
  });

  const draw = () => {
    STAGES.forEach(({ stage, value, detail }, i) => {
      const card = cards[i];
      if (!card) return;
      setText(card.title, t(`stage.${stage}`));
      setText(card.unit, t(`stage.${stage}.unit`));
      setText(card.value, stats ? formatCount(value(stats.stages), language()) : '—');
      if (!detail) return;
      const counts = Object.entries(stats ? detail(stats.stages) : {}).map(([k, n]) => [k, formatCount(n, language())]);
      setText(card.detail, stats ? t(`stage.${stage}.detail`, Object.fromEntries(counts)) : '');
    });
    setText(
      byId('rate'),
      rate ? (rate.rate > 0 ? t('river.rate', { rate: formatRate(rate.rate, language()) }) : t('river.idle')) : '',
    );
    channelList.replaceChildren(
      ...channels.map((channel) => h('li', { 'data-channel': channel }, channelName(channel))),
    );
    hurry();
  };

  /** Ripples run faster when more events pass, and rest when paused; CSS stops them for readers who want no motion. */
  const hurry = () => {
    const speed = rate && rate.rate > 0 ? Math.min(1.7, 1 + Math.log10(1 + rate.rate) / 4) : 0.5;
    for (const { picture } of rivers) {
      for (const animation of picture.getAnimations({ subtree: true })) {
        if (animation instanceof CSSAnimation) animation.updatePlaybackRate(paused || !connected ? 0 : speed);
      }
    }
  };

  /**
   * The spring of a channel, given out in the order of arrival.
   * @param {string} channel
   */
  const springOf = (channel) => {
    const known = channels.indexOf(channel);
    if (known >= 0) return known;
    if (channels.length < SPRINGS) channels.push(channel);
    else channels[SPRINGS - 1] = 'other';
    draw();
    return channels.length - 1;
  };

  /**
   * Lets the next waiting drop go. Messages come in bursts; the river does not.
   * @param {keyof typeof PACE} kind
   */
  const release = (kind) => {
    const next = waiting[kind].shift();
    const river = rivers.find(({ picture }) => picture.checkVisibility());
    if (next && river) river.launch(next.way(river), next.look, PACE[kind].duration);
    setTimeout(() => {
      flowing[kind] = waiting[kind].length > 0;
      if (flowing[kind]) release(kind);
    }, PACE[kind].gap);
  };

  /**
   * @param {keyof typeof PACE} kind
   * @param {(river: typeof rivers[number]) => string} way
   * @param {Record<string, string>} look
   */
  const drop = (kind, way, look) => {
    if (paused || still.matches || waiting[kind].length >= MAX_WAITING) return;
    waiting[kind].push({ way, look });
    if (flowing[kind]) return;
    flowing[kind] = true;
    release(kind);
  };

  /** Springs in the order of size, once there is something to ask about. Without the answer they fill as events arrive. */
  const askChannels = async () => {
    if (asked || !stats || stats.status === 'seeding' || stats.stages.lake.rows === 0) return;
    asked = true;
    try {
      /** @type {import('./api-types.ts').SqlAnswer} */
      const { rows } = await post('/api/sql', { sql: CHANNELS_SQL });
      for (const [channel] of rows) springOf(String(channel));
    } catch {
      // The picture does not depend on it.
    }
  };

  return {
    draw,
    /** Without a connection nothing is known to flow. @param {boolean} next */
    connected: (next) => {
      connected = next;
      if (!next) rate = undefined;
      draw();
    },
    /** @param {boolean} next */
    pause: (next) => {
      paused = next;
      hurry();
    },
    /** @param {Stats} next */
    stats: (next) => {
      stats = next;
      rate = nextRate(rate, next.stages.collect.accepted, performance.now());
      draw();
      askChannels();
    },
    /** @param {import('./api-types.ts').LiveMessage} message */
    message: (message) => {
      if (message.kind === 'event') {
        const end =
          message.outcome === 'quarantined' ? 'quarantine' : message.outcome === 'duplicate' ? 'duplicate' : 'lake';
        // Before it is clean, an event's channel is not known: only its source is.
        const spring =
          message.outcome === 'quarantined'
            ? Math.max(0, channels.indexOf(message.channel))
            : springOf(message.channel);
        drop('event', (river) => river.way(spring, end), { 'data-channel': message.channel, 'data-end': end });
      } else if (message.kind === 'decision' && message.outcome === 'sent') {
        drop('decision', (river) => river.send, { 'data-end': 'fire' });
      }
    },
  };
}
