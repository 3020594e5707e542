import { MINUTE, SECOND } from './calendar.ts';
import type { Shopper } from './people.ts';
import type { Random } from './random.ts';

export type Json = Record<string, unknown>;
export type SourceId = 'web' | 'app' | 'miniprogram' | 'pos' | 'crm' | 'service' | 'server';

/** Scopes of the WeChat identifiers: the mini program's app id, and the open-platform account above it. */
export const OPENID_SCOPE = 'wx1f0a2b3c4d5e6f70';
export const UNIONID_SCOPE = 'open-platform-1';

interface Sdk {
  readonly library: { readonly name: string; readonly version: string };
  readonly message_prefix: string;
  /** Which of the two names the client gives its own time. */
  readonly time_field: 'timestamp' | 'originalTimestamp';
  /** Events are sent together until the batch is this old or this large. */
  readonly window_ms: number;
  readonly max_batch: number;
}

/** How the client of each source behaves on the wire. */
export const SDKS: Readonly<Record<SourceId, Sdk>> = {
  web: sdk('analytics.js', 'npm:next-1.84.3', { message_prefix: 'ajs-next-', window_ms: MINUTE, max_batch: 20 }),
  app: sdk('analytics-kotlin', '1.19.2', { window_ms: MINUTE, max_batch: 20 }),
  miniprogram: sdk('mp-tracker', '2.3.0', { time_field: 'originalTimestamp', window_ms: MINUTE, max_batch: 20 }),
  pos: sdk('till-bridge', '4.1', { time_field: 'originalTimestamp', window_ms: 3 * MINUTE, max_batch: 50 }),
  crm: sdk('crm-export', '7.2', { window_ms: 10 * MINUTE, max_batch: 50 }),
  service: sdk('desk-webhook', '1.0', { window_ms: SECOND, max_batch: 1 }),
  server: sdk('@segment/analytics-node', '3.1.0', {
    ...{ message_prefix: 'node-next-', window_ms: 10 * SECOND, max_batch: 15 },
  }),
};

function sdk(name: string, version: string, rest: Partial<Sdk> & Pick<Sdk, 'window_ms' | 'max_batch'>): Sdk {
  return { library: { name, version }, message_prefix: '', time_field: 'timestamp', ...rest };
}

export interface ExternalId {
  readonly id: string;
  readonly type: 'openid' | 'unionid';
  readonly collection: 'users';
  readonly encoding: 'none';
  readonly scope?: string;
}

/** Who a client says it speaks for, and which instance of the client it is. */
export interface Who {
  /** One browser, phone, till or server; events of one sender are batched together. */
  readonly sender: string;
  readonly user_id?: string;
  readonly anonymous_id?: string;
  readonly external_ids?: readonly ExternalId[];
  /** `context.traits`: how a till or the service names a person. */
  readonly traits?: Json;
  /** What the client adds to every context: device, time zone … */
  readonly context?: Json;
  readonly skew_ms?: number;
}

/** One call of an SDK. */
export interface Call {
  /** True time, epoch milliseconds; the client writes its own, possibly wrong, time. */
  readonly at: number;
  readonly type: 'track' | 'identify' | 'page' | 'screen';
  /** Event name, or page or screen name. */
  readonly name?: string;
  /** Properties, or traits for identify. */
  readonly data?: Json;
  /** Consent to marketing, in Segment's convention. */
  readonly consent?: boolean;
  /** The page that it happened on; only the web SDK tells. */
  readonly path?: string;
  /** The device is offline and delivers only then, epoch milliseconds. */
  readonly held_until?: number;
}

/** An event on its way: what was sent, by which client, and how late. */
export interface Emission {
  readonly at: number;
  readonly source_id: SourceId;
  readonly sender: string;
  readonly skew_ms: number;
  readonly held_until?: number;
  readonly event: Json;
}

/** Drops absent members, as JSON would; so a request compares equal to its own bytes. */
const present = (object: Json): Json => {
  const out: Json = {};
  for (const [key, value] of Object.entries(object)) if (value !== undefined) out[key] = value;
  return out;
};

/** ISO 8601 in UTC with milliseconds. */
export const iso = (ms: number): string => new Date(ms).toISOString();

const pageOf = (path: string): Json => ({
  path,
  referrer: '',
  search: '',
  title: '一川运动',
  url: `https://shop.example.com${path}`,
});

/** Writes one event the way the SDK of that source would put it into a batch. */
export const emit = (source_id: SourceId, who: Who, call: Call & { random: Random }): Emission => {
  const { library, message_prefix, time_field } = SDKS[source_id];
  const skew_ms = who.skew_ms ?? 0;
  const page = source_id === 'web' && call.path !== undefined ? pageOf(call.path) : undefined;
  const properties = call.type === 'page' ? { name: call.name, ...page, ...call.data } : (call.data ?? {});
  const event = present({
    type: call.type,
    event: call.type === 'track' ? call.name : undefined,
    name: call.type === 'page' || call.type === 'screen' ? call.name : undefined,
    userId: who.user_id,
    anonymousId: who.anonymous_id,
    messageId: `${message_prefix}${message_prefix === '' ? '' : `${call.at + skew_ms}-`}${call.random.uuid()}`,
    [time_field]: iso(call.at + skew_ms),
    [call.type === 'identify' ? 'traits' : 'properties']: properties,
    context: present({
      library,
      ...who.context,
      page,
      traits: who.traits,
      externalIds: who.external_ids,
      consent: call.consent === undefined ? undefined : { categoryPreferences: { marketing: call.consent } },
    }),
    integrations: {},
  });
  return { at: call.at, source_id, sender: who.sender, skew_ms, held_until: call.held_until, event };
};

const externalId = (type: ExternalId['type'], id: string, scope?: string): ExternalId => ({
  ...{ id, type, collection: 'users', encoding: 'none' },
  ...(scope === undefined ? {} : { scope }),
});

/** The WeChat identifiers of a shopper, as `context.externalIds`; empty without WeChat. */
export const weChatIds = ({ wechat }: Shopper, ids: { unionid: boolean; scoped?: boolean }): ExternalId[] => {
  if (wechat === undefined) return [];
  const openid = externalId('openid', wechat.openid, ids.scoped === false ? undefined : OPENID_SCOPE);
  return ids.unionid ? [openid, externalId('unionid', wechat.unionid, UNIONID_SCOPE)] : [openid];
};
