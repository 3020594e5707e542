import type { StatementSync } from 'node:sqlite';
import { matchAsTheyCome } from '../../functions/shared/match/as-they-come.ts';
import { activateModel, activeModel } from '../../functions/shared/match/docs.ts';
import { DEFAULT_SETTINGS, type MatchModel } from '../../functions/shared/match/model.ts';
import type { Proposal } from '../../functions/shared/match/propose.ts';
import { queueReview } from '../../functions/shared/match/reviews.ts';
import { putLinks } from '../../functions/shared/match/source.ts';
import { thresholdsOf } from '../../functions/shared/match/thresholds.ts';
import type { StitchResult } from '../../functions/stitch/stitch.ts';
import { readLakeRecords } from './lake-records.ts';
import { type LinkReport, linkPersons, settleReviews } from './link.ts';
import type { MatchingParts } from './parts.ts';
import { trainOnThread } from './thread-client.ts';

/** A model was trained and scores from now on. */
export interface TrainReport {
  readonly model: string;
  readonly persons: number;
  readonly columns: MatchModel['columns'];
}

/** There is no model yet. */
export class NoModel extends Error {
  override name = 'NoModel';
}

const IS_ON = 'matching.on';
/** Persons compared in one transaction: a pause of some milliseconds for the pipeline. */
const LOT = 20;

/**
 * Probabilistic links of the embedded deployment. While there is no model, a batch costs one look at a boolean. With one,
 * identifiers that brought traits are noted in the transaction that stitched them and compared after it, so that neither a
 * crash loses one nor the hot path waits.
 */
export class Matching {
  readonly #parts: MatchingParts;
  readonly #note: StatementSync;
  readonly #lot: StatementSync;
  readonly #done: StatementSync;
  #isOn: boolean;
  #model: MatchModel | undefined;
  #work: Promise<void> = Promise.resolve();
  #isWaiting = false;
  #stopped = false;

  constructor(parts: MatchingParts) {
    this.#parts = parts;
    const { db } = parts;
    this.#note = db.prepare('INSERT INTO match_due VALUES (?) ON CONFLICT DO NOTHING');
    this.#lot = db.prepare('SELECT key FROM match_due ORDER BY key LIMIT ?');
    this.#done = db.prepare('DELETE FROM match_due WHERE key = ?');
    this.#isOn = parts.meta.getNumber(IS_ON, 0) === 1;
    if (this.#isOn) this.#wake();
  }

  /** Notes who brought traits; inside the transaction of the batch. */
  touch({ events }: StitchResult): void {
    if (!this.#isOn) return;
    const owners = events.filter(
      ({ event, outcome }) => outcome === 'stitched' && Object.keys(event.traits).length > 0,
    );
    for (const { event } of owners) this.#note.run(event.owner);
    if (owners.length > 0) this.#wake();
  }

  /** Learns a model from the persons of the lake and makes it the active one. @throws MatchTaskError */
  async train(): Promise<TrainReport> {
    const { rules, meta, store, transaction, sql } = this.#parts;
    const persons = await readLakeRecords(sql);
    const { analytics, review } = thresholdsOf(rules.rules);
    const settings = { ...DEFAULT_SETTINGS, linkAt: analytics, reviewAt: review };
    const model = await trainOnThread({ records: persons.map(({ record }) => record), settings });
    await transaction(async () => {
      await activateModel(store, model);
      meta.setNumber(IS_ON, 1);
    });
    this.#isOn = true;
    this.#model = undefined;
    const columns = model.columns.filter(({ role }) => role !== 'ignore');
    return { model: model.version, persons: persons.length, columns };
  }

  /** Compares all persons of the lake with each other. Again, it finds nothing new. @throws NoModel, MatchTaskError */
  async link(): Promise<LinkReport> {
    await this.settled();
    const model = await this.#active();
    if (model === undefined) throw new NoModel('No model was trained yet; run "npm run match -- train --lake" first.');
    const { transaction, settled } = this.#parts;
    const publish = (proposals: readonly Proposal[]): Promise<number> => transaction(() => this.#publish(proposals));
    const report = await linkPersons(model, { ...this.#parts, publish });
    await settled();
    return { ...report, settled: await settleReviews(this.#parts) };
  }

  /** Resolves when everybody noted has been compared, and the links that came of it are stitched. */
  async settled(): Promise<void> {
    await this.#parts.settled();
    await this.#work;
    await this.#parts.settled();
  }

  /** Stops after the lot under way; who is left is compared at the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  #wake(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#work = this.#work.then(() => this.#drain());
  }

  async #drain(): Promise<void> {
    this.#isWaiting = false;
    try {
      while (!this.#stopped && (await this.#parts.transaction(() => this.#takeLot())) > 0);
    } catch (error) {
      process.stderr.write(`Matching stopped until the next event: ${error instanceof Error ? error.name : 'error'}\n`);
    }
  }

  async #takeLot(): Promise<number> {
    const keys = this.#lot.all(LOT).map((row) => String(row.key));
    if (keys.length === 0) return 0;
    const model = await this.#active();
    if (model !== undefined) await this.#publish(await matchAsTheyCome(keys, model, this.#parts));
    for (const key of keys) this.#done.run(key);
    return keys.length;
  }

  /** Links go to the raw stream, the rest to the queue. Inside a transaction; both may be repeated without harm. */
  async #publish(proposals: readonly Proposal[]): Promise<number> {
    const { raw, clock, newId, store, lake } = this.#parts;
    const now = clock.now();
    const events = proposals.flatMap((proposal) => (proposal.kind === 'link' ? [proposal.event] : []));
    await putLinks(events, { raw, now, newId });
    let queued = 0;
    for (const proposal of proposals) {
      if (proposal.kind === 'review' && (await queueReview(proposal.review, now, { store, lake }))) queued += 1;
    }
    return queued;
  }

  async #active(): Promise<MatchModel | undefined> {
    this.#model ??= await activeModel(this.#parts.store);
    return this.#model;
  }
}
