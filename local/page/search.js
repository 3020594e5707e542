import { ApiError, get, post } from './api.js';
import { byStrength } from './keys.js';
import { t } from './text.js';

/** @typedef {import('./api-types.ts').Person} Person */

const ONE_ID = /^p_[a-z2-7]{20}$/;
const KEY = /^[a-z][a-z0-9_]{0,39}:\S/;
const PHONE = /^\+?[\d\s().-]{6,24}$/;
const UUID = /^[\da-f]{8}-?([\da-f]{4}-?){3}[\da-f]{12}$/i;

/** @typedef {{oneId: string} | {identifiers: string[]}} Search */

/**
 * Reads what somebody typed to find a person: a One ID, an identifier written as `type[:scope]:value`, or just a value, of which
 * the form tells what it may be. Full-width letters, as Chinese keyboards write them, count as their narrow ones.
 * @param {string} text
 * @returns {Search | undefined} identifiers in the order in which to try them; undefined for nothing
 */
export function readSearch(text) {
  const query = text.normalize('NFKC').trim();
  if (query === '') return undefined;
  if (ONE_ID.test(query)) return { oneId: query };
  if (KEY.test(query)) return { identifiers: [query] };
  const as = (/** @type {string[]} */ ...types) => ({ identifiers: types.map((type) => `${type}:${query}`) });
  if (query.includes('@')) return as('email', 'user_id');
  if (UUID.test(query)) return as('anonymous_id', 'device_id', 'user_id');
  if (PHONE.test(query) && query.replace(/\D/g, '').length >= 6) return as('phone', 'user_id');
  return as('user_id', 'anonymous_id', 'device_id');
}

/** Strongest identifiers first. @param {Person} person */
function sorted(person) {
  person.identifiers.sort((a, b) => byStrength(a.type, b.type) || (a.first_seen < b.first_seen ? -1 : 1));
  return person;
}

/**
 * The first person that the search fits; undefined when nobody does. Values travel in bodies only: a telephone number in an
 * address would stay in histories and logs.
 * @param {Search} search
 * @returns {Promise<Person | undefined>}
 * @throws {ApiError} when no reading of it is an identifier, or the server does not answer
 */
export async function findPerson(search) {
  if ('oneId' in search) {
    try {
      return sorted(await get(`/api/persons/${encodeURIComponent(search.oneId)}`));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }
  /** @type {{persons: Person[]}} */
  const { persons } = await post('/api/persons/search', search);
  return persons[0] && sorted(persons[0]);
}

/**
 * A person by One ID, or by the key of one of the identifiers.
 * @param {string} reference
 * @returns {Promise<Person>}
 * @throws {ApiError}
 */
export async function fetchPerson(reference) {
  const found = await findPerson(reference.includes(':') ? { identifiers: [reference] } : { oneId: reference });
  if (!found) throw new ApiError(t('error.person_not_found'), 404, 'person_not_found');
  return found;
}
