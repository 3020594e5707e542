import { post } from './api.js';
import { byId, setText } from './dom.js';
import { formatClock, formatSpan, tenTomorrow } from './format.js';
import { language, t } from './text.js';

/** Less than this is network delay, not a moved clock. */
const SAME_TIME_MS = 60_000;

/**
 * The virtual clock with its buttons, and the reset. Between two words from the server the face runs on by itself.
 * @param {{announce: (sentence: string) => void}} options
 */
export function createClock({ announce }) {
  const face = byId('clock-time', HTMLTimeElement);
  const dialog = byId('reset-dialog', HTMLDialogElement);
  const buttons = [...document.querySelectorAll('.clock button')].filter((el) => el instanceof HTMLButtonElement);
  let known = false;
  let serverMs = Date.now();
  let heardAtMs = performance.now();
  let offsetMs = 0;

  const nowMs = () => serverMs + performance.now() - heardAtMs;

  const draw = () => {
    if (!known) return;
    const at = nowMs();
    face.dateTime = new Date(at).toISOString();
    setText(face, formatClock(at, language()));
    const span = formatSpan(offsetMs, language());
    const key = offsetMs > 0 ? 'clock.ahead' : 'clock.behind';
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    const offset = Math.abs(offsetMs) < SAME_TIME_MS ? t('clock.real') : t(key, { offset: span });
    setText(byId('clock-offset'), `${zone} · ${offset}`);
  };

  /** @param {string} iso */
  const hear = (iso) => {
    known = true;
    serverMs = Date.parse(iso);
    heardAtMs = performance.now();
  };

  /** @param {HTMLElement} button */
  const move = async (button) => {
    const advance = button.dataset.advance;
    const body = advance === 'ten' ? { to: tenTomorrow(nowMs()) } : { advance };
    button.setAttribute('aria-busy', 'true');
    try {
      /** @type {{now?: string}} */
      const answer = await post('/api/clock', body);
      if (answer?.now) hear(answer.now);
      draw();
      announce(t('clock.moved', { time: formatClock(nowMs(), language()) }));
    } catch (error) {
      announceFailure('clock.failed', error);
    } finally {
      button.removeAttribute('aria-busy');
    }
  };

  /**
   * @param {string} key
   * @param {unknown} error
   */
  const announceFailure = (key, error) => {
    const sentence = t(key, { message: error instanceof Error ? error.message : String(error) });
    announce(sentence);
    setText(byId('clock-offset'), sentence);
  };

  const reset = async () => {
    if (dialog.returnValue !== 'delete') return;
    try {
      await post('/api/reset', {});
      announce(t('reset.done'));
      // Every list is now wrong; a fresh page is the simplest truth.
      location.reload();
    } catch (error) {
      announceFailure('reset.failed', error);
    }
  };

  for (const button of buttons) {
    if (button.dataset.advance) button.addEventListener('click', () => move(button));
  }
  byId('reset').addEventListener('click', () => {
    dialog.returnValue = 'keep';
    dialog.showModal();
  });
  dialog.addEventListener('close', reset);
  setInterval(() => {
    if (!document.hidden) draw();
  }, 1_000);

  return {
    nowMs,
    draw,
    /** @param {import('./api-types.ts').Stats} stats */
    stats: (stats) => {
      hear(stats.now);
      offsetMs = stats.clock_offset_ms;
      // While the sample month flows in, it sets the clock itself.
      for (const button of buttons) button.disabled = stats.status === 'seeding';
      draw();
    },
    /** @param {import('./api-types.ts').LiveMessage} message */
    message: (message) => {
      if (message.kind === 'clock') hear(message.now);
    },
  };
}
