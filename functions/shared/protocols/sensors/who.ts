import { type JsonObject, objectOr } from '../../json.ts';
import { scalarText } from '../shape.ts';

/** An identifier in the words of the identity rules. */
export interface Named {
  readonly type: string;
  readonly scope?: string | undefined;
  readonly id: unknown;
}

/** What SensorsData calls an identity, by our type. Whatever else is there is passed on under its own name, and remarked on. */
const TYPES: Readonly<Record<string, string>> = {
  $identity_login_id: 'user_id',
  $identity_cookie_id: 'anonymous_id',
  $identity_anonymous_id: 'anonymous_id',
  $identity_distinct_id: 'anonymous_id',
  $identity_mp_id: 'anonymous_id',
  $identity_android_uuid: 'anonymous_id',
  $identity_ios_uuid: 'anonymous_id',
  $identity_harmony_uuid: 'anonymous_id',
  $identity_android_id: 'device_id',
  $identity_harmony_id: 'device_id',
  $identity_idfa: 'device_id',
  $identity_idfv: 'device_id',
  $identity_oaid: 'device_id',
  $identity_gaid: 'device_id',
  $identity_imei: 'device_id',
  $identity_mobile: 'phone',
  $identity_email: 'email',
  $identity_mp_openid: 'openid',
  $identity_mp_unionid: 'unionid',
  $identity_unionid: 'unionid',
  $identity_douyin_openid: 'douyin_openid',
};

const SCOPED_OPENID = /^\$identity_(?:mp_)?([A-Za-z0-9._-]{1,64})_openid$/;
const PREFIX = '$identity_';

/**
 * One entry of `identities`. The name of an openid holds the app that it belongs to; a unionid belongs to the open-platform account,
 * which only the source can name, and else to the app.
 */
export function identityOf(
  name: string,
  id: unknown,
  { source, app }: { readonly source: string | undefined; readonly app: string | undefined },
): Named {
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (type === 'unionid') return source === undefined ? { type, scope: app, id } : { type, id };
  if (type === 'openid' || type === 'douyin_openid') return { type, scope: app ?? source, id };
  if (type !== undefined) return { type, id };
  const openid = SCOPED_OPENID.exec(name)?.[1];
  if (openid !== undefined) return { type: 'openid', scope: openid, id };
  return { type: name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name, id };
}

/** Everybody whom a record names, in Segment's places. */
export interface Who {
  readonly userId?: unknown;
  readonly anonymousId?: unknown;
  readonly externalIds: readonly Named[];
}

const isThere = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/**
 * Whom a record is about. A client with `identities` says it all there. One without has a `distinct_id` in one namespace for members and
 * visitors: it is a member where the record says so (`login_id`, `$is_login_id`, the sign-up itself), else a visitor. A sign-up
 * therefore also links the visitor of the member's name: servers go on to call him so without saying which of the two they mean.
 */
export function whoOf(record: JsonObject, scope: string | undefined): Who {
  const properties = objectOr(record.properties);
  const app = typeof properties.$app_id === 'string' && properties.$app_id !== '' ? properties.$app_id : undefined;
  const named = Object.entries(objectOr(record.identities)).map(([name, id]) => {
    return { ...identityOf(name, id, { source: scope, app }), name };
  });
  const isSignup = record.type === 'track_signup';
  const isMember = isSignup || properties.$is_login_id === true;
  const stated = [record.login_id, isMember ? record.distinct_id : undefined].filter(isThere);
  const member = stated.find((id) => !isNamed(id, named)) ?? named.find(({ type }) => type === 'user_id')?.id;
  const visitors = [isSignup ? record.original_id : undefined, record.anonymous_id, record.distinct_id].filter(isThere);
  const all: Named[] = named.map(({ type, scope: of, id }) => ({ type, ...(of !== undefined && { scope: of }), id }));
  for (const id of visitors) {
    const isMembersName = id === member && !isSignup;
    if (!isMembersName && !isNamed(id, named)) all.push({ type: 'anonymous_id', id });
  }
  const device = scalarText(properties.$device_id);
  if (device !== undefined) all.push({ type: 'device_id', id: device });
  return arranged(all, member);
}

/** `key+value`, as clients write who is known by another identity than a member's id. */
const isNamed = (id: unknown, named: readonly { name: string; id: unknown }[]): boolean =>
  typeof id === 'string' && named.some((each) => id === `${each.name}+${String(each.id)}`);

function arranged(all: readonly Named[], member: unknown): Who {
  const visitor = all.find(({ type }) => type === 'anonymous_id')?.id;
  const seen = new Set<string>([`user_id::${String(member)}`, `anonymous_id::${String(visitor)}`]);
  const externalIds: Named[] = [];
  for (const each of all) {
    const key = `${each.type}:${each.scope ?? ''}:${String(each.id)}`;
    if (seen.has(key)) continue;
    seen.add(key);
    externalIds.push(each);
  }
  return {
    ...(isThere(member) && { userId: member }),
    ...(isThere(visitor) && { anonymousId: visitor }),
    externalIds,
  };
}
