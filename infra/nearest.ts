/** The least number of letters to insert, remove or replace that makes one word of another (Levenshtein, 1965). */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const [left = 0, above = 0, corner = 0] = [next[j], row[j + 1], row[j]];
      next.push(Math.min(left + 1, above + 1, corner + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The known word that somebody most likely meant; none when each differs in more than half of its letters. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((name) => ({ name, off: distance(word.toLowerCase(), name) }))
    .toSorted((a, b) => a.off - b.off);
  return best && best.off <= best.name.length / 2 ? best.name : undefined;
}
