import { BoundedCache } from '../../bounded-cache.ts';

/** What a column is for, by its name; the rest are values of the event or of the person. */
export type ColumnRole =
  | 'userId'
  | 'anonymousId'
  | 'previousId'
  | 'groupId'
  | 'phone'
  | 'email'
  | 'openid'
  | 'unionid'
  | 'appid'
  | 'event'
  | 'type'
  | 'timestamp'
  | 'messageId'
  | 'value';

/** Names as they are compared: lower case, without spaces, underscores and hyphens. */
const ROLES: Readonly<Record<Exclude<ColumnRole, 'value'>, readonly string[]>> = {
  userId: [
    'userid',
    'memberid',
    'customerid',
    '会员号',
    '会员id',
    '会员编号',
    '会员卡号',
    '用户id',
    '用户编号',
    '客户编号',
  ],
  anonymousId: ['anonymousid', '匿名id'],
  previousId: ['previousid'],
  groupId: ['groupid'],
  phone: [
    'phone',
    'phonenumber',
    'mobile',
    'mobilephone',
    'mobilenumber',
    '手机',
    '手机号',
    '手机号码',
    '联系电话',
    '电话',
  ],
  email: ['email', 'emailaddress', '邮箱', '电子邮箱', '邮箱地址', '邮件'],
  openid: ['openid'],
  unionid: ['unionid'],
  appid: ['appid'],
  event: ['event', 'eventname', '事件', '事件名', '事件名称'],
  type: ['type'],
  timestamp: ['timestamp', 'time', 'eventtime', 'occurredat', '时间', '事件时间', '发生时间'],
  messageId: ['messageid'],
};

const BY_NAME: ReadonlyMap<string, ColumnRole> = new Map(
  Object.entries(ROLES).flatMap(([role, names]) => names.map((name) => [name, role as ColumnRole] as const)),
);

/** What a column holds, and whether its text may be a number: what names things is text, whatever it looks like. */
export interface Column {
  readonly role: ColumnRole;
  /** The place in `properties` or `traits`. */
  readonly at: 'properties' | 'traits' | undefined;
  readonly path: readonly string[];
  readonly isName: boolean;
}

const NAMES =
  /(?:^|[_\s.-])(?:id|no|code|sku|barcode|zip|postcode|phone|mobile|tel|card|version)$|(?:Id|ID|No|Code)$|[号码编]$|编号$/;
const PREFIX = /^(properties|traits)\.(.+)$/;
const MAX_LEVELS = 5;
const known = new BoundedCache<Column>(5_000);

/** What a column is for. */
export const columnOf = (name: string): Column => known.get(name, () => readName(name));

function readName(name: string): Column {
  const [, at, rest] = PREFIX.exec(name) ?? [];
  const role = at === undefined ? BY_NAME.get(name.toLowerCase().replace(/[\s_-]/g, '')) : undefined;
  return {
    role: role ?? 'value',
    at: at === 'properties' || at === 'traits' ? at : undefined,
    path: rest === undefined ? [name] : rest.split('.').slice(0, MAX_LEVELS),
    isName: NAMES.test(name),
  };
}
