import { isObject, type JsonObject } from '../../json.ts';

/** What opens something at the platform's: never stored. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'welcomecode',
  'ticket',
  'componentverifyticket',
  'suiteticket',
  'authcode',
  'authorizationcode',
  'preauthcode',
  'token',
  'permanentcode',
  'secret',
]);

/** What a person said, showed or where she was. */
const PERSONAL: ReadonlySet<string> = new Set([
  'content',
  'recognition',
  'picurl',
  'mediaid',
  'thumbmediaid',
  'mediaid16k',
  'label',
  'location_x',
  'location_y',
  'latitude',
  'longitude',
  'poiname',
  'address',
  'scanresult',
  'piclist',
  'phone',
  'mobile',
  'email',
  'realname',
  'nickname',
]);

/** All that is kept of what a person wrote, unless the source keeps content. */
const OF_MESSAGES: readonly string[] = [
  'ToUserName',
  'FromUserName',
  'CreateTime',
  'MsgType',
  'MsgId',
  'AgentID',
  'Format',
  'AppId',
  'PagePath',
  'UnionId',
  'unionid',
  'ExternalUserID',
];

/** All that is kept of what concerns no customer: tickets, directories of employees, companies that authorised an app. */
const OF_NOTICES: readonly string[] = [
  'ToUserName',
  'CreateTime',
  'TimeStamp',
  'MsgType',
  'Event',
  'ChangeType',
  'InfoType',
  'AgentID',
  'AppId',
  'SuiteId',
  'AuthCorpId',
  'Id',
  'TagType',
  'ChatId',
];

/**
 * What may be stored of a message: no credentials, and what people said only where the source keeps content; else its length in
 * `ContentLength`. A notice that concerns no customer is reduced to what it is.
 */
export function sift(message: JsonObject, { isNotice, keepsContent }: Sifting): JsonObject {
  if (isNotice) return pick(message, OF_NOTICES);
  if (keepsContent) return without(message, CREDENTIALS);
  if (message.MsgType === 'event' || message.MsgType === undefined) {
    return without(without(message, CREDENTIALS), PERSONAL);
  }
  const { Content: content } = message;
  const length = typeof content === 'string' ? { ContentLength: [...content].length } : {};
  return { ...pick(message, OF_MESSAGES), ...length };
}

interface Sifting {
  readonly isNotice: boolean;
  readonly keepsContent: boolean;
}

const pick = (message: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.flatMap((name) => (Object.hasOwn(message, name) ? [[name, message[name]]] : [])));

/** The value without fields of these names (lower case), however deep. The value must not be deeper than the limits allow. */
function without(value: JsonObject, names: ReadonlySet<string>): JsonObject {
  const kept = Object.entries(value).filter(([name]) => !names.has(name.toLowerCase()));
  return Object.fromEntries(kept.map(([name, each]) => [name, deep(each, names)]));
}

function deep(value: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => deep(each, names));
  return isObject(value) ? without(value, names) : value;
}
