import type { EventType, Source, SourceClass } from '../../schemas/event.ts';
import type { Finding } from '../../schemas/reasons.ts';
import { CONTROL_TYPES, checkControl, isControlType } from './control-event.ts';
import { isObject, type JsonObject, kindOf, pointer } from './json.ts';
import { checkJson } from './json-limits.ts';
import { RefusedItem } from './protocols/refused-item.ts';

/** Bytes of a request body, before and after gunzip. */
export const MAX_BODY_BYTES = 500 * 1024;
/** Events in one batch. */
export const MAX_BATCH_EVENTS = 2500;
/** Characters of a client's message id. */
export const MAX_MESSAGE_ID_CHARS = 100;
/** Characters of an event, page or screen name. */
export const MAX_NAME_CHARS = 200;

/** The event types of the Segment protocol, and those that declare something about identity; also the routes that take one event. */
export const EVENT_TYPES: ReadonlySet<string> = new Set<string>([
  'track',
  'identify',
  'page',
  'screen',
  'group',
  'alias',
  ...CONTROL_TYPES,
]);

const isEventType = (value: unknown): value is EventType => typeof value === 'string' && EVENT_TYPES.has(value);

/** The type of an event: what the path says, else (in a batch) what the event says. */
export function eventType(event: JsonObject, route: string): EventType | undefined {
  if (isEventType(route)) return route;
  return isEventType(event.type) ? event.type : undefined;
}

type FieldKind = 'id' | 'name' | 'message_id' | 'object';

const FIELDS: readonly (readonly [name: string, kind: FieldKind])[] = [
  ['userId', 'id'],
  ['anonymousId', 'id'],
  ['previousId', 'id'],
  ['groupId', 'id'],
  ['event', 'name'],
  ['name', 'name'],
  ['messageId', 'message_id'],
  ['properties', 'object'],
  ['traits', 'object'],
  ['context', 'object'],
];

/** How an event came. */
export interface Arrival {
  /** The event type that the path names, or `batch` (then the event names its type itself). */
  readonly route: string;
  /** Size of the body that the event came in. */
  readonly bytes: number;
  /** Class of the source whose key it came with. */
  readonly sender: SourceClass;
}

/** How the events of a payload came: what Segment's clients send is measured by its body; what was decoded may be larger than that. */
export const arrivalOf = (
  protocol: string,
  { route, body }: { readonly route: string; readonly body: Uint8Array },
  source: Source,
): Arrival =>
  protocol === 'segment'
    ? { route, bytes: body.byteLength, sender: source.class }
    : { route: 'batch', bytes: Number.POSITIVE_INFINITY, sender: source.class };

/**
 * What is wrong with one event, or nothing. `collect` answers with it and `clean` applies it again, so both always agree
 * on which events of a batch were accepted.
 */
export function checkEvent(event: unknown, { route, bytes, sender }: Arrival): Finding | undefined {
  if (event instanceof RefusedItem) return event.finding;
  if (!isObject(event)) {
    return { reason: 'not_an_object', field: '', detail: `Expected a JSON object, got ${kindOf(event)}.` };
  }
  const limits = checkJson(event, bytes);
  if (limits !== undefined) return limits;
  const type = eventType(event, route);
  if (type === undefined) return unknownType(event);
  for (const [name, kind] of FIELDS) {
    const wrong = checkField(event[name], kind);
    if (wrong !== undefined) return { reason: 'invalid_field', field: pointer(name), detail: `${name} ${wrong}.` };
  }
  if (type === 'track' && isBlank(event.event)) {
    return { reason: 'missing_field', field: '/event', detail: 'A track event needs its name in event.' };
  }
  return isControlType(type) ? checkControl(event, type, sender) : undefined;
}

function unknownType(event: JsonObject): Finding {
  const { type } = event;
  const got = typeof type === 'string' ? JSON.stringify(type.slice(0, 40)) : kindOf(type);
  return {
    reason: 'unknown_type',
    field: '/type',
    detail: `type must be one of ${[...EVENT_TYPES].join(', ')}, got ${got}.`,
  };
}

const isBlank = (value: unknown): boolean => value === undefined || value === null || String(value).trim() === '';

/** The rest of the sentence that begins with the field's name. `null` and absent fields are the same to SDKs. */
function checkField(value: unknown, kind: FieldKind): string | undefined {
  if (value === undefined || value === null) return undefined;
  switch (kind) {
    case 'id':
      if (typeof value === 'string' || typeof value === 'number') return undefined;
      return `must be a string, got ${kindOf(value)}`;
    case 'object':
      return isObject(value) ? undefined : `must be an object, got ${kindOf(value)}`;
    case 'name':
      return checkText(value, MAX_NAME_CHARS);
    case 'message_id':
      return checkText(value, MAX_MESSAGE_ID_CHARS);
  }
}

function checkText(value: unknown, maxChars: number): string | undefined {
  if (typeof value !== 'string') return `must be a string, got ${kindOf(value)}`;
  return value.length <= maxChars ? undefined : `has ${value.length} characters; at most ${maxChars} are taken`;
}
