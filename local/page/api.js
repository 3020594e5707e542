import { t } from './text.js';

/** @typedef {import('./api-types.ts').LiveMessage} LiveMessage */

/** The API refused or did not answer; the message is for the reader. `status` is 0 when there was no answer. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {number} status
   * @param {string} [code] what the API calls the error
   */
  constructor(message, status, code = '') {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * The sentence in an error answer, whatever its shape: `{error: {message}}`, `{error}`, `{message}`, `{errors: [{detail}]}`.
 * @param {unknown} body
 * @returns {string | undefined}
 */
export function errorSentence(body) {
  if (typeof body === 'string') return body || undefined;
  if (typeof body !== 'object' || body === null) return undefined;
  for (const key of ['message', 'detail', 'error', 'title', 'errors', 'reason', '0']) {
    const found = errorSentence(Reflect.get(body, key));
    if (found) return found;
  }
  return undefined;
}

/**
 * Asks the API and reads JSON.
 * @template T
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<T>}
 * @throws {ApiError}
 */
async function request(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new ApiError(t('error.network'), 0);
  }
  const body = await response.json().catch(() => undefined);
  if (response.ok) return body;
  const message = errorSentence(body) ?? t('error.status', { status: response.status });
  throw new ApiError(message, response.status, typeof body?.error === 'string' ? body.error : '');
}

/**
 * @template T
 * @param {string} path
 * @returns {Promise<T>}
 */
export const get = (path) => request(path);

/**
 * @template T
 * @param {string} path
 * @param {unknown} body sent as JSON
 * @param {Record<string, string>} [headers]
 * @returns {Promise<T>}
 */
export const post = (path, body, headers = {}) =>
  request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/**
 * @template T
 * @param {string} path
 * @param {unknown} body sent as JSON
 * @param {Record<string, string>} [headers]
 * @returns {Promise<T>}
 */
export const put = (path, body, headers = {}) =>
  request(path, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;
/** Stats come every second; this long without a word means that the connection is dead though open. */
const SILENCE_MS = 8_000;

/**
 * Follows `/api/live` as long as the page is visible: reconnects with growing pauses, and lets go of the connection while hidden.
 * @param {{onMessage: (message: LiveMessage) => void, onState: (connected: boolean) => void}} listener
 * @returns {{retry: () => void}}
 */
export function followLive({ onMessage, onState }) {
  /** @type {EventSource | undefined} */
  let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let retryMs = FIRST_RETRY_MS;

  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
  const lost = () => {
    close();
    onState(false);
    timer = setTimeout(open, retryMs);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  };
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(lost, SILENCE_MS);
  };
  const open = () => {
    close();
    if (document.hidden) return;
    source = new EventSource('/api/live');
    source.onopen = () => {
      retryMs = FIRST_RETRY_MS;
      heard();
      onState(true);
    };
    source.onmessage = ({ data }) => {
      heard();
      onMessage(JSON.parse(data));
    };
    source.onerror = lost;
  };

  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  addEventListener('pagehide', close);
  addEventListener('pageshow', ({ persisted }) => persisted && open());
  open();
  return {
    retry: () => {
      retryMs = FIRST_RETRY_MS;
      open();
    },
  };
}
