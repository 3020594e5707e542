import { keyLabel, splitKey } from './keys.js';
import { t, word } from './text.js';

/** @typedef {import('./api-types.ts').Person} Person */

const KEPT_CHARS = 8;

/**
 * An identifier in words: `Phone +8613800138000` where the API revealed the value, `Phone ••eU3D` where it did not.
 * @param {string} key
 * @param {Person} [person] whose values are known
 */
export function identifierName(key, person) {
  const type = splitKey(key).type;
  const own = person?.identifiers.find((identifier) => identifier.key === key);
  const label = keyLabel(key, KEPT_CHARS).slice(type.length + 1);
  // Personal values are told apart by their end; random ids by their beginning.
  const value = own && splitKey(key).personal ? own.value : type === 'user_id' ? splitKey(key).value : label;
  return `${word('type', type)} ${value}`;
}

/**
 * How to speak of a person: by name, else by the strongest identifier.
 * @param {Person} person identifiers strongest first
 */
export function personName(person) {
  const name = person.profile.basic.name?.value;
  if (typeof name === 'string' && name !== '') return name;
  const [first] = person.identifiers;
  return first ? identifierName(first.key, person) : t('person.title');
}

/**
 * A reason as it is shown: the server keeps personal values in it as tokens, which nobody can read.
 * @param {string} why
 */
export const reasonShown = (why) => why.replace(/\bt1\.[\w-]+/g, '••');
