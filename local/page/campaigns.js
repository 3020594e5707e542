import { get } from './api.js';
import { personLink } from './badges.js';
import { byId, emptyState, h, perFrame, throttled } from './dom.js';
import { formatCount, formatMoment, showValue } from './format.js';
import { language, reasonText, t } from './text.js';

/** @typedef {import('./api-types.ts').Decision} Decision */
/** @typedef {import('./api-types.ts').DecisionCount} DecisionCount */
/** @typedef {import('./api-types.ts').Message} Message */

const MAX_ROWS = 6;
const REFRESH_MS = 2_000;

/**
 * Decisions counted per campaign: sent first, then the reasons for not sending, largest first.
 * @param {readonly DecisionCount[]} counts
 * @returns {{campaign: string, sent: number, notSent: number, reasons: DecisionCount[]}[]} busiest campaign first
 */
export function byCampaign(counts) {
  /** @type {Map<string, DecisionCount[]>} */
  const groups = new Map();
  for (const count of counts) groups.set(count.campaign, [...(groups.get(count.campaign) ?? []), count]);
  const sum = (/** @type {DecisionCount[]} */ rows) => rows.reduce((total, row) => total + row.count, 0);
  return [...groups]
    .map(([campaign, rows]) => ({
      campaign,
      sent: sum(rows.filter((row) => row.outcome === 'sent')),
      notSent: sum(rows.filter((row) => row.outcome !== 'sent')),
      reasons: rows.sort((x, y) => Number(y.outcome === 'sent') - Number(x.outcome === 'sent') || y.count - x.count),
    }))
    .sort((x, y) => y.sent + y.notSent - x.sent - x.notSent);
}

/**
 * Sends and non-sends with their reasons, the latest decisions, and what lies in the outbox.
 * @param {{nowMs: () => number, openPerson: (oneId: string) => void}} options
 */
export function createCampaigns({ nowMs, openPerson }) {
  const root = byId('campaigns');
  /** @type {import('./api-types.ts').Stats | undefined} */
  let stats;
  /** @type {Decision[]} */
  let decisions = [];
  /** @type {Message[]} */
  let messages = [];
  let failure = '';
  let shown = '';

  /** @param {string} iso @param {string} text */
  const subject = (iso, text) => {
    const at = h('span', { class: 'number' }, formatMoment(iso, nowMs(), { lang: language() }));
    return h('span', { class: 'subject quiet' }, at, `  ${text}`);
  };

  /** @param {ReturnType<typeof byCampaign>[number]} group */
  const card = ({ campaign, sent, notSent, reasons }) => {
    const bar = h('div', { class: 'bar', 'aria-hidden': 'true' });
    const legend = h('ul', { class: 'plain legend' });
    for (const { outcome, reason, count } of reasons) {
      const part = h('span', { 'data-reason': outcome === 'sent' ? 'sent' : reason });
      part.style.flexGrow = String(count);
      bar.append(part);
      legend.append(
        h(
          'li',
          { 'data-reason': outcome === 'sent' ? 'sent' : reason },
          shortReason(reason),
          h('span', { class: 'number' }, formatCount(count, language())),
        ),
      );
    }
    return h(
      'article',
      { class: 'campaign' },
      h('h3', {}, campaign),
      h(
        'p',
        { class: 'quiet' },
        h('strong', {}, t('campaigns.sent', { count: formatCount(sent, language()) })),
        ` · ${t('campaigns.notSent', { count: formatCount(notSent, language()) })}`,
      ),
      bar,
      legend,
    );
  };

  /** @param {Decision} decision */
  const decisionLine = (decision) =>
    h(
      'li',
      { title: showValue(decision.facts) },
      h(
        'span',
        { class: decision.outcome === 'sent' ? 'tag accepted' : 'tag duplicate' },
        shortReason(decision.reason),
      ),
      personLink(decision.one_id, openPerson),
      subject(decision.decided_at, [decision.campaign, decision.subject].filter(Boolean).join(' · ')),
    );

  /** @param {Message} message */
  const messageLine = (message) =>
    h(
      'li',
      { title: showValue(message.params) },
      h('span', { class: 'tag' }, message.template),
      personLink(message.one_id, openPerson),
      subject(message.created_at, contentOf(message)),
    );

  /** @param {string} title @param {Node[]} lines @param {string} none */
  const column = (title, lines, none) =>
    h(
      'div',
      {},
      h('h3', {}, title),
      lines.length > 0 ? h('ul', { class: 'plain lines' }, ...lines) : h('p', { class: 'quiet' }, none),
    );

  /** @param {boolean} [always] */
  function draw(always = true) {
    if (!stats) {
      root.replaceChildren(h('p', { class: 'skeleton' }, t('panel.loading')));
      return;
    }
    const now = JSON.stringify([stats.decisions, decisions, messages, failure]);
    if (!always && (now === shown || root.contains(document.activeElement))) return;
    shown = now;
    const groups = byCampaign(stats.decisions);
    if (groups.length === 0) {
      root.replaceChildren(emptyState(t('campaigns.empty'), t('campaigns.emptyHint')));
      return;
    }
    root.replaceChildren(
      h('div', { class: 'campaign-grid' }, ...groups.map(card)),
      h(
        'div',
        { class: 'columns' },
        column(
          t('campaigns.decisions'),
          decisions.slice(0, MAX_ROWS).map(decisionLine),
          failure ? t('panel.failed', { message: failure }) : t('campaigns.empty'),
        ),
        column(
          t('campaigns.outbox'),
          messages.slice(0, MAX_ROWS).map(messageLine),
          failure ? t('panel.failed', { message: failure }) : t('campaigns.noOutbox'),
        ),
      ),
    );
  }
  const redraw = perFrame(() => draw(false));

  const load = throttled(async () => {
    try {
      /** @type {[{decisions: Decision[]}, {messages: Message[]}]} */
      const [decided, sent] = await Promise.all([get('/api/decisions?limit=20'), get('/api/outbox?limit=20')]);
      decisions = decided.decisions;
      messages = sent.messages;
      failure = '';
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    redraw();
  }, REFRESH_MS);

  return {
    draw: () => draw(true),
    /** @param {import('./api-types.ts').Stats} next */
    stats: (next) => {
      const before = stats && JSON.stringify(stats.decisions);
      stats = next;
      if (before !== JSON.stringify(next.decisions)) load();
      draw(false);
    },
  };
}

/**
 * “Not sent: no consent” without its head, which the colour and the place already say.
 * @param {string} code
 */
function shortReason(code) {
  const { title } = reasonText(code);
  const rest = title.replace(/^(Not sent: |未发送：)/, '');
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

/**
 * What a message says besides its template: the subject and the parameters.
 * @param {Message} message
 */
const contentOf = ({ subject, params, campaign }) =>
  [subject, ...Object.entries(params).map(([name, value]) => `${name} ${value}`)].filter(Boolean).join(' · ') ||
  campaign;
