import type { RawHead, Source } from '../../../schemas/event.ts';
import { encodeRaw } from '../raw-record.ts';
import type { RawStream } from '../seams.ts';
import type { MatchEvent } from './propose.ts';

/**
 * The source of what a model finds. It has no write key: nobody outside can speak for it. What it says goes over the raw stream
 * like any event, so that a link is as durable, audited and replayable as what customers do.
 */
export const MATCHING_SOURCE: Source = {
  source_id: 'matching',
  name: 'Matching of records',
  channel: 'matching',
  class: 'secret',
  allowed_origins: [],
  default_region: 'CN',
  time_zone: 'UTC',
};

/** Events in one raw record: well under the size of a batch. */
const EVENTS_PER_RECORD = 200;

/** Puts links on the raw stream; resolves once they are durable. @throws StreamOverloaded */
export async function putLinks(
  events: readonly MatchEvent[],
  { raw, now, newId }: { readonly raw: RawStream; readonly now: number; newId(): string },
): Promise<void> {
  for (let from = 0; from < events.length; from += EVENTS_PER_RECORD) {
    const request_id = newId();
    const head: RawHead = {
      v: 1,
      protocol: 'segment',
      route: 'batch',
      source: MATCHING_SOURCE,
      request_id,
      received_at: new Date(now).toISOString(),
    };
    const batch = events.slice(from, from + EVENTS_PER_RECORD);
    await raw.put(encodeRaw(head, Buffer.from(JSON.stringify({ batch }))));
  }
}
