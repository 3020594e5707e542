import { byId, setText } from './dom.js';
import { t } from './text.js';

/** Connection and seeding: the pill, the progress bar, the banner, and the one polite voice for screen readers. */
export function createStatus() {
  const bar = byId('seeding-bar', HTMLProgressElement);
  /** @type {boolean | undefined} undefined until the first answer or failure */
  let connected;
  /** @type {import('./api-types.ts').Stats | undefined} */
  let stats;
  let said = '';

  const state = () => {
    if (connected === false) return 'disconnected';
    if (!stats) return 'loading';
    return stats.status;
  };

  /** @param {string} sentence */
  const announce = (sentence) => setText(byId('announce'), sentence);

  const draw = () => {
    const now = state();
    document.body.dataset.status = now;
    setText(byId('status-text'), t(now === 'seeding' ? 'status.seedingShort' : `status.${now}`));
    byId('lost').hidden = now !== 'disconnected';
    byId('seeding').hidden = now !== 'seeding';
    if (stats) {
      bar.value = stats.progress;
      setText(byId('seeding-percent'), `${Math.floor(stats.progress * 100)} %`);
    }
    if (said && said !== now) announce(t(`status.${now}`));
    said = now;
  };

  return {
    announce,
    draw,
    /** @param {import('./api-types.ts').Stats} next */
    stats: (next) => {
      stats = next;
      draw();
    },
    /** @param {boolean} next */
    connected: (next) => {
      connected = next;
      draw();
    },
  };
}
