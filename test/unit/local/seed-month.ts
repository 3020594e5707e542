import { BROKEN_LIBRARY } from '../../../local/seed/dirt.ts';
import { retailMonth, type SeedRequest } from '../../../local/seed/month.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Midnight in Shanghai; the month contains the end of summer time in London and in New York. */
export const START = Date.UTC(2026, 9, 20, 16);

/** A batch event as the seed writes it. */
export interface SentEvent {
  type: string;
  event?: string;
  userId?: string;
  anonymousId?: string;
  messageId: string;
  timestamp?: string;
  originalTimestamp?: string;
  properties?: Record<string, unknown>;
  traits?: Record<string, unknown>;
  context: {
    library: { name: string };
    timezone?: string;
    device?: { id: string };
    traits?: { phone?: string; email?: string };
    externalIds?: { id: string; type: string; collection: string; encoding: string; scope?: string }[];
    consent?: { categoryPreferences: { marketing: boolean } };
  };
}
/** The same with its request's arrival, and with its times in numbers. */
export interface Sent extends SentEvent {
  at: number;
  source_id: string;
  /** By the sender's clock, epoch milliseconds. */
  own: number;
  sent: number;
}

/** The whole month, generated once. */
export const requests = [...retailMonth({ start: START })];
/** All events of some requests. */
export const flatten = (list: readonly SeedRequest[]): Sent[] =>
  list.flatMap(({ at, source_id, body }) =>
    body.batch.map((event) => {
      const told = event as SentEvent; // the generator's own output; the tests below check what is in it
      const own = Date.parse(told.originalTimestamp ?? told.timestamp ?? '');
      return { ...told, at, source_id, own, sent: Date.parse(body.sentAt) };
    }),
  );
/** Every event sent, retries included. */
export const everything = flatten(requests);
/** Events that are wrong on purpose, with their good neighbours. */
export const broken = everything.filter(({ context }) => context.library.name === BROKEN_LIBRARY);
/** All the others. */
export const events = everything.filter(({ context }) => context.library.name !== BROKEN_LIBRARY);
/** Track events of that name. */
export const named = (name: string): Sent[] => events.filter(({ event }) => event === name);
/** Groups by a key. */
export const by = <T, K>(list: readonly T[], key: (item: T) => K): Map<K, T[]> => Map.groupBy(list, key);
