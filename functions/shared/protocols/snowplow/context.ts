import { type JsonObject, objectOr } from '../../json.ts';
import type { Payload } from '../protocol.ts';
import { campaignOf, compact, isWriteKey, numberOf, pageOf, textOf } from '../shape.ts';
import { entityData, type SelfDescribing } from './self-describing.ts';

const KNOWN: ReadonlySet<string> = new Set([
  'iglu:com.snowplowanalytics.snowplow/web_page',
  'iglu:com.snowplowanalytics.snowplow/client_session',
  'iglu:com.snowplowanalytics.snowplow/mobile_context',
  'iglu:com.snowplowanalytics.snowplow/geolocation_context',
  'iglu:com.snowplowanalytics.mobile/application',
]);

const isKnown = ({ vendor, name }: SelfDescribing): boolean => KNOWN.has(`iglu:${vendor}/${name}`);

/** Where and with what it happened, by Segment's names; entities of other schemas go along whole. */
export function contextOf(
  event: JsonObject,
  entities: readonly SelfDescribing[],
  { userAgent }: Payload['params'],
): JsonObject {
  const page = pageOf({ url: textOf(event.url), title: textOf(event.page), referrer: textOf(event.refr) });
  const session = entityData(entities, 'client_session');
  const application = entityData(entities, 'application');
  return compact({
    library: libraryOf(event),
    app: compact({ name: appName(event.aid), version: application.version, build: application.build }),
    platform: event.p,
    page: compact({ ...page, id: entityData(entities, 'web_page').id }),
    campaign: campaignOf(page.search),
    timezone: event.tz,
    locale: event.lang,
    ip: event.ip,
    userAgent: textOf(event.ua) ?? userAgent,
    screen: sizeOf(event.res),
    viewport: sizeOf(event.vp),
    sessionId: textOf(event.sid) ?? session.sessionId,
    sessionIndex: numberOf(event.vid) ?? session.sessionIndex,
    ...mobileOf(entityData(entities, 'mobile_context')),
    location: placeOf(entityData(entities, 'geolocation_context')),
    entities: entitiesOf(entities.filter((entity) => !isKnown(entity))),
  });
}

/** The application's id, unless a write key stands in its place. */
const appName = (aid: unknown): unknown => (isWriteKey(aid) ? undefined : aid);

const TRACKER = /^([a-z]{1,20})-(.{1,40})$/;

/** `js-4.10.1` is the version of the tracker for browsers. */
function libraryOf({ tv, tna }: JsonObject): JsonObject {
  const [, kind, version] = TRACKER.exec(textOf(tv) ?? '') ?? [];
  return compact({ name: `snowplow-${kind ?? 'unknown'}`, version, namespace: tna });
}

const SIZE = /^(\d{1,6})x(\d{1,6})$/;

function sizeOf(size: unknown): JsonObject {
  const [, width, height] = SIZE.exec(textOf(size) ?? '') ?? [];
  return compact({ width: numberOf(width), height: numberOf(height) });
}

/** The ids for advertising are there only where the person allowed it. */
const mobileOf = (mobile: JsonObject): JsonObject => ({
  os: compact({ name: mobile.osType, version: mobile.osVersion }),
  device: compact({
    manufacturer: mobile.deviceManufacturer,
    model: mobile.deviceModel,
    id: mobile.appleIdfv,
    advertisingId: textOf(mobile.appleIdfa) ?? textOf(mobile.androidIdfa),
  }),
  network: compact({ type: mobile.networkType, carrier: mobile.carrier }),
});

const placeOf = ({ latitude, longitude }: JsonObject): JsonObject => compact({ latitude, longitude });

const entitiesOf = (entities: readonly SelfDescribing[]): readonly JsonObject[] | undefined =>
  entities.length === 0 ? undefined : entities.map(({ schema, data }) => ({ schema, data: objectOr(data) }));
