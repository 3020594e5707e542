import { isUtf8 } from 'node:buffer';
import type { Finding } from '../../../../schemas/reasons.ts';
import type { HttpRequest } from '../../http.ts';
import { invalidPayload } from '../signature.ts';

const PREFIX = 'ce-';
const NAME = /^[a-z0-9]{1,40}$/;
/** The raw stream keeps this many, of this length. */
const MAX_ATTRIBUTES = 25;
const MAX_VALUE_CHARS = 1000;

/** The attributes in `ce-` headers, decoded; the content type as `datacontenttype`. */
export function attributesOf({ headers }: HttpRequest): Record<string, string> | Finding {
  const found: Record<string, string> = {};
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(PREFIX)) continue;
    const name = header.slice(PREFIX.length);
    if (!NAME.test(name)) return invalidPayload('A ce- header has a name that no attribute can have.');
    const decoded = decodeValue(value);
    if (decoded === undefined) return invalidPayload(`The header ce-${name} is not valid UTF-8 once decoded.`);
    if (decoded.length > MAX_VALUE_CHARS) {
      return invalidPayload(`The header ce-${name} has more than ${MAX_VALUE_CHARS} characters.`);
    }
    found[name] = decoded;
  }
  if (Object.keys(found).length > MAX_ATTRIBUTES) {
    return invalidPayload(`There are more than ${MAX_ATTRIBUTES} ce- headers.`);
  }
  const type = headers['content-type'];
  return type === undefined || type === '' ? found : { ...found, datacontenttype: type.slice(0, MAX_VALUE_CHARS) };
}

const QUOTED = /^"((?:[^"\\]|\\.)*)"$/s;
const ESCAPE = /\\(.)/gs;

/**
 * A header's value as CloudEvents' HTTP binding 3.1.3.2 writes it: quotes are taken off, then percent signs decoded once. HTTP carries
 * bytes, of which each is one character here.
 * @returns undefined where the bytes are no UTF-8
 */
export function decodeValue(value: string): string | undefined {
  const inner = QUOTED.exec(value)?.[1]?.replace(ESCAPE, '$1') ?? value;
  const bytes: number[] = [];
  for (let at = 0; at < inner.length; at += 1) {
    const hex = inner[at] === '%' ? inner.slice(at + 1, at + 3) : '';
    if (/^[0-9A-Fa-f]{2}$/.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
      continue;
    }
    const code = inner.charCodeAt(at);
    if (code > 0xff) return undefined;
    bytes.push(code);
  }
  const decoded = Buffer.from(bytes);
  return isUtf8(decoded) ? decoded.toString('utf8') : undefined;
}
