import { type JsonObject, objectOr } from '../../json.ts';
import { compact, scalarText, textOf } from '../shape.ts';

const APPS: ReadonlySet<string> = new Set(['android', 'ios', 'harmony', 'harmonyos']);
const APP_ID = /^wx[0-9a-f]{16}$/;
/** WeChat's openids, which a mini program can be told to use as its device's id. */
const OPENID = /^o[\w-]{27}$/;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{3,190}$/;
const PHONE = /^\+?\d[\d\s-]{6,18}\d$/;

/** The platform as the SDK names it. */
export const isApp = ({ platform }: JsonObject): boolean =>
  typeof platform === 'string' && APPS.has(platform.toLowerCase());

export const isMiniProgram = ({ platform, domain }: JsonObject): boolean =>
  platform === 'MinP' || (typeof domain === 'string' && APP_ID.test(domain));

interface Identity {
  readonly userId?: unknown;
  readonly anonymousId?: unknown;
  readonly device: JsonObject;
  readonly externalIds?: readonly JsonObject[];
}

/**
 * Who an event is about. `gioId` is left out: it goes on naming the last member after a logout, who need not be the one at
 * the device. So is the IMEI, which no advertising needs.
 */
export function identityOf(event: JsonObject): Identity {
  const { type, value } = accountOf(event);
  const external: JsonObject[] = type === 'user_id' ? [] : [{ type, ...scopeOf(type, event), id: value }];
  const deviceId = textOf(event.deviceId);
  const device: JsonObject = {};
  let anonymousId: string | undefined;
  if (isApp(event)) {
    device.id = deviceId;
    device.advertisingId = advertisingIds(event)[0];
    external.push(...[...advertisingIds(event).slice(1), event.idfv].map((id) => ({ type: 'device_id', id })));
  } else if (deviceId !== undefined && isMiniProgram(event) && OPENID.test(deviceId)) {
    external.push({ type: 'openid', ...scopeOf('openid', event), id: deviceId });
  } else anonymousId = deviceId;
  const { openId, unionId } = objectOr(event.attributes);
  external.push({ type: 'openid', ...scopeOf('openid', event), id: openId }, { type: 'unionid', id: unionId });
  const externalIds = external.filter(({ id }) => textOf(id) !== undefined);
  return {
    ...(type === 'user_id' && { userId: value }),
    anonymousId,
    device: compact(device),
    ...(externalIds.length > 0 && { externalIds }),
  };
}

const advertisingIds = ({ idfa, oaid, googleAdvertisingId }: JsonObject): unknown[] =>
  [idfa, googleAdvertisingId, oaid].filter((id) => textOf(id) !== undefined);

/** An openid belongs to the mini program; elsewhere the source says which app it is. */
const scopeOf = (type: unknown, event: JsonObject): JsonObject =>
  type === 'openid' && isMiniProgram(event) ? compact({ scope: event.domain }) : {};

/**
 * A user id by its `userKey`, which names the kind of account where a company has several. Phones and addresses become what they are,
 * if they look like it; another kind stands in front of the id, because the same id of another kind is another person.
 */
function accountOf({ userId, userKey }: JsonObject): { readonly type: string; readonly value: unknown } {
  const id = scalarText(userId);
  const key = textOf(userKey)?.trim().slice(0, 50) ?? '';
  if (id === undefined || key === '') return { type: 'user_id', value: id };
  const kind = key.toLowerCase().replaceAll(/[\s_-]/g, '');
  if (['phone', 'mobile', 'tel', 'phonenumber', '手机号'].includes(kind) && PHONE.test(id))
    return { type: 'phone', value: id };
  if (['email', 'mail', '邮箱'].includes(kind) && EMAIL.test(id)) return { type: 'email', value: id };
  if (['openid', 'wxopenid', 'wechatopenid'].includes(kind)) return { type: 'openid', value: id };
  if (['unionid', 'wxunionid', 'wechatunionid'].includes(kind)) return { type: 'unionid', value: id };
  if (['userid', 'memberid', 'uid'].includes(kind)) return { type: 'user_id', value: id };
  return { type: 'user_id', value: `${key}:${id}` };
}
