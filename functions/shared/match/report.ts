import { agreeingClusters, connectedComponents, type Edge } from './cluster.ts';
import { clusterQuality, type Quality, quality, truePairs } from './evaluate.ts';
import type { MatchModel, MatchSettings } from './model.ts';
import { probabilityOfBits, scorePair, scorePairs } from './score.ts';
import type { Prepared } from './train.ts';

/** Quality at one threshold: of the pairs themselves, and of all pairs inside groups that the pairs make. */
export interface ThresholdRow {
  readonly threshold: number;
  readonly pairs: Quality;
  readonly components: Quality;
}

/** What `evaluate` reports. Every true pair counts in every recall, also one that blocking left out. */
export interface Evaluation {
  readonly records: number;
  readonly persons: number;
  readonly truePairs: number;
  readonly candidatePairs: number;
  /** Share of true pairs that blocking left out. */
  readonly recallLostToBlocking: number;
  readonly best: ThresholdRow;
  readonly atDefault: ThresholdRow;
  readonly bestComponents: ThresholdRow;
  /** Groups that the pairs across them together speak for, from all pairs at or above `reviewAt`. */
  readonly agreeingClusters: Quality;
  readonly modelVersion: string;
  readonly settings: MatchSettings;
  readonly rows: readonly ThresholdRow[];
}

/** Links weaker than this never help to tell one group from another. */
const LEAST_PROBABILITY = 0.01;

const bitsOfProbability = (probability: number): number => Math.log2(probability / (1 - probability));

/** Pairs with at least the given probability. */
export function edgesAbove({ pairs }: Prepared, scores: Float64Array, probability: number): Edge[] {
  const least = bitsOfProbability(probability);
  const edges: Edge[] = [];
  scores.forEach((bits, pair) => {
    if (bits >= least) edges.push({ left: pairs.left[pair] ?? 0, right: pairs.right[pair] ?? 0, bits });
  });
  return edges;
}

const thresholdsWith = (linkAt: number): number[] =>
  [...new Set([...Array.from({ length: 99 }, (_, at) => (at + 1) / 100), linkAt])].sort((a, b) => a - b);

/** Compares what a model says about a table with the truth: the person of every record, '' where it is not known. */
export function evaluate(prepared: Prepared, model: MatchModel, truth: readonly string[]): Evaluation {
  const { pairs, table, comparisons } = prepared;
  const samePerson = (left: number, right: number): boolean => truth[left] === truth[right] && truth[left] !== '';
  const real = truePairs(truth);
  let reached = 0;
  for (let pair = 0; pair < pairs.count; pair += 1) {
    if (samePerson(pairs.left[pair] ?? 0, pairs.right[pair] ?? 0)) reached += 1;
  }
  const edges = edgesAbove(prepared, scorePairs(pairs, model, comparisons), LEAST_PROBABILITY);
  const rows = thresholdsWith(model.settings.linkAt).map((threshold): ThresholdRow => {
    const claimed = edges.filter(({ bits }) => probabilityOfBits(bits) >= threshold);
    const right = claimed.filter(({ left, right: other }) => samePerson(left, other)).length;
    const components = clusterQuality(connectedComponents(table.size, claimed), truth);
    return { threshold, pairs: quality(right, claimed.length, real), components };
  });
  const bestBy = (f1: (row: ThresholdRow) => number): ThresholdRow =>
    rows.reduce((best, row) => (f1(row) > f1(best) ? row : best));
  const forClusters = edges.filter(({ bits }) => probabilityOfBits(bits) >= model.settings.reviewAt);
  const groups = agreeingClusters(table.size, forClusters, (i, j) => scorePair(model, comparisons, [i, j]));
  const best = bestBy((row) => row.pairs.f1);
  return {
    records: table.size,
    persons: new Set(truth.filter((person) => person !== '')).size,
    truePairs: real,
    candidatePairs: pairs.count,
    recallLostToBlocking: real === 0 ? 0 : 1 - reached / real,
    best,
    atDefault: rows.find(({ threshold }) => threshold === model.settings.linkAt) ?? best,
    bestComponents: bestBy((row) => row.components.f1),
    agreeingClusters: clusterQuality(groups, truth),
    modelVersion: model.version,
    settings: model.settings,
    rows,
  };
}
