import { encrypt, getSignature } from '@wecom/crypto';
import type { CollectDeps } from '../../../../functions/collect/collect.ts';
import type { HttpRequest } from '../../../../functions/shared/http.ts';
import type { Source } from '../../../../schemas/event.ts';
import { ARRIVAL, collector, SERVER } from '../../../support/ingest.ts';

export const TOKEN = 'QDG6eK';
export const AES_KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
export const APP = 'wx5823bf96d3bd56c7';
/** Seconds at which the requests of these tests arrive. */
export const NOW = Date.parse(ARRIVAL) / 1000;

export const sourceOf = (protocol: string, more: Partial<Source> = {}): Source => ({
  ...SERVER,
  source_id: protocol,
  channel: protocol,
  class: 'signed',
  protocol,
  app_id: APP,
  ...more,
});

export interface Setting {
  readonly source?: Partial<Source>;
  readonly secrets?: Readonly<Record<string, readonly string[]>>;
  /** Seconds. */
  readonly now?: number;
}

/** A collector whose one source, `k`, is of the protocol, with the secrets given or those of safe mode. */
export function hooked(protocol: string, { source = {}, secrets, now = NOW }: Setting = {}) {
  const own = secrets ?? { token: [TOKEN], encoding_aes_key: [AES_KEY] };
  const made = collector({ k: sourceOf(protocol, source) });
  const deps: CollectDeps = {
    ...made.deps,
    clock: { now: () => now * 1000 },
    secretsOf: async () => own,
    random: (bytes) => Buffer.alloc(bytes, 0x61),
  };
  return { ...made, deps };
}

export interface Sending {
  readonly token?: string;
  readonly key?: string;
  readonly app?: string;
  readonly timestamp?: number;
  readonly nonce?: string;
  readonly path?: string;
}

const REQUEST = { headers: { 'user-agent': 'Mozilla/4.0' } };

/** A message as the platform sends it in safe mode, sealed and signed by its own library. */
export function sealed(protocol: string, message: string, sending: Sending = {}): HttpRequest {
  const { key = AES_KEY, app = APP } = sending;
  return signedSeal(protocol, encrypt(key, message, app), sending);
}

/** Any text in the place of the sealed one, rightly signed. */
export function signedSeal(protocol: string, text: string, sending: Sending = {}): HttpRequest {
  const { token = TOKEN, timestamp = NOW, nonce = '1372623149', path = `/v1/hooks/${protocol}/k` } = sending;
  const time = String(timestamp);
  const query = {
    signature: getSignature(token, time, nonce, ''),
    timestamp: time,
    nonce,
    encrypt_type: 'aes',
    msg_signature: getSignature(token, time, nonce, text),
  };
  const body = `<xml><ToUserName><![CDATA[${APP}]]></ToUserName><Encrypt><![CDATA[${text}]]></Encrypt></xml>`;
  return { ...REQUEST, method: 'POST', path, query, body: Buffer.from(body) };
}

/** A message of plain mode. */
export function plain(message: string, sending: Sending = {}): HttpRequest {
  const { token = TOKEN, timestamp = NOW, nonce = '486452656', path = '/v1/hooks/wechat/k' } = sending;
  const time = String(timestamp);
  const query = { signature: getSignature(token, time, nonce, ''), timestamp: time, nonce };
  return { ...REQUEST, method: 'POST', path, query, body: Buffer.from(message) };
}

/** A URL check, of whatever query. */
export const check = (protocol: string, query: Record<string, string>): HttpRequest => ({
  ...REQUEST,
  method: 'GET',
  path: `/v1/hooks/${protocol}/k`,
  query,
  body: Buffer.alloc(0),
});

/** XML of a message with these fields. */
export const xml = (fields: Readonly<Record<string, string | number>>): string =>
  `<xml>${Object.entries(fields)
    .map(([name, value]) => `<${name}>${typeof value === 'number' ? value : `<![CDATA[${value}]]>`}</${name}>`)
    .join('\n')}</xml>`;
