import { setImmediate as nextTurn } from 'node:timers/promises';
import { indexPerson, proposeBy } from '../../functions/shared/match/as-they-come.ts';
import type { MatchModel } from '../../functions/shared/match/model.ts';
import { mayJoin, type Proposal } from '../../functions/shared/match/propose.ts';
import { settleReview } from '../../functions/shared/match/reviews.ts';
import { thresholdsOf } from '../../functions/shared/match/thresholds.ts';
import { readPersonById, readPersonByKey } from '../../functions/shared/person/read.ts';
import { readLakeRecords } from './lake-records.ts';
import type { MatchingParts } from './parts.ts';
import { scoreOnThread } from './thread-client.ts';

/** What came of comparing all persons. */
export interface LinkReport {
  readonly model: string;
  readonly persons: number;
  /** Pairs that the model finds likely enough for review or more. */
  readonly alike: number;
  /** Of these: joined, waiting for a human (new or changed), and kept apart by evidence or the rules. */
  readonly linked: number;
  readonly queued: number;
  readonly apart: number;
  /** Reviews that other evidence has answered. */
  readonly settled: number;
}

type LinkParts = MatchingParts & {
  readonly publish: (proposals: readonly Proposal[]) => Promise<number>;
};

/** Pairs or persons that are worked on in one transaction. */
const LOT = 100;

/**
 * Scores all persons of the lake and publishes what is to be linked and reviewed, surest first. Each lot of pairs is looked at
 * in the state that the links of the lots before it have left; within one, `resolve` decides between links that contradict.
 */
export async function linkPersons(model: MatchModel, parts: LinkParts): Promise<Omit<LinkReport, 'settled'>> {
  const { sql, store, rules } = parts;
  const persons = await readLakeRecords(sql);
  await indexPersons(
    persons.map(({ one_id }) => one_id),
    model,
    parts,
  );
  // The thresholds of now, which may be others than when it was trained.
  const settings = { ...model.settings, reviewAt: thresholdsOf(rules.rules).review };
  const records = persons.map(({ record }) => record);
  const pairs = await scoreOnThread({ records, model: { ...model, settings } });
  const report = { model: model.version, persons: persons.length, alike: pairs.length, linked: 0, queued: 0, apart: 0 };
  for (let from = 0; from < pairs.length; from += LOT) {
    const proposals: Proposal[] = [];
    for (const { left, right, score, doubtful } of pairs.slice(from, from + LOT)) {
      const [one, other] = await Promise.all(
        [left, right].map((at) => readPersonById(store, persons[at]?.one_id ?? '')),
      );
      if (!one || !other || one.person.one_id === other.person.one_id) continue;
      const proposal = proposeBy(model, [one, other], { score, doubtful, deps: parts });
      if (proposal) proposals.push(proposal);
      else if (!mayJoin(one, other, rules)) report.apart += 1;
    }
    report.linked += proposals.filter(({ kind }) => kind === 'link').length;
    report.queued += await parts.publish(proposals);
    await parts.settled();
  }
  return report;
}

/** Puts everybody into the block index, so that who comes later is compared with who was there before the model. */
async function indexPersons(ids: readonly string[], model: MatchModel, parts: LinkParts): Promise<void> {
  for (let from = 0; from < ids.length; from += LOT) {
    const lot = ids.slice(from, from + LOT);
    await parts.transaction(async () => {
      for (const id of lot) {
        const state = await readPersonById(parts.store, id);
        if (state) await indexPerson(state, model, parts);
      }
    });
    await nextTurn();
  }
}

/** Open reviews whose persons are one by now, or may no longer be joined, leave the queue. @returns how many */
export async function settleReviews({ sql, store, lake, rules, clock, transaction }: MatchingParts): Promise<number> {
  let settled = 0;
  for (let after = ''; ; ) {
    const open = await sql.query(
      `SELECT review_id, a, b FROM match_reviews WHERE status = 'open' AND review_id > ? ORDER BY review_id LIMIT ${LOT}`,
      [after],
    );
    const last = open.rows.at(-1);
    if (!last) return settled;
    await transaction(async () => {
      for (const [id, a, b] of open.rows) {
        const [one, other] = [await readPersonByKey(store, String(a)), await readPersonByKey(store, String(b))];
        if (one && other && mayJoin(one, other, rules)) continue;
        await settleReview(String(id), clock.now(), { store, lake });
        settled += 1;
      }
    });
    after = String(last[0]);
  }
}
