import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';

/** Largest time a JavaScript date can hold, ms. */
const MAX_DATE_MS = 8.64e15;
/** Decimal digits that a double always keeps. */
const DOUBLE_DIGITS = 15;

/**
 * A DuckDB value as JSON keeps it: whole numbers as numbers while they are exact, else as text; times as ISO 8601 in UTC with
 * milliseconds; dates as YYYY-MM-DD; bytes as base64; lists and structs as arrays and objects.
 */
export function toJsonValue(value: DuckDBValue): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof DuckDBDecimalValue) return decimal(value);
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(toJsonValue);
  if (value instanceof DuckDBStructValue) return struct(value.entries);
  if (value instanceof DuckDBMapValue)
    return struct(Object.fromEntries(value.entries.map((e) => [text(e.key), e.value])));
  if (value instanceof DuckDBUnionValue) return toJsonValue(value.value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  return timestamp(value) ?? value.toString();
}

function decimal(value: DuckDBDecimalValue): number | string {
  return value.width <= DOUBLE_DIGITS || value.value.toString().length <= DOUBLE_DIGITS
    ? value.toDouble()
    : value.toString();
}

const struct = (entries: Readonly<Record<string, DuckDBValue>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, toJsonValue(value)]));

function text(key: DuckDBValue): string {
  const value = toJsonValue(key);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function timestamp(value: Exclude<DuckDBValue, null>): string | undefined {
  const ms = epochMs(value);
  if (ms === undefined || Math.abs(ms) > MAX_DATE_MS) return undefined;
  return new Date(ms).toISOString();
}

function epochMs(value: Exclude<DuckDBValue, null>): number | undefined {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return floorDivide(value.micros, 1_000n);
  if (value instanceof DuckDBTimestampMillisecondsValue) return Number(value.millis);
  if (value instanceof DuckDBTimestampNanosecondsValue) return floorDivide(value.nanos, 1_000_000n);
  if (value instanceof DuckDBTimestampSecondsValue) return Number(value.seconds) * 1_000;
  return undefined;
}

/** Down, also before 1970: 0.4 ms before the epoch is in millisecond -1. */
const floorDivide = (a: bigint, b: bigint): number => Number((a - (((a % b) + b) % b)) / b);
