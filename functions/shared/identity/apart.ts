import type { Evidence } from '../../../schemas/evidence.ts';
import { isNegative, isTrusted } from './evidence.ts';
import type { Resolution } from './resolution.ts';

/** Declared about a pair, or about one identifier: it stays with its identifiers, whoever says so. */
export const isDeclared = (edge: Evidence): boolean => isNegative(edge) || edge.kind === 'retract';

/** Tells at which of its ends an edge may join nothing, by what was resolved. */
export function apartBy(resolution: Pick<Resolution, 'persons'>): (key: string, edge: Evidence) => boolean {
  const isolated = new Set(resolution.persons.filter((p) => p.shared).flatMap((p) => p.members));
  const crowded = new Set(resolution.persons.flatMap((p) => p.crowded ?? []));
  return (key, edge) => isolated.has(key) || (crowded.has(key) && !isDeclared(edge) && !isTrusted(edge));
}
