import type { Source } from '../../schemas/event.ts';
import { type Cursor, CursorMoved, type CursorStore } from './cursor.ts';
import { OutOfTime } from './error.ts';
import type { JosClient, OrderPage } from './jos.ts';
import { type KeepDeps, keep } from './keep.ts';

export interface JosPolling extends KeepDeps {
  readonly source: Source;
  readonly client: Pick<JosClient, 'orders'>;
  readonly cursor: Pick<CursorStore, 'read' | 'move'>;
  /** Real time, epoch ms: the platform's clock, which modification times are of. */
  now(): number;
  readonly deadline: number;
}

export const PAGE_SIZE = 100;
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** Read again each time: what the platform's search shows late, and clocks that differ. */
export const OVERLAP_MS = 3 * MINUTE;
/** How far back a new source is read. */
export const FIRST_REACH_MS = DAY;
/** By modification, JD shows the last three months. */
const MAX_REACH_MS = 89 * DAY;
/** JD searches a month at once; a day is read within a run. */
const MAX_WINDOW_MS = DAY;
/** A window with more orders is halved, so that each gets done within a run. */
export const MAX_WINDOW_ORDERS = 2_000;

type Reading = NonNullable<Cursor['reading']>;

/**
 * Fetches the orders of a shop that were modified since the last time, window by window and page by page, until it is up to date or the time is up.
 * Pages are read from the last to the first: an order that is modified meanwhile leaves the window, and those behind it move to pages that
 * are still to come. The cursor moves once a page is durable, so that a crash repeats a page and misses none; an order that is seen twice in one
 * state is the same event by its id.
 * @returns how many orders were kept @throws PlatformError, and what the stream and the store throw
 */
export async function pollJos(polling: JosPolling): Promise<number> {
  const until = polling.now();
  let kept = 0;
  try {
    let cursor = startOf(await polling.cursor.read(), until);
    while (polling.now() < polling.deadline) {
      const window = cursor.reading ? { reading: cursor.reading } : await nextWindow(cursor, until, polling);
      if (window === undefined) break;
      const { reading } = window;
      const page = reading.next_page;
      const known = page === 1 ? window.first : undefined;
      const { orders } = known ?? (await search(reading, page, polling));
      await keep('jos', orders, polling);
      kept += orders.length;
      const { done_until } = cursor;
      cursor = page > 1 ? { done_until, reading: { ...reading, next_page: page - 1 } } : { done_until: reading.to };
      await polling.cursor.move(cursor);
    }
  } catch (error) {
    // Whoever moved it goes on; what both kept is the same events. So does the next run, where the time is up.
    if (!(error instanceof CursorMoved || error instanceof OutOfTime)) throw error;
  }
  return kept;
}

function startOf(cursor: Cursor | undefined, now: number): Cursor {
  if (cursor === undefined) return { done_until: now - FIRST_REACH_MS };
  return { ...cursor, done_until: Math.max(cursor.done_until, now - MAX_REACH_MS) };
}

const search = ({ from, to }: Omit<Reading, 'next_page'>, page: number, { client, deadline }: JosPolling) =>
  client.orders({ from, to, page, pageSize: PAGE_SIZE, deadline });

/**
 * The window after what is done, small enough for a run, and its first page, which told how many there are. Undefined: all is done
 * up to `until`.
 */
async function nextWindow(
  { done_until }: Cursor,
  until: number,
  polling: JosPolling,
): Promise<{ readonly reading: Reading; readonly first?: OrderPage } | undefined> {
  if (done_until >= until) return undefined;
  const from = done_until - OVERLAP_MS;
  let to = Math.min(until, done_until + MAX_WINDOW_MS);
  for (;;) {
    const first = await search({ from, to }, 1, polling);
    if (first.total <= MAX_WINDOW_ORDERS || to - done_until <= MINUTE) {
      return { reading: { from, to, next_page: Math.max(1, Math.ceil(first.total / PAGE_SIZE)) }, first };
    }
    to = done_until + Math.floor((to - done_until) / 2);
  }
}
