import type { Finding } from '../../../../schemas/reasons.ts';
import { isObject, type JsonObject, kindOf, pointer } from '../../json.ts';

/** Longest id of a person that SensorsData takes. */
export const MAX_ID_CHARS = 255;

const TYPES: ReadonlySet<string> = new Set([
  'track',
  'track_signup',
  'track_id_bind',
  'track_id_unbind',
  'profile_set',
  'profile_set_once',
  'profile_increment',
  'profile_append',
  'profile_unset',
  'profile_delete',
  'item_set',
  'item_delete',
]);

/** What SensorsData lets nobody call an event or a property, and how all else has to look. */
const RESERVED: ReadonlySet<string> = new Set(
  'distinct_id original_id time properties id first_id second_id users events event user_id date datetime'.split(' '),
);
const NAME = /^[a-zA-Z_$][a-zA-Z\d_$]{0,99}$/;

const isName = (name: string): boolean => NAME.test(name) && !RESERVED.has(name.toLowerCase());

/** What is wrong with one record, or nothing: what SensorsData itself would refuse, and what cannot be understood. */
export function checkRecord(record: unknown): Finding | undefined {
  if (!isObject(record)) {
    return { reason: 'not_an_object', field: '', detail: `Expected a record, got ${kindOf(record)}.` };
  }
  const { type, event, properties } = record;
  if (typeof type !== 'string' || !TYPES.has(type)) {
    return { reason: 'unknown_type', field: '/type', detail: `type must be one of ${[...TYPES].join(', ')}.` };
  }
  if (type.startsWith('item_')) {
    const detail = `${type} describes an item of a catalogue, and no person. It is kept here as it came.`;
    return { reason: 'describes_item', field: '/type', detail };
  }
  if (properties !== undefined && properties !== null && !isObject(properties)) {
    return invalid('/properties', `properties must be an object, got ${kindOf(properties)}.`);
  }
  if (type === 'track' && (typeof event !== 'string' || !isName(event))) return badEvent(event);
  return checkIds(record) ?? checkNames(isObject(properties) ? properties : {});
}

const badEvent = (event: unknown): Finding =>
  typeof event === 'string' && event !== ''
    ? invalid(
        '/event',
        `event must begin with a letter, _ or $, have at most 100 of these and digits, and be no reserved word.`,
      )
    : { reason: 'missing_field', field: '/event', detail: 'A track record needs its name in event.' };

function checkIds(record: JsonObject): Finding | undefined {
  const identities = record.identities;
  if (identities !== undefined && identities !== null && !isObject(identities)) {
    return invalid('/identities', `identities must be an object, got ${kindOf(identities)}.`);
  }
  const ids: [string, unknown][] = [
    ...['distinct_id', 'original_id', 'login_id', 'anonymous_id'].map((name): [string, unknown] => [
      pointer(name),
      record[name],
    ]),
    ...Object.entries(identities ?? {}).map(([name, id]): [string, unknown] => [pointer('identities', name), id]),
  ];
  for (const [field, id] of ids) {
    if (id === undefined || id === null) continue;
    if (typeof id !== 'string' && typeof id !== 'number') {
      return invalid(field.slice(0, 200), `An id must be a text, got ${kindOf(id)}.`);
    }
    if (String(id).length <= MAX_ID_CHARS) continue;
    return invalid(
      field.slice(0, 200),
      `An id has ${String(id).length} characters; at most ${MAX_ID_CHARS} are taken.`,
    );
  }
  return undefined;
}

function checkNames(properties: JsonObject): Finding | undefined {
  const wrong = Object.keys(properties).find((name) => !isName(name));
  if (wrong === undefined) return undefined;
  const field = pointer('properties', wrong.slice(0, 100));
  return invalid(
    field,
    'The name of a property must begin with a letter, _ or $, have at most 100 of these and digits, and be no reserved word.',
  );
}

const invalid = (field: string, detail: string): Finding => ({ reason: 'invalid_field', field, detail });
