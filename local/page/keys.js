import { shortId } from './format.js';
import { word } from './text.js';

/** Identifier keys (`type[:scope]:value`) as people read them. Personal values come as tokens and are never shown as such. */

/** Strongest first, as the identity rules order the types that ship; a company's own come after. */
const PRIORITY = ['user_id', 'phone', 'email', 'unionid', 'openid', 'external_userid', 'device_id', 'anonymous_id'];

/** What the server puts before the keyed token of a personal value. */
const TOKEN_PREFIX = 't1.';

/** @param {string} type */
const rank = (type) => {
  const at = PRIORITY.indexOf(type);
  return at < 0 ? PRIORITY.length : at;
};

/**
 * Compares identifier types for sorting, strongest first, then by name.
 * @param {string} a
 * @param {string} b
 */
export const byStrength = (a, b) => rank(a) - rank(b) || (a < b ? -1 : Number(a > b));

/**
 * Type and value of a key; the scope, if any, is left out.
 * @param {string} key
 */
export function splitKey(key) {
  const type = key.slice(0, key.indexOf(':'));
  const value = key.slice(key.lastIndexOf(':') + 1);
  return { type, value, personal: value.startsWith(TOKEN_PREFIX) };
}

/**
 * One identifier in a few characters: `user_id m51`, `anonymous_id 3e45a0f5…`, and for a token its type with four characters
 * to tell two of them apart, `phone ••eU3D`.
 * @param {string} key
 * @param {number} [keep] characters of the value
 */
export function keyLabel(key, keep = 8) {
  const { type, value, personal } = splitKey(key);
  if (personal) return `${type} ••${value.slice(-4)}`;
  return `${type} ${value.length > keep + 1 ? `${value.slice(0, keep)}…` : value}`;
}

/**
 * What a person is known by, strongest first: the member id in full, the others by type, with a count where there are several.
 * @param {readonly string[]} keys
 */
export function keysSummary(keys) {
  /** @type {Map<string, string[]>} */
  const byType = new Map();
  for (const key of keys) {
    const { type } = splitKey(key);
    byType.set(type, [...(byType.get(type) ?? []), key]);
  }
  return [...byType]
    .sort(([a], [b]) => byStrength(a, b))
    .map(([type, [first = '', ...others]]) => {
      const name = word('type', type);
      if (type === 'user_id' && others.length === 0) return `${name} ${shortId(splitKey(first).value, 16)}`;
      return others.length === 0 ? name : `${name} ×${others.length + 1}`;
    });
}
