import { cleanRecord } from '../../functions/clean/clean.ts';
import { identityKeys } from '../../functions/shared/identity-secrets.ts';
import { encodeRaw } from '../../functions/shared/raw-record.ts';
import type { CleanEvent, ControlType, QuarantinedEvent, Source } from '../../schemas/event.ts';
import { signToken } from './identity-token.ts';
import { CLEAN_DEPS, SERVER, tokenise, WEB } from './ingest.ts';
import { cleanEvent, NOW } from './stitch.ts';

/** One thing that happens in a story: a clean event of some identifiers, or what a client sends, which goes through clean. */
export type Telling = (
  | { readonly keys: readonly string[]; readonly over?: Partial<CleanEvent> }
  | { readonly source: Source; readonly raw: object; readonly withToken?: string }
) & { readonly at?: string };

export interface Cleaned {
  readonly events: readonly CleanEvent[];
  readonly quarantined: readonly QuarantinedEvent[];
}

const SECRET = 'ids_secret-of-the-web-shop-in-these-stories';
const DEPS = {
  ...CLEAN_DEPS,
  identityKeys: identityKeys({ web: [{ id: 'k1', secret: SECRET, created_at: new Date(NOW).toISOString() }] }),
};
const CRM = { source_id: 'crm', channel: 'crm', verified: true };
const DESK = { source_id: 'desk', channel: 'operators', verified: true };

/** The key under which a phone number is stored. */
export const phone = (number: string): string => `phone:${tokenise('phone', `+86${number}`)}`;
export const email = (address: string): string => `email:${tokenise('email', address)}`;

/** Somebody looks at a product: in a browser, with a public key. */
export const visit = (...keys: readonly string[]): Telling => ({ keys });

/** An event of a browser or an app, with a public key. */
export const does = (name: string, keys: readonly string[], over: Partial<CleanEvent> = {}): Telling => ({
  keys,
  over: { name, ...over },
});

/** A browser or an app says who is using it, with a public key. */
export const signsIn = (keys: readonly string[], over: Partial<CleanEvent> = {}): Telling => ({
  keys,
  over: { type: 'identify', name: 'identify', session: 'login', ...over },
});

/** The company's own system knows it, with a secret key. */
export const crmKnows = (keys: readonly string[], traits: Record<string, unknown> = {}): Telling => ({
  keys,
  over: { ...CRM, type: 'identify', name: 'identify', traits },
});

/** The till sells something. */
export const tillSells = (total: number, ...keys: readonly string[]): Telling => {
  const properties = { total, currency: 'CNY', products: [{ product_id: 'P1' }] };
  return { keys, over: { source_id: 'pos', channel: 'store', verified: true, name: 'Order Completed', properties } };
};

/** Customer service declares something about identifiers. */
export const declares = (type: ControlType, why: string, ...keys: readonly string[]): Telling => ({
  keys,
  over: { ...DESK, type, name: type, declared: { by: 'anna', why } },
});

/** Sent from a page that anybody can write to, with the key that is in its source. */
export const fromPage = (raw: object): Telling => ({ source: WEB, raw });
/** As `fromPage`, with an identity token that the shop's server gave to the member who is signed in. */
export const fromPageOf = (userId: string, raw: object): Telling => ({ source: WEB, raw, withToken: userId });
/** Sent from the company's server with its secret key. */
export const fromServer = (raw: object): Telling => ({ source: SERVER, raw });

/** The same, at a time of its own (ISO 8601). */
export const at = (time: string, telling: Telling): Telling => ({ ...telling, at: time });

const localDate = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10);

/** What becomes of it in clean, at the given time unless it names its own (epoch ms). */
export function cleanedAt(telling: Telling, given: { at: number; number: number }): Cleaned {
  const ms = telling.at === undefined ? given.at : Date.parse(telling.at);
  const time = new Date(ms).toISOString();
  const id = `e${given.number}`;
  if ('keys' in telling) {
    const times = { occurred_at: time, received_at: new Date(NOW).toISOString(), local_date: localDate(ms) };
    return { events: [cleanEvent(telling.keys, { event_id: id, ...times, ...telling.over })], quarantined: [] };
  }
  const { source, raw, withToken } = telling;
  const claims = { sub: withToken, exp: ms / 1000 + 600 };
  const context = withToken === undefined ? {} : { context: { identityToken: signToken(claims, SECRET) } };
  const head = { v: 1 as const, protocol: 'segment' as const, request_id: 'r1', received_at: time };
  const batch = [{ messageId: id, timestamp: time, ...raw }];
  const record = encodeRaw({ ...head, route: 'batch', source }, Buffer.from(JSON.stringify({ batch, ...context })));
  return cleanRecord(record, DEPS);
}
