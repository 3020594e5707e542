import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { JsonObject } from '../../json.ts';

/** `EventType` of GrowingIO's event_v3.proto by number; 0 is not on the wire. */
const EVENT_TYPES = [
  'VISIT',
  'CUSTOM',
  'VISITOR_ATTRIBUTES',
  'LOGIN_USER_ATTRIBUTES',
  'CONVERSION_VARIABLES',
  'APP_CLOSED',
  'PAGE',
  'PAGE_ATTRIBUTES',
  'VIEW_CLICK',
  'VIEW_CHANGE',
  'FORM_SUBMIT',
  'ACTIVATE',
];

type Kind = 'text' | 'whole' | 'long' | 'double' | 'type' | 'map' | 'item';
type Fields = Readonly<Record<number, readonly [name: string, kind: Kind]>>;

/** Texts of `EventV3Dto` by field number, under the names that they have in JSON. */
const TEXTS: Readonly<Record<number, string>> = {
  1: 'deviceId',
  2: 'userId',
  3: 'gioId',
  4: 'sessionId',
  5: 'dataSourceId',
  7: 'platform',
  9: 'domain',
  10: 'path',
  11: 'query',
  12: 'title',
  13: 'referralPage',
  18: 'language',
  19: 'sdkVersion',
  20: 'appVersion',
  22: 'eventName',
  26: 'protocolType',
  27: 'textValue',
  28: 'xpath',
  30: 'hyperlink',
  31: 'urlScheme',
  32: 'appState',
  33: 'networkState',
  34: 'appChannel',
  35: 'pageName',
  36: 'platformVersion',
  37: 'deviceBrand',
  38: 'deviceModel',
  39: 'deviceType',
  40: 'operatingSystem',
  42: 'appName',
  46: 'imei',
  47: 'androidId',
  48: 'oaid',
  49: 'googleAdvertisingId',
  50: 'idfa',
  51: 'idfv',
  52: 'orientation',
  53: 'projectKey',
  55: 'userKey',
  56: 'xcontent',
  57: 'timezoneOffset',
};

const EVENT: Fields = {
  ...Object.fromEntries(Object.entries(TEXTS).map(([field, name]) => [field, [name, 'text'] as const])),
  6: ['eventType', 'type'],
  8: ['timestamp', 'long'],
  14: ['globalSequenceId', 'long'],
  15: ['eventSequenceId', 'whole'],
  16: ['screenHeight', 'whole'],
  17: ['screenWidth', 'whole'],
  21: ['extraSdk', 'map'],
  23: ['pageShowTimestamp', 'long'],
  24: ['attributes', 'map'],
  25: ['resourceItem', 'item'],
  29: ['index', 'whole'],
  44: ['latitude', 'double'],
  45: ['longitude', 'double'],
  54: ['sendTime', 'long'],
};

const ITEM: Fields = { 1: ['id', 'text'], 2: ['key', 'text'], 3: ['attributes', 'map'] };
const ENTRY: Fields = { 1: ['key', 'text'], 2: ['value', 'text'] };

const WIRE: Readonly<Record<Kind, WireType>> = {
  text: WireType.LengthDelimited,
  map: WireType.LengthDelimited,
  item: WireType.LengthDelimited,
  whole: WireType.Varint,
  long: WireType.Varint,
  type: WireType.Varint,
  double: WireType.Bit64,
};

/**
 * The events of a protobuf `EventV3List`, as the objects that the same SDK sends as JSON. Fields that are not known are passed over.
 * @throws what the reader throws for bytes that are no such message
 */
export function readEventList(bytes: Uint8Array): JsonObject[] {
  const reader = new BinaryReader(bytes);
  const events: JsonObject[] = [];
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field !== 1 || wire !== WireType.LengthDelimited) reader.skip(wire, field);
    else events.push({ eventType: EVENT_TYPES[0], ...readMessage(reader.bytes(), EVENT) });
  }
  return events;
}

function readMessage(bytes: Uint8Array, fields: Fields): JsonObject {
  const reader = new BinaryReader(bytes);
  const values = new Map<string, unknown>();
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const known = fields[field];
    if (known === undefined || WIRE[known[1]] !== wire) reader.skip(wire, field);
    else if (known[1] !== 'map') values.set(known[0], readValue(reader, known[1]));
    else {
      const entry = readMessage(reader.bytes(), ENTRY);
      const map = values.get(known[0]);
      const entries = map instanceof Map ? map : new Map<string, unknown>();
      values.set(known[0], entries.set(String(entry.key ?? ''), entry.value ?? ''));
    }
  }
  // Not by assignment: a key may be `__proto__`, which cleaning has to see to be able to refuse it.
  return Object.fromEntries(
    [...values].map(([name, value]) => [name, value instanceof Map ? Object.fromEntries(value) : value]),
  );
}

function readValue(reader: BinaryReader, kind: Exclude<Kind, 'map'>): unknown {
  switch (kind) {
    case 'text':
      return reader.string();
    case 'whole':
      return reader.int32();
    case 'long':
      return Number(reader.int64());
    case 'double':
      return reader.double();
    case 'type':
      return eventTypeOf(reader.int32());
    case 'item':
      return readMessage(reader.bytes(), ITEM);
  }
}

/** A type that is newer than this table keeps its number. */
const eventTypeOf = (number: number): string => EVENT_TYPES[number] ?? `EVENT_TYPE_${number}`;
