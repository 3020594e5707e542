import type { Finding } from '../../../../schemas/reasons.ts';
import { type JsonObject, objectOr } from '../../json.ts';
import { setOwn } from '../../own.ts';
import { OPERATIONS } from '../../profile/operations.ts';

/** Read as context; no trait of anybody. */
const NO_TRAITS: ReadonlySet<string> = new Set([
  '$is_login_id',
  '$device_id',
  '$timezone_offset',
  '$lib',
  '$lib_version',
  '$project',
  '$token',
]);

/**
 * What a profile record says of a person: traits, or operations on them. Server SDKs put the properties that they add to everything among
 * those of a profile as well, so of an increment only numbers count, of an append only lists, of an unset what is `true`.
 */
export function traitsOf(record: JsonObject): JsonObject | Finding {
  const properties: JsonObject = {};
  for (const [name, value] of Object.entries(objectOr(record.properties))) {
    if (!NO_TRAITS.has(name)) setOwn(properties, name, value);
  }
  switch (record.type) {
    case 'profile_set_once':
      return { [OPERATIONS]: { once: properties } };
    case 'profile_increment':
      return operation(properties, 'add', (value) => typeof value === 'number', 'a number');
    case 'profile_append':
      return operation(properties, 'append', Array.isArray, 'a list');
    case 'profile_unset':
      return { [OPERATIONS]: { unset: unsetNames(properties) } };
    case 'profile_delete':
      return { [OPERATIONS]: { clear: true } };
    default:
      return properties;
  }
}

function operation(
  properties: JsonObject,
  name: 'add' | 'append',
  fits: (value: unknown) => boolean,
  kind: string,
): JsonObject | Finding {
  const fitting = Object.entries(properties).filter(([, value]) => fits(value));
  if (fitting.length > 0) return { [OPERATIONS]: { [name]: Object.fromEntries(fitting) } };
  const detail = `None of the properties is ${kind}, which is what this record needs.`;
  return { reason: 'invalid_field', field: '/properties', detail };
}

/** Most SDKs write `true`, that of iOS an empty text. */
function unsetNames(properties: JsonObject): string[] {
  const names = Object.keys(properties);
  const marked = names.filter((name) => properties[name] === true);
  return marked.length > 0 ? marked : names;
}
