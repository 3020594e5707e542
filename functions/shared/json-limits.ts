import type { Finding } from '../../schemas/reasons.ts';
import { isObject, type JsonObject, pointer } from './json.ts';

/** Levels of nesting in one event; the event itself is level 1. */
export const MAX_DEPTH = 32;
/** Names in one object. */
export const MAX_PROPERTIES = 500;
/** Bytes of one event as compact JSON. */
export const MAX_EVENT_BYTES = 32 * 1024;

/** JSON writes a UTF-16 unit as at most six bytes (`\u0000`). */
const MAX_BYTES_PER_UNIT = 6;
/** Longest number in JSON, e.g. `-1.2345678901234567e-100`. */
const MAX_SCALAR_UNITS = 24;

/** What the walk has seen; `path` is filled from the inside out once something is wrong. */
interface Walk {
  units: number;
  problem: 'too_deep' | 'too_many_properties' | 'forbidden_key' | undefined;
  path: (string | number)[];
}

/**
 * Checks one parsed value against the limits on shape and size. Linear; recursion stops at the depth limit, so hostile
 * nesting cannot exhaust the stack. `bytes` is what the value cannot be larger than (the size of the body it came in):
 * only larger ones are measured, and only those near the limit are written out to be measured.
 */
export function checkJson(value: unknown, bytes: number): Finding | undefined {
  const walk: Walk = { units: 0, problem: undefined, path: [] };
  visit(value, 1, walk);
  if (walk.problem !== undefined) return shapeFinding(walk.problem, walk.path.reverse());
  if (bytes <= MAX_EVENT_BYTES || walk.units * MAX_BYTES_PER_UNIT <= MAX_EVENT_BYTES) return undefined;
  const size = Buffer.byteLength(JSON.stringify(value));
  if (size <= MAX_EVENT_BYTES) return undefined;
  const detail = `The event has ${size} bytes; at most ${MAX_EVENT_BYTES} are taken.`;
  return { reason: 'event_too_large', field: '', detail };
}

function shapeFinding(reason: NonNullable<Walk['problem']>, path: (string | number)[]): Finding {
  if (reason === 'too_deep') {
    // The path of a hostile event would be longer than the event is worth.
    const field = pointer(...path.slice(0, 3));
    return { reason, field, detail: `The JSON below ${field} is nested deeper than ${MAX_DEPTH} levels.` };
  }
  const field = pointer(...path).slice(0, 200);
  if (reason === 'forbidden_key')
    return { reason, field, detail: `The property name __proto__ at ${field} is refused.` };
  return { reason, field, detail: `The object at ${field || 'the top'} has more than ${MAX_PROPERTIES} properties.` };
}

/** Returns false once something is wrong, adding its own step to the path on the way out. */
function visit(value: unknown, depth: number, walk: Walk): boolean {
  if (typeof value === 'string') {
    walk.units += value.length + 3;
    return true;
  }
  if (typeof value !== 'object' || value === null) {
    walk.units += MAX_SCALAR_UNITS;
    return true;
  }
  walk.units += 3;
  if (depth > MAX_DEPTH) {
    walk.problem = 'too_deep';
    return false;
  }
  return Array.isArray(value) ? visitArray(value, depth, walk) : !isObject(value) || visitObject(value, depth, walk);
}

function visitArray(value: readonly unknown[], depth: number, walk: Walk): boolean {
  for (let i = 0; i < value.length; i++) {
    if (visit(value[i], depth + 1, walk)) continue;
    walk.path.push(i);
    return false;
  }
  return true;
}

function visitObject(value: JsonObject, depth: number, walk: Walk): boolean {
  let count = 0;
  for (const key in value) {
    walk.units += key.length + 4;
    if (key === '__proto__') walk.problem = 'forbidden_key';
    else if (visit(value[key], depth + 1, walk)) {
      if (++count <= MAX_PROPERTIES) continue;
      walk.problem = 'too_many_properties';
      return false;
    }
    walk.path.push(key);
    return false;
  }
  return true;
}
