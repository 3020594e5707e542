import { randomBytes } from 'node:crypto';
import type { HttpRequest } from '../functions/shared/http.ts';

/**
 * Who is answerable for a request to this server. Nobody signs in on one machine: whoever is at it says a name in the header
 * `x-operator`, or is just that.
 */
export const callerOf = ({ headers }: HttpRequest): string => headers['x-operator']?.trim() || 'local operator';

/** A new id, 96 random bits. */
export const newId = (): string => randomBytes(12).toString('base64url');
