import { domainToASCII } from 'node:url';
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { BoundedCache } from './bounded-cache.ts';

/** Longest identifier value, in UTF-16 units. */
const MAX_VALUE_CHARS = 256;
/** RFC 5321: an address of more than 254 octets cannot be mailed to. */
const MAX_EMAIL_CHARS = 254;
/** Longer text is no telephone number, however it is punctuated. */
const MAX_PHONE_CHARS = 40;
const CACHED_PHONES = 10_000;

/** Marks that a copied number or address may carry, and nobody sees: zero-width and text-direction characters. */
const INVISIBLE = /[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001F\u007F-\u009F]/;

/** Full-width digits and letters become plain ones, compatibility forms become one, invisible marks go. */
const fold = (text: string): string => text.normalize('NFKC').replace(INVISIBLE, '').trim();

/** An identifier that is compared as it is: outer white space goes. `undefined` when it cannot be an identifier. */
export function normaliseText(text: string): string | undefined {
  const value = text.trim();
  return value.length > MAX_VALUE_CHARS || CONTROL.test(value) || !value.isWellFormed() ? undefined : value;
}

/** As `normaliseText`, in lower case: device ids are written both ways. */
export const normaliseLower = (text: string): string | undefined => normaliseText(text)?.toLowerCase();

const phones = new BoundedCache<string>(CACHED_PHONES);

/**
 * E.164, e.g. `+8613800138000`; `undefined` unless the number is valid in its country. `region` (ISO 3166) is the
 * country of numbers without +. Digits may be full-width, separators of any kind; extensions are dropped. The library's
 * full metadata is used: by the small one a number with a digit missing is valid, and would be somebody else.
 */
export function normalisePhone(text: string, region: string): string | undefined {
  if (text.length > MAX_PHONE_CHARS) return undefined;
  return phones.get(`${region}${text}`, () => parsePhone(text, region) ?? '') || undefined;
}

function parsePhone(text: string, region: string): string | undefined {
  const defaultCountry: CountryCode | undefined = isSupportedCountry(region) ? region : undefined;
  const parsed = parsePhoneNumberFromString(fold(text), { defaultCountry, extract: false });
  return parsed?.isValid() === true ? parsed.number : undefined;
}

const LOCAL_PART = /^[^\s@"(),:;<>[\\\]]{1,64}$/u;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/;

/**
 * Lower case, domain in ASCII (IDNA), e.g. `li@xn--fiqs8s.example`; `undefined` when it cannot be an address. Dots and
 * `+tags` stay: whether they mean the same mailbox differs from provider to provider, and a wrong guess joins strangers.
 */
export function normaliseEmail(text: string): string | undefined {
  if (text.length > MAX_VALUE_CHARS) return undefined;
  const folded = fold(text).toLowerCase();
  const at = folded.lastIndexOf('@');
  const local = folded.slice(0, at);
  if (at < 1 || !LOCAL_PART.test(local) || CONTROL.test(local) || !local.isWellFormed()) return undefined;
  const domain = domainToASCII(folded.slice(at + 1));
  const email = `${local}@${domain}`;
  return DOMAIN.test(domain) && email.length <= MAX_EMAIL_CHARS ? email : undefined;
}
