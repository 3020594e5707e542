import { isUtf8 } from 'node:buffer';
import type { Finding } from '../../../../schemas/reasons.ts';
import { contentHash, isObject, type JsonObject } from '../../json.ts';
import { checkJson } from '../../json-limits.ts';
import { firstTime, present, without } from '../hook-events.ts';
import { invalidPayload } from '../signature.ts';

/** The opened message, or what is wrong with it. */
export function readMessage(body: Buffer): JsonObject | Finding {
  if (!isUtf8(body)) return invalidPayload('The message is not UTF-8.');
  let message: unknown;
  try {
    message = JSON.parse(body.toString('utf8'));
  } catch {
    return invalidPayload('The message is neither XML nor JSON.');
  }
  if (!isObject(message)) return invalidPayload('The message has no fields.');
  return checkJson(message, 0) ?? message;
}

/** A field as text; undefined where it is empty or something else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A field as a number, which XML has as text. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** When it happened, ISO 8601; nothing where the message says no time. A suite's calls have `TimeStamp`. */
export function timeOf({ CreateTime, TimeStamp }: JsonObject): { timestamp?: string } {
  const timestamp = firstTime(CreateTime, TimeStamp);
  return timestamp === undefined ? {} : { timestamp };
}

/**
 * The same at each of the platform's three tries: they repeat the message, and only query and cipher text are new. The time and the
 * person alone would make one of two things that happened in one second.
 */
export const contentId = (protocol: string, message: JsonObject): string => `${protocol}:${contentHash(message)}`;

/** What is left of a message, without the fields that are said elsewhere. */
export function restOf(message: JsonObject, said: readonly string[]): { data?: JsonObject } {
  const data = present(without(message, ...said));
  return Object.keys(data).length > 0 ? { data } : {};
}
