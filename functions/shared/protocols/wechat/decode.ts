import { isFinding } from '../../finding.ts';
import type { JsonObject } from '../../json.ts';
import type { Decode } from '../protocol.ts';
import { type Happening, happeningsOf } from './events.ts';
import { contentId, readMessage, textOf, timeOf } from './fields.ts';

/** A pushed message: what it says of the person whose openid it comes from; nothing where it concerns no person. */
export const decode: Decode = ({ body, params }, source) => {
  const message = readMessage(body);
  if (isFinding(message)) return message;
  const openid = textOf(message.FromUserName);
  if (openid === undefined) return { items: [], shared: {} };
  const app = params.app ?? source?.app_id ?? '';
  const id = idOf(message, app);
  const context = contextOf(message, { openid, app, account: source?.settings?.open_platform_id });
  const items = happeningsOf(message).map((happening, index) => ({
    type: 'track',
    messageId: index === 0 ? id : `${id}:${index}`,
    ...timeOf(message),
    ...eventOf(happening, message, context),
  }));
  return { items, shared: {} };
};

function eventOf({ name, properties, campaign }: Happening, { Event, ToUserName }: JsonObject, context: JsonObject) {
  return {
    event: name,
    properties: {
      ...properties,
      ...(textOf(Event) !== undefined && { platform_event: textOf(Event) }),
      ...(textOf(ToUserName) !== undefined && { account: textOf(ToUserName) }),
    },
    context: campaign === undefined ? context : { ...context, campaign: { source: 'wechat', name: campaign } },
  };
}

/** Of messages the platform's own id, which is unique within an account; events have none. */
function idOf(message: JsonObject, app: string): string {
  const own = textOf(message.MsgId);
  const isMessage = own !== undefined && own.length <= 30 && textOf(message.MsgType) !== 'event';
  return isMessage ? `wechat:${app}:${own}` : contentId('wechat', { ...message, app });
}

interface Person {
  readonly openid: string;
  readonly app: string;
  /** The open-platform account, where the source names it. */
  readonly account: string | undefined;
}

function contextOf(message: JsonObject, { openid, app, account }: Person): JsonObject {
  const unionid = textOf(message.UnionId) ?? textOf(message.UnionID) ?? textOf(message.unionid);
  const union = unionid === undefined ? [] : [{ type: 'unionid', scope: account ?? app, id: unionid }];
  return {
    externalIds: [{ type: 'openid', scope: app, id: openid }, ...union],
    library: { name: 'wechat-message-push' },
  };
}
