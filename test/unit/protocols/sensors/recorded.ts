import { gunzipSync } from 'node:zlib';
import { contentHash, isObject, type JsonObject, objectOr } from '../../../../functions/shared/json.ts';
import type { ExpectedEvent, RecordedClient } from '../../../support/recorded-client.ts';
import type { Recording } from '../../../support/recordings.ts';

/** The records that a recording's requests carry, read by the plainest means. */
export function recordsOf({ requests }: Recording): JsonObject[][] {
  return requests.map(({ request }) => {
    const form = new URLSearchParams(request.body.toString());
    const data = form.get('data_list') ?? form.get('data') ?? request.query.data;
    if (data === undefined || request.headers['dry-run'] === 'true') return [];
    const bytes = Buffer.from(data, 'base64');
    const value: unknown = JSON.parse((bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString());
    return (Array.isArray(value) ? value : [value]).filter(isObject);
  });
}

export const isItem = ({ type }: JsonObject): boolean => String(type).startsWith('item_');

const VIEWS: Record<string, string> = { $pageview: 'page', $MPViewScreen: 'screen' };

/** What one record should become, by hand: not by what the decoder thinks. */
export function expectedOf(record: JsonObject): ExpectedEvent {
  const event = String(record.event);
  const properties = objectOr(record.properties);
  const view = VIEWS[event];
  const type = record.type === 'track' || record.type === 'track_id_bind' ? (view ?? 'track') : 'identify';
  const name = view === undefined ? (type === 'track' ? event : type) : String(properties.$title);
  const { _track_id, time, distinct_id } = record;
  const key = [_track_id, time, distinct_id, record.event ?? record.type];
  const owner = ownerOf(record);
  return {
    type,
    name,
    ...(owner && { owner }),
    ...(_track_id !== undefined && { event_id: `sa_${contentHash(key)}` }),
  };
}

/** The strongest identifier: a member, or whoever else nobody can have made up, or the visitor. Personal values are tokens. */
function ownerOf(record: JsonObject): string | undefined {
  const { login_id, distinct_id, anonymous_id } = record;
  const identities = objectOr(record.identities);
  if (login_id !== undefined) return `user_id:${login_id}`;
  const isMember = record.type === 'track_signup' || objectOr(record.properties).$is_login_id === true;
  if (isMember) return `user_id:${distinct_id}`;
  if (identities.$identity_mobile !== undefined || objectOr(record.properties).email !== undefined) return undefined;
  const { $identity_mp_unionid: unionid } = identities;
  if (unionid !== undefined) return `unionid:wx0123456789abcdef:${unionid}`;
  const visitors = [anonymous_id, distinct_id, ...Object.values(identities)]
    .filter((id) => id !== undefined)
    .map(String);
  return `anonymous_id:${visitors.sort()[0]}`;
}

const events = (recording: Recording): ExpectedEvent[] => {
  const distinct = new Map<string, ExpectedEvent>();
  for (const record of recordsOf(recording).flat()) {
    if (isItem(record)) continue;
    const { _flush_time: _, ...content } = record;
    distinct.set(JSON.stringify(content), expectedOf(record));
  }
  return [...distinct.values()];
};

/** The debug address says what is wrong; all others are told that what came is kept. */
const statuses = (recording: Recording): number[] =>
  recordsOf(recording).map((records, index) => {
    const isDebug = recording.requests[index]?.request.path === '/debug';
    return isDebug && records.some(isItem) ? 400 : 200;
  });

const common = { statuses, events, source: { protocol: 'sensors', time_zone: 'Asia/Shanghai' } };

export const RECORDED: readonly RecordedClient[] = [
  {
    ...common,
    client: 'sensors-sa-sdk-javascript',
    source: { ...common.source, channel: 'web', class: 'public' },
    keys: ['sensors:production', 'path:/my/collect/path'],
  },
  {
    ...common,
    client: 'sensors-sa-sdk-miniprogram',
    source: { ...common.source, channel: 'miniprogram', class: 'public', app_id: 'wx0123456789abcdef' },
    keys: ['sensors:production'],
  },
  // What servers send comes by the project's name here, which stands for public sources only.
  {
    ...common,
    client: 'sensors-sa-sdk-node',
    source: { ...common.source, channel: 'server', class: 'public' },
    keys: ['sensors:production'],
  },
  {
    ...common,
    client: 'sensors-sa-sdk-java',
    source: { ...common.source, channel: 'server', class: 'public' },
    keys: ['sensors:production'],
  },
];
