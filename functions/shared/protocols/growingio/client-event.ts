import { contentHash, type JsonObject, objectOr } from '../../json.ts';
import {
  campaignOf,
  compact,
  isWriteKey,
  numberOf,
  offsetZone,
  pageOf,
  scalarText,
  statedTime,
  textOf,
} from '../shape.ts';
import { attributesOf } from './attributes.ts';
import { identityOf, isApp, isMiniProgram } from './identity.ts';

/** An event of GrowingIO's web, mini program and app SDKs. */
export function clientEvent(event: JsonObject): JsonObject {
  const { userId, anonymousId, device, externalIds } = identityOf(event);
  const page = pageIn(event);
  return compact({
    ...kindOf(event, page),
    userId,
    anonymousId,
    messageId: messageId(event),
    timestamp: statedTime(event.timestamp),
    context: compact({ ...contextOf(event), page, device: compact({ ...deviceOf(event), ...device }), externalIds }),
  });
}

/** The duplicate key: an SDK numbers the events of a device. Where it does not, cleaning makes one of the content. */
function messageId({ deviceId, sessionId, eventType, eventSequenceId, timestamp }: JsonObject): string | undefined {
  const [device, number, time] = [deviceId, eventSequenceId, timestamp].map(scalarText);
  if (device === undefined || number === undefined || time === undefined) return undefined;
  return contentHash([device, scalarText(sessionId), scalarText(eventType), number, time]);
}

const PERSON: ReadonlySet<unknown> = new Set(['LOGIN_USER_ATTRIBUTES', 'VISITOR_ATTRIBUTES']);

/** What kind of event it is, with its name and its properties or traits. */
function kindOf(event: JsonObject, page: JsonObject): JsonObject {
  const attributes = attributesOf(objectOr(event.attributes));
  if (PERSON.has(event.eventType)) return { type: 'identify', traits: attributes };
  if (event.eventType === 'PAGE') {
    const properties = { ...page, ...attributes };
    if (!isApp(event)) return { type: 'page', properties };
    return {
      type: 'screen',
      name: (textOf(event.title) ?? textOf(event.pageName) ?? textOf(event.path))?.slice(0, 200),
      properties,
    };
  }
  const properties = { ...compact({ ...elementOf(event), resource_item: itemOf(event.resourceItem) }), ...attributes };
  return { type: 'track', event: event.eventType === 'CUSTOM' ? event.eventName : event.eventType, properties };
}

/** Of clicks, changes and submits: what was touched. */
const elementOf = ({ xpath, xcontent, textValue, index, hyperlink }: JsonObject): JsonObject => ({
  xpath,
  xcontent,
  text_value: textValue,
  index,
  hyperlink,
});

/** The thing that a custom event is about. */
function itemOf(item: unknown): JsonObject {
  const { id, key, attributes } = objectOr(item);
  return compact({ id, key, attributes: attributesOf(objectOr(attributes)) });
}

/** Of sites the domain is the host; of apps and mini programs it is their id, and a path is no part of an address. */
function pageIn(event: JsonObject): JsonObject {
  const [domain, path, query, scheme] = [event.domain, event.path, event.query, event.protocolType].map(textOf);
  const search = query === undefined ? undefined : `?${query}`;
  const isSite = scheme !== undefined && domain !== undefined && !isApp(event) && !isMiniProgram(event);
  return pageOf({
    url: isSite ? `${scheme}://${domain}${path ?? ''}${search ?? ''}` : undefined,
    path,
    search,
    title: textOf(event.title),
    referrer: textOf(event.referralPage),
  });
}

const deviceOf = ({ deviceBrand, deviceModel, deviceType }: JsonObject): JsonObject => ({
  manufacturer: deviceBrand,
  model: deviceModel,
  type: deviceType,
});

function contextOf(event: JsonObject): JsonObject {
  const platform = textOf(event.platform);
  const inApp = isApp(event) || isMiniProgram(event);
  return {
    library: compact({
      name: `growingio-${(platform ?? 'unknown').toLowerCase().slice(0, 40)}`,
      version: event.sdkVersion,
    }),
    timezone: offsetZone(event.timezoneOffset),
    locale: event.language,
    campaign: campaignOf(event.query),
    os: compact({
      name: event.operatingSystem ?? (isApp(event) ? platform : undefined),
      version: event.platformVersion,
    }),
    app: compact({
      name: event.appName,
      version: event.appVersion,
      channel: event.appChannel,
      namespace: inApp ? event.domain : undefined,
    }),
    screen: compact({ width: numberOf(event.screenWidth), height: numberOf(event.screenHeight) }),
    network: compact({ type: event.networkState }),
    location: compact({ latitude: event.latitude, longitude: event.longitude }),
    sessionId: event.sessionId,
    dataSourceId: isWriteKey(event.dataSourceId) ? undefined : event.dataSourceId,
  };
}
