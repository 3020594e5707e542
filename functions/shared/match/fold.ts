import { normaliseEmail } from '../normalise.ts';
import { type DateOrder, foldDate } from './dates.ts';
import type { Role } from './roles.ts';
import { simplified } from './simplified.ts';

/** Texts that stand for "not known" in exports. */
const PLACEHOLDERS = new Set([
  '',
  'null',
  'nil',
  'na',
  'n a',
  'nan',
  'none',
  'unknown',
  'undefined',
  'not known',
  '无',
  '未知',
]);

/** Lower case without accents, marks and doubled spaces, Chinese in simplified writing; '' for what only says that nothing is known. */
export function foldText(text: string): string {
  const folded = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/['’`]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return PLACEHOLDERS.has(folded) ? '' : simplified(folded);
}

/** An address as it is compared: also one with a typing error that could not be mailed to. */
const foldEmail = (text: string): string => {
  const trimmed = text.trim().toLowerCase();
  return trimmed.includes('@') ? (normaliseEmail(trimmed) ?? trimmed) : '';
};

const foldDigits = (text: string): string => text.normalize('NFKC').replace(/\D/g, '').replace(/^0+/, '');

/** An address of the internet; `::ffff:` is an old one in new clothes. */
const foldIp = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/^::ffff:(?=\d+\.)/, '');

const foldCode = (text: string): string => foldText(text).replaceAll(' ', '');

/** The form of a value in which it is compared with others of its column; '' when it is missing. */
export function foldValue(text: string, role: Role, order: DateOrder): string {
  switch (role) {
    case 'birth_date':
      return foldDate(text, order);
    case 'email':
      return foldEmail(text);
    case 'phone':
      return foldDigits(text);
    case 'ip':
      return foldIp(text);
    case 'token':
      return text.trim();
    case 'device':
    case 'identifier':
    case 'postcode':
    case 'street_number':
      return foldCode(text);
    default:
      return foldText(text);
  }
}
