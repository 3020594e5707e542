import { isUtf8 } from 'node:buffer';
import type { Finding } from '../../../../schemas/reasons.ts';
import { contentHash, isObject, type JsonObject } from '../../json.ts';
import { checkJson } from '../../json-limits.ts';
import { invalidPayload } from '../signature.ts';

/** From here on, a number of a time is of milliseconds. */
const MILLISECONDS_FROM = 1e11;
const MAX_MS = 253_402_300_799_999;

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

/** ISO 8601 of `CreateTime` (seconds since the epoch) or what a suite has in its place; nothing where it is none. */
export function timeOf(message: JsonObject): { timestamp?: string } {
  const at = numberOf(message.CreateTime) ?? numberOf(message.TimeStamp);
  if (at === undefined || at <= 0) return {};
  const ms = at < MILLISECONDS_FROM ? at * 1000 : at;
  return ms <= MAX_MS ? { timestamp: new Date(ms).toISOString() } : {};
}

/** Fields that have something to say, in the order given. */
export const present = (fields: Readonly<Record<string, unknown>>): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));

/**
 * The same at each of the platform's three tries: they repeat the message, and only query and cipher text are new. The time and the
 * person alone would make one of two things that happened in one second.
 */
export const contentId = (protocol: string, message: JsonObject): string => `${protocol}:${contentHash(message)}`;

/** What is left of an event that has no name of ours: its own fields, without those that are said elsewhere. */
export function restOf(message: JsonObject, said: ReadonlySet<string>): { data?: JsonObject } {
  const data = Object.fromEntries(Object.entries(message).filter(([name, value]) => !said.has(name) && value !== ''));
  return Object.keys(data).length > 0 ? { data } : {};
}
