import type { Source } from '../../../../schemas/event.ts';
import type { Finding, ReasonCode } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { contentHash, isObject, type JsonObject } from '../../json.ts';
import { MAX_BATCH_EVENTS } from '../../segment-limits.ts';
import type { Decode, Payload } from '../protocol.ts';
import { RefusedItem } from '../refused-item.ts';
import { parseBody } from '../segment/decode.ts';
import { contextOf } from './context.ts';
import { timeOf } from './local-time.ts';
import { traitsOf } from './profile.ts';
import { checkRecord } from './record.ts';
import { whoOf } from './who.ts';

/** Route of a payload that could not be opened: kept as it came, with what was wrong. */
export const UNREADABLE = 'unreadable';

/** Names of SensorsData's for what Segment has a type for. */
const VIEWS: Readonly<Record<string, 'page' | 'screen'>> = {
  $pageview: 'page',
  $MPViewScreen: 'screen',
  $AppViewScreen: 'screen',
};

/** SensorsData's records: one, or a list. Each that breaks its rules is refused by itself. */
export const decode: Decode = (payload, source) => {
  if (payload.route === UNREADABLE) return unreadable(payload);
  const parsed = parseBody(payload.body);
  if (isFinding(parsed)) return parsed;
  const records = Array.isArray(parsed.value) ? parsed.value : [parsed.value];
  if (records.length > MAX_BATCH_EVENTS) {
    const detail = `The list has ${records.length} records; at most ${MAX_BATCH_EVENTS} are taken.`;
    return { reason: 'too_many_events', field: '', detail };
  }
  return { items: records.map((record: unknown) => toItem(record, source)), shared: {} };
};

const OPENING: ReadonlySet<string> = new Set<ReasonCode>([
  'invalid_gzip',
  'decompressed_too_large',
  'body_too_large',
  'unsupported_encoding',
]);

function unreadable({ params }: Payload): Finding {
  const { reason = '', field = '', detail = '' } = params;
  const finding = { reason: OPENING.has(reason) ? reason : 'invalid_payload', field, detail };
  return isFinding(finding) ? finding : { reason: 'invalid_payload', field, detail };
}

function toItem(record: unknown, source: Source | undefined): unknown {
  const wrong = checkRecord(record);
  if (wrong !== undefined) return refused(wrong, record);
  if (!isObject(record)) return record;
  const zone = source?.time_zone ?? 'UTC';
  const timestamp = timeOf(record.time, zone);
  if (timestamp === undefined && record.time !== undefined) {
    const detail = 'time must be milliseconds since 1970, or a date and time.';
    return refused({ reason: 'invalid_time', field: '/time', detail }, record);
  }
  const sentAt = timeOf(record._flush_time, zone);
  const { context, rest } = contextOf(record);
  const { externalIds, ...who } = whoOf(record, source?.app_id);
  const common: JsonObject = {
    ...who,
    ...idOf(record),
    ...(timestamp !== undefined && { timestamp }),
    ...(sentAt !== undefined && { sentAt }),
    context: externalIds.length === 0 ? context : { ...context, externalIds },
  };
  const made = typed(record, common, { rest, source });
  return isFinding(made) ? refused(made, record) : made;
}

/** A record may hold the source's key, and is kept without it. */
function refused(finding: Finding, record: unknown): RefusedItem {
  if (!isObject(record)) return new RefusedItem(finding, record);
  const { token: _, ...kept } = record;
  return new RefusedItem(finding, kept);
}

/** What tells a record from its repetition. Mini programs give profiles none: these go by their content. */
function idOf({ _track_id, time, distinct_id, event, type }: JsonObject): { messageId?: string } {
  if (typeof _track_id !== 'number' && typeof _track_id !== 'string') return {};
  return { messageId: `sa_${contentHash([_track_id, time, distinct_id, event ?? type])}` };
}

interface Rest {
  /** The properties that have no place of their own. */
  readonly rest: JsonObject;
  readonly source: Source | undefined;
}

function typed(record: JsonObject, common: JsonObject, { rest, source }: Rest): JsonObject | Finding {
  const { type, event } = record;
  switch (type) {
    case 'track':
      return tracked(String(event), common, rest);
    case 'track_signup':
      return { ...common, type: 'identify', traits: {}, properties: { ...rest, platform_event: event ?? '$SignUp' } };
    case 'track_id_bind':
    case 'track_id_unbind':
      return declared(record, common, { rest, source });
    default: {
      const traits = traitsOf(record);
      if (isFinding(traits)) return traits;
      return { ...common, type: 'identify', traits, properties: { platform_event: type } };
    }
  }
}

function tracked(event: string, common: JsonObject, rest: JsonObject): JsonObject {
  const type = Object.hasOwn(VIEWS, event) ? VIEWS[event] : undefined;
  if (type === undefined) return { ...common, type: 'track', event, properties: rest };
  const page = isObject(common.context) && isObject(common.context.page) ? common.context.page : {};
  const name = rest.$screen_name ?? page.title ?? page.path;
  return {
    ...common,
    type,
    ...(typeof name === 'string' && { name: name.slice(0, 200) }),
    properties: { ...page, ...rest, platform_event: event },
  };
}

/**
 * Who holds a secret key declares what belongs together, and what no longer does. From a page it is what was seen: a bind is an event that
 * carries both identities; an unbind names nobody but whoever is signed in, since together with him is what the identity no longer is.
 */
function declared(record: JsonObject, common: JsonObject, { rest, source }: Rest): JsonObject {
  const isBind = record.type === 'track_id_bind';
  const { context, userId: _member, anonymousId: _visitor, ...others } = common;
  const { externalIds: _all, ...within } = isObject(context) ? context : {};
  const event = typeof record.event === 'string' ? record.event : isBind ? '$BindID' : '$UnbindID';
  if (source?.class !== 'secret') {
    const visible = {
      ...others,
      type: 'track',
      event,
      properties: { ...rest, platform_remark: 'secret_key_required' },
    };
    if (isBind) return { ...common, ...visible };
    return {
      ...visible,
      userId: record.login_id,
      anonymousId: record.anonymous_id ?? record.distinct_id,
      context: within,
    };
  }
  const identifiers = declaredOf(record, source.app_id);
  return {
    ...others,
    type: isBind ? 'bind' : 'unbind',
    identifiers,
    reason: `${event} by SensorsData`,
    context: within,
  };
}

/** What a declaration is about: its identities and nobody else; only where it has none, whoever it names otherwise. */
function declaredOf(record: JsonObject, scope: string | undefined): JsonObject[] {
  const { type, identities, properties } = record;
  const isNamed = isObject(identities) && Object.keys(identities).length > 0;
  const { userId, anonymousId, externalIds } = whoOf(isNamed ? { type, identities, properties } : record, scope);
  return [
    ...(userId === undefined ? [] : [{ type: 'user_id', value: userId }]),
    ...(anonymousId === undefined ? [] : [{ type: 'anonymous_id', value: anonymousId }]),
    ...externalIds.map(({ id, ...named }) => ({ ...named, value: id })),
  ];
}
