/** How well pairs were found, against the truth. */
export interface Quality {
  readonly found: number;
  readonly wrong: number;
  readonly missed: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Precision, recall and F1 of `right` correct pairs among `claimed`, where `real` exist. */
export function quality(right: number, claimed: number, real: number): Quality {
  const precision = claimed === 0 ? 1 : right / claimed;
  const recall = real === 0 ? 1 : right / real;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { found: right, wrong: claimed - right, missed: real - right, precision, recall, f1 };
}

const pairsOf = (sizes: Iterable<number>): number => {
  let sum = 0;
  for (const size of sizes) sum += (size * (size - 1)) / 2;
  return sum;
};

const sizesOf = (keys: Iterable<string | number>): Map<string | number, number> => {
  const sizes = new Map<string | number, number>();
  for (const key of keys) sizes.set(key, (sizes.get(key) ?? 0) + 1);
  return sizes;
};

/** Pairs of records of the same person. Records without a person ('') are nobody's. */
export const truePairs = (truth: readonly string[]): number =>
  pairsOf(sizesOf(truth.filter((person) => person !== '')).values());

/** Quality of a partition, over all pairs inside its groups. */
export function clusterQuality(groups: Int32Array, truth: readonly string[]): Quality {
  const shared = sizesOf(truth.flatMap((person, record) => (person === '' ? [] : [`${groups[record]} ${person}`])));
  return quality(pairsOf(shared.values()), pairsOf(sizesOf(groups).values()), truePairs(truth));
}
