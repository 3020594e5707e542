import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { HttpRequest } from '../functions/shared/http.ts';

/**
 * Who is answerable for a request to this server. Nobody signs in on one machine: whoever is at it says a name in the header
 * `x-operator`, or is just that. Headers come as Latin-1; a name sent in UTF-8 is read as such.
 */
export function callerOf({ headers }: HttpRequest): string {
  const name = headers['x-operator']?.trim() ?? '';
  const bytes = Buffer.from(name, 'latin1');
  return (isUtf8(bytes) ? bytes.toString('utf8') : name) || 'local operator';
}

/** A new id, 96 random bits. */
export const newId = (): string => randomBytes(12).toString('base64url');
