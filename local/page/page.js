import { followLive, get } from './api.js';
import { createCampaigns } from './campaigns.js';
import { createClock } from './clock.js';
import { byId, perFrame } from './dom.js';
import { createEvents } from './events.js';
import { createPersons } from './persons.js';
import { createQuality } from './quality.js';
import { createQuarantine } from './quarantine.js';
import { createReviews } from './reviews.js';
import { createRiver } from './river.js';
import { createSources } from './sources.js';
import { createSql } from './sql.js';
import { createStatus } from './status.js';
import { language, setLanguage, translateDocument } from './text.js';
import { createTryIt } from './try-it.js';

/**
 * @typedef {object} View one part of the page
 * @property {() => void} draw shows what it knows, in the language in use
 * @property {(stats: import('./api-types.ts').Stats) => void} [stats]
 * @property {(message: import('./api-types.ts').LiveMessage) => void} [message]
 */

const status = createStatus();
const clock = createClock({ announce: status.announce });
const persons = createPersons({ nowMs: clock.nowMs });
const { openPerson } = persons;
const events = createEvents({ nowMs: clock.nowMs, openPerson });
const river = createRiver();

/** @type {View[]} */
const views = [
  status,
  clock,
  river,
  events,
  persons,
  createReviews({ nowMs: clock.nowMs, openPerson }),
  createSources({ nowMs: clock.nowMs }),
  createQuality({ nowMs: clock.nowMs }),
  createQuarantine({ nowMs: clock.nowMs }),
  createCampaigns({ nowMs: clock.nowMs, openPerson }),
  createSql({ openPerson }),
  createTryIt({ nowMs: clock.nowMs }),
];

/** @type {import('./api-types.ts').Stats | undefined} */
let newest;
const showStats = perFrame(() => {
  for (const view of views) if (newest) view.stats?.(newest);
});

const live = followLive({
  onState: (connected) => {
    status.connected(connected);
    river.connected(connected);
  },
  onMessage: (message) => {
    if (message.kind === 'stats') {
      newest = message.stats;
      showStats();
    }
    for (const view of views) view.message?.(message);
  },
});
byId('retry').addEventListener('click', live.retry);

const pause = byId('pause');
let paused = false;
pause.addEventListener('click', () => {
  paused = !paused;
  pause.dataset.t = paused ? 'river.resume' : 'river.pause';
  river.pause(paused);
  events.pause(paused);
  drawAll();
});

function drawAll() {
  translateDocument(document);
  for (const button of document.querySelectorAll('[data-lang]')) {
    button.setAttribute('aria-pressed', String(button.getAttribute('data-lang') === language()));
  }
  for (const view of views) view.draw();
}
for (const button of document.querySelectorAll('[data-lang]')) {
  button.addEventListener('click', () => {
    setLanguage(button.getAttribute('data-lang') === 'zh' ? 'zh' : 'en');
    drawAll();
  });
}
drawAll();

// The live stream brings stats within a second; asking once as well fills the page when streams are blocked by a proxy.
get('/api/stats').then(
  (/** @type {import('./api-types.ts').Stats} */ stats) => {
    newest ??= stats;
    showStats();
  },
  () => {},
);
