import { agreeingClusters } from '../../functions/shared/match/cluster.ts';
import { fitModel } from '../../functions/shared/match/docs.ts';
import type { MatchModel, MatchSettings } from '../../functions/shared/match/model.ts';
import type { MatchRecord } from '../../functions/shared/match/online.ts';
import { personTable, tableOf } from '../../functions/shared/match/person-record.ts';
import { edgesAbove } from '../../functions/shared/match/report.ts';
import {
  probabilityOfBits,
  scorePair,
  scorePairs,
  type Waterfall,
  waterfall,
} from '../../functions/shared/match/score.ts';
import { prepare, train } from '../../functions/shared/match/train.ts';

/** Work on all persons at once: seconds of pure computing. */
export type MatchTask =
  | { readonly kind: 'train'; readonly records: readonly MatchRecord[]; readonly settings: MatchSettings }
  | { readonly kind: 'score'; readonly records: readonly MatchRecord[]; readonly model: MatchModel };

/** Two records by their place in the list, and why they are likely one person's. */
export interface ScoredPair {
  readonly left: number;
  readonly right: number;
  readonly score: Waterfall;
  /** Taken with everybody else they are like, the two do not belong together. */
  readonly doubtful: boolean;
}

/** Trains a model on the records of persons. @throws RangeError when they have too little to compare */
export function trainOn(records: readonly MatchRecord[], settings: MatchSettings): MatchModel {
  if (records.length < 2)
    throw new RangeError(`There are ${records.length} persons with traits; at least 2 are needed.`);
  const { raw, roles } = personTable(records);
  return fitModel(train(raw, roles, settings, prepare(raw, roles, settings)));
}

/** Scores all pairs that blocking proposes; answers with those that are at least for review, likeliest first. */
export function scoreAll(records: readonly MatchRecord[], model: MatchModel): ScoredPair[] {
  if (records.length < 2) return [];
  const { columns, settings } = model;
  const raw = tableOf(
    columns.map(({ name }) => name),
    records,
  );
  const prepared = prepare(
    raw,
    columns.map(({ role }) => role),
    settings,
  );
  const { comparisons, pairs, table } = prepared;
  const edges = edgesAbove(prepared, scorePairs(pairs, model, comparisons), settings.reviewAt);
  const groups = agreeingClusters(table.size, edges, (i, j) => scorePair(model, comparisons, [i, j]));
  return edges
    .filter(({ bits }) => probabilityOfBits(bits) >= settings.reviewAt)
    .sort((a, b) => b.bits - a.bits || a.left - b.left || a.right - b.right)
    .map(({ left, right }) => ({
      left,
      right,
      score: waterfall(model, comparisons, [left, right]),
      doubtful: groups[left] !== groups[right],
    }));
}
