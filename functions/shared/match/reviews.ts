import type { LakeRow } from '../../../schemas/lake.ts';
import type { MatchReview } from '../../../schemas/match.ts';
import type { DocStore } from '../doc-store.ts';
import type { LakeSink } from '../seams.ts';
import { change, reviewDocKey } from './docs.ts';

interface ReviewDeps {
  readonly store: DocStore;
  readonly lake: LakeSink;
}

/** Lake row of a review as of `now` (epoch ms). */
export const reviewRow = (review: MatchReview, now: number): LakeRow => ({
  review_id: review.review_id,
  status: review.status,
  a: review.a,
  b: review.b,
  confidence: review.confidence,
  model: review.model,
  reason: review.reason,
  found_at: review.found_at,
  updated_at: new Date(now).toISOString(),
  // Of two states at one instant the later in its life counts.
  seq: now * 2 + (review.status === 'settled' ? 1 : 0),
});

/** A review as it is stored; undefined when there is none of this id. */
export async function readReview(store: DocStore, id: string): Promise<MatchReview | undefined> {
  const key = reviewDocKey(id);
  return (await store.get([key])).get(key)?.body as MatchReview | undefined;
}

/**
 * Puts a pair into the queue; one that waits is only brought up to date. Pairs that were decided do not come here again: those
 * accepted are one person, and those rejected may not be joined.
 * @returns whether the queue has changed
 */
export async function queueReview(review: MatchReview, now: number, deps: ReviewDeps): Promise<boolean> {
  const written = await change<MatchReview>(deps.store, reviewDocKey(review.review_id), (known) => {
    if (known === undefined || known.status === 'settled') return review;
    const same = known.confidence === review.confidence && known.model === review.model;
    return same ? undefined : { ...review, found_at: known.found_at };
  });
  if (written) await deps.lake.put('match_reviews', [reviewRow(written, now)]);
  return written !== undefined;
}

/** Takes an open review out of the queue, since other evidence has answered it. */
export async function settleReview(id: string, now: number, deps: ReviewDeps): Promise<void> {
  const written = await change<MatchReview>(deps.store, reviewDocKey(id), (known) =>
    known?.status === 'open' ? { ...known, status: 'settled' } : undefined,
  );
  if (written) await deps.lake.put('match_reviews', [reviewRow(written, now)]);
}
