import type { Evidence } from '../../schemas/evidence.ts';
import { type CompiledRules, declaresSame } from '../shared/identity/resolve.ts';
import { readKey } from '../shared/identity/rules.ts';

/** What the rules count together: type and scope of a strong identifier; undefined for all others. */
function strongGroup(key: string, rules: CompiledRules): string | undefined {
  const reading = readKey(key, rules);
  return reading.ok && reading.rule.strong ? reading.group : undefined;
}

/** Sets of values that somebody declared to be the same at some time, whether or not that still holds. */
function declaredSets(evidence: ReadonlyMap<string, Evidence>, rules: CompiledRules): Map<string, Set<string>> {
  const sets = new Map<string, Set<string>>();
  for (const edge of evidence.values()) {
    if (!declaresSame(edge) || edge.a === edge.b) continue;
    const group = strongGroup(edge.a, rules);
    if (group === undefined || group !== strongGroup(edge.b, rules)) continue;
    const united = new Set([...(sets.get(edge.a) ?? [edge.a]), ...(sets.get(edge.b) ?? [edge.b])]);
    for (const key of united) sets.set(key, united);
  }
  return sets;
}

const DECLARED: ReadonlySet<string> = new Set(['bind', 'manual', 'unbind', 'split', 'retract']);

/**
 * What a shared identifier must know of its neighbours, besides its own edges, to tell whether it is still shared: that a
 * neighbour was released, and what was declared about neighbours being the same. Its component is resolved
 * without theirs. Whenever one of these changes, the neighbour's component is loaded, and with it those of the shared
 * identifiers that it names; so the notes are never behind.
 * @returns shared identifier → edges at neither of whose ends it is
 */
export function notesFor(
  evidence: ReadonlyMap<string, Evidence>,
  hubs: Iterable<string>,
  rules: CompiledRules,
): Map<string, Evidence[]> {
  const notes = new Map<string, Evidence[]>();
  const declared = [...evidence.values()].filter((edge) => DECLARED.has(edge.kind));
  if (declared.length === 0) return notes;
  const sets = declaredSets(evidence, rules);
  for (const hub of hubs) {
    const near = new Set<string>();
    for (const { a, b } of evidence.values()) if (a === hub || b === hub) near.add(a === hub ? b : a);
    near.delete(hub);
    const classes = new Set(Array.from(near, (key) => sets.get(key)).filter((set) => set !== undefined));
    const concerns = ({ a, b }: Evidence): boolean =>
      a === b ? near.has(a) : a !== hub && b !== hub && Array.from(classes).some((set) => set.has(a) && set.has(b));
    const noted = declared.filter(concerns);
    if (noted.length > 0) notes.set(hub, noted);
  }
  return notes;
}
