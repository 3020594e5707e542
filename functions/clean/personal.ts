import { BoundedCache } from '../shared/bounded-cache.ts';
import { isFinding } from '../shared/finding.ts';
import { identifierRule, normaliseIdentifier } from '../shared/identifiers.ts';
import type { RecordContext } from './draft.ts';

/** What a property's name says about its value. */
export type ContactKind = 'phone' | 'email';

const CONTACT_NAMES: ReadonlyMap<string, ContactKind> = new Map([
  ['phone', 'phone'],
  ['phoneno', 'phone'],
  ['phonenumber', 'phone'],
  ['mobile', 'phone'],
  ['mobileno', 'phone'],
  ['mobilenumber', 'phone'],
  ['mobilephone', 'phone'],
  ['cellphone', 'phone'],
  ['tel', 'phone'],
  ['telephone', 'phone'],
  ['手机', 'phone'],
  ['手机号', 'phone'],
  ['手机号码', 'phone'],
  ['电话', 'phone'],
  ['email', 'email'],
  ['emailaddress', 'email'],
  ['邮箱', 'email'],
  ['电子邮箱', 'email'],
]);

const NOT_A_CONTACT = 'none';
const kinds = new BoundedCache<ContactKind | typeof NOT_A_CONTACT>(5000);

/** What the name of a property says: `mobile`, `phone_number` and `手机号` hold phones, `e-mail` an address. */
export function contactKind(name: string): ContactKind | undefined {
  const kind = kinds.get(name, () => {
    const folded = name.length <= 40 ? name.toLowerCase().replace(/[\s_-]/g, '') : '';
    return CONTACT_NAMES.get(folded) ?? NOT_A_CONTACT;
  });
  return kind === NOT_A_CONTACT ? undefined : kind;
}

/** The token of a value that is a valid phone or address; its raw form goes to the vault. `undefined` when it is none. */
export function maskContact(kind: ContactKind, value: unknown, record: RecordContext): string | undefined {
  const { deps, head } = record;
  if (identifierRule(kind, deps.rules)?.personal !== true) return undefined;
  const context = { rules: deps.rules, defaultRegion: head.source.default_region, token: deps.tokenise };
  const result = normaliseIdentifier({ type: kind, value }, context);
  if (isFinding(result) || result.secret === undefined) return undefined;
  record.secrets.set(result.secret.token, result.secret.value);
  return result.secret.token;
}

const MANY_DIGITS = /(?:\d[^\d]{0,3}){5}/;

/** True for text that may well be a phone or an address, even a broken one. */
export const looksPersonal = (text: string): boolean => text.includes('@') || MANY_DIGITS.test(text.normalize('NFKC'));

/**
 * The token of a value that should be personal and cannot be normalised, such as a phone with a digit missing: it is
 * somebody's all the same. `undefined` for words such as "none", which give nobody away.
 */
export function maskUnreadable(type: string, value: unknown, record: RecordContext): string | undefined {
  if (identifierRule(type, record.deps.rules)?.personal !== true) return undefined;
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  if (!looksPersonal(text)) return undefined;
  const token = record.deps.tokenise(type, text);
  record.secrets.set(token, text);
  return token;
}
