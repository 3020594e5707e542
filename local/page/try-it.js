import { post } from './api.js';
import { byId, h, setText } from './dom.js';
import { t } from './text.js';

/** @typedef {'curl' | 'browser' | 'node'} Tool */

const EVENT = { event: 'Product Viewed', properties: { product_id: 'sku-1001', price: 19900, currency: 'CNY' } };

/**
 * Ready-to-paste code that sends one event.
 * @param {Tool} tool
 * @param {{url: string, key: string}} target
 */
export function snippet(tool, { url, key }) {
  const properties = `{ product_id: 'sku-1001', price: 19900, currency: 'CNY' }`;
  if (tool === 'curl') {
    const body = JSON.stringify({ anonymousId: 'my-laptop', ...EVENT });
    return `curl -u '${key}:' '${url}/v1/track' \\\n  -H 'content-type: application/json' \\\n  -d '${body}'`;
  }
  if (tool === 'browser') {
    const { host, protocol } = new URL(url);
    return `import { AnalyticsBrowser } from '@segment/analytics-next'

const analytics = AnalyticsBrowser.load(
  {
    writeKey: '${key}',
    cdnSettings: { integrations: { 'Segment.io': { apiKey: '${key}' } } },
  },
  {
    integrations: {
      'Segment.io': { apiHost: '${host}/v1', protocol: '${protocol.slice(0, -1)}' },
    },
  },
)
analytics.track('Product Viewed', ${properties})`;
  }
  return `import { Analytics } from '@segment/analytics-node'\n\nconst analytics = new Analytics({\n  writeKey: '${key}',\n  host: '${url}',\n})\nanalytics.track({\n  anonymousId: 'my-laptop',\n  event: 'Product Viewed',\n  properties: ${properties},\n})\nawait analytics.closeAndFlush()`;
}

/**
 * Address, key and snippets, and a button that sends one event from here, dated by the server's clock.
 * @param {{nowMs: () => number}} options
 */
export function createTryIt({ nowMs }) {
  const root = byId('try');
  /** @type {{url: string, key: string} | undefined} */
  let target;
  /** @type {Tool} */
  let tool = 'curl';
  const answer = h('p', { class: 'answer', role: 'status' });

  /** @param {string} text */
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      setText(answer, t('try.copied'));
    } catch {
      setText(answer, t('try.copyFailed'));
    }
  };

  const send = async () => {
    if (!target) return;
    const body = {
      ...EVENT,
      type: 'track',
      anonymousId: 'this-page',
      messageId: crypto.randomUUID(),
      timestamp: new Date(nowMs()).toISOString(),
    };
    try {
      await post('/v1/track', body, { authorization: `Basic ${btoa(`${target.key}:`)}` });
      setText(answer, t('try.sent'));
    } catch (error) {
      setText(answer, t('try.failed', { message: error instanceof Error ? error.message : String(error) }));
    }
  };

  /** @param {string} label @param {string} value */
  const fact = (label, value) => h('div', {}, h('dt', {}, t(label)), h('dd', {}, h('code', {}, value)));

  const draw = () => {
    if (!target) {
      root.replaceChildren(h('p', { class: 'skeleton' }, t('panel.loading')));
      return;
    }
    const code = snippet(tool, target);
    const choice = (/** @type {Tool} */ name, /** @type {string} */ label) =>
      h('button', { type: 'button', 'aria-pressed': String(tool === name), onclick: () => choose(name) }, label);
    root.replaceChildren(
      h('dl', { class: 'facts' }, fact('try.address', target.url), fact('try.key', target.key)),
      h(
        'div',
        { class: 'segmented', role: 'group', 'aria-label': t('try.snippets') },
        choice('curl', 'curl'),
        choice('browser', 'Browser'),
        choice('node', 'Node.js'),
      ),
      h('pre', { class: 'code', tabindex: 0 }, h('code', {}, code)),
      h(
        'div',
        { class: 'buttons' },
        h('button', { type: 'button', class: 'primary', onclick: send }, t('try.send')),
        h('button', { type: 'button', onclick: () => copy(code) }, t('try.copy')),
      ),
      answer,
    );
  };

  /** @param {Tool} next */
  const choose = (next) => {
    tool = next;
    draw();
    const pressed = root.querySelector('[aria-pressed="true"]');
    if (pressed instanceof HTMLElement) pressed.focus();
  };

  return {
    draw,
    /** @param {import('./api-types.ts').Stats} stats */
    stats: (stats) => {
      if (target?.url === stats.url && target.key === stats.public_key) return;
      target = { url: stats.url, key: stats.public_key };
      draw();
    },
  };
}
