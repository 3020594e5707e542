import { Temporal } from 'temporal-polyfill';

/** Furthest one move may go, days: a slip of the finger must not fire a century of timers. */
const MAX_MOVE_DAYS = 400;
const SHAPE =
  'Send {"advance": "P1D"} (ISO 8601 duration), {"advance_ms": 86400000} or {"to": "2026-03-01T10:00:00+08:00"}.';
const SHORT = /^(\d+(?:\.\d+)?)\s*(s|m|h|d)$/;
const SHORT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function durationMs(text: string): number | undefined {
  const short = SHORT.exec(text.trim());
  if (short) return Number(short[1]) * (SHORT_MS[short[2] ?? ''] ?? Number.NaN);
  try {
    return Temporal.Duration.from(text).total({ unit: 'millisecond', relativeTo: '1970-01-01T00:00[UTC]' });
  } catch {
    return undefined;
  }
}

function target(value: Record<string, unknown>, now: number): number | undefined {
  const { advance, advance_ms } = value;
  if (typeof advance === 'number') return now + advance;
  if (typeof advance === 'string') {
    const ms = durationMs(advance);
    return ms === undefined ? undefined : now + ms;
  }
  if (typeof advance_ms === 'number') return now + advance_ms;
  const to = value.to ?? value.now;
  if (typeof to === 'number') return to;
  return typeof to === 'string' ? Date.parse(to) : undefined;
}

/** Reads where the clock is to move, epoch ms; or says what was wrong with the request. */
export function parseClockMove(body: string, now: number): { to: number } | { error: string } {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { error: `The body is not JSON. ${SHAPE}` };
  }
  if (typeof value !== 'object' || value === null) return { error: SHAPE };
  const to = target(value as Record<string, unknown>, now);
  if (to === undefined || !Number.isFinite(to)) return { error: SHAPE };
  if (to < now)
    return { error: 'The clock moves forward only: what has been decided stays decided. POST /api/reset starts anew.' };
  if (to - now > MAX_MOVE_DAYS * 86_400_000) return { error: `One move may go ${MAX_MOVE_DAYS} days at most.` };
  return { to };
}
