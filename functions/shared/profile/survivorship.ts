import { Compile } from 'typebox/compile';
import { Survivorship } from '../../../schemas/survivorship.ts';
import { type Cell, compareCells as compareTimes, compareTrust, listOf, type SourceCells } from './cells.ts';

/** Rankings of sources, made fast to look up. Get it from `compileSurvivorship`. */
export interface CompiledSurvivorship {
  /** Trait → its ranking, where it has its own. */
  readonly traits: ReadonlyMap<string, Ranking>;
  readonly default: Ranking;
  /** What anybody could have said counts as much as what is verified. */
  readonly unverifiedEqual: boolean;
}

interface Ranking {
  /** Source → rank; 0 is the most trusted. */
  readonly ranks: ReadonlyMap<string, number>;
  /** Rank of every other source. */
  readonly others: number;
}

/** Survivorship cannot be used; the message names each fault and where it is. */
export class SurvivorshipError extends Error {
  override name = 'SurvivorshipError';
}

const shape = Compile(Survivorship);

function rankingOf(sources: readonly string[], at: string): Ranking {
  const ranks = new Map(sources.map((source, rank) => [source, rank]));
  if (ranks.size < sources.length) {
    throw new SurvivorshipError(`Survivorship: ${at} names a source twice; one source has one rank.`);
  }
  return { ranks, others: ranks.get('*') ?? sources.length };
}

/** Validates and compiles survivorship. @throws SurvivorshipError */
export function compileSurvivorship(value: unknown): CompiledSurvivorship {
  if (!shape.Check(value)) {
    const faults = [...shape.Errors(value)].map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
    throw new SurvivorshipError(`Survivorship: ${faults.join('; ')}.`);
  }
  const own = Object.entries(value.traits).map(
    ([trait, sources]) => [trait, rankingOf(sources, `/traits/${trait}`)] as const,
  );
  return {
    traits: new Map(own),
    default: rankingOf(value.default, '/default'),
    unverifiedEqual: value.unverified === 'equal',
  };
}

/** All sources are equal, so the latest declaration wins. */
export const LATEST_WINS: CompiledSurvivorship = compileSurvivorship({
  version: 1,
  owner: 'default',
  default: [],
  traits: {},
});

/** Who was believed about a trait, and over whom. */
export interface Survivor {
  readonly cell: Cell<unknown>;
  /** Why it won over the next in line; undefined when only one source spoke. */
  readonly won_by: 'verified' | 'priority' | 'time' | undefined;
  /** The others, the next in line first. */
  readonly over: readonly Cell<unknown>[];
}

/** The greater holds: what was set before what was to be set once, of the former the latest, of the latter the earliest. */
const compareCells = (a: Cell<unknown>, b: Cell<unknown>): number => {
  if (a.first !== b.first) return a.first ? -1 : 1;
  return a.first ? compareTimes(b, a) : compareTimes(a, b);
};

/**
 * Decides between the sources of one trait: what is verified, then rank, then time, then event id, then value: a total order. A
 * browser can say anything of anybody whose user id it knows, so it does not overrule what the company's own systems said.
 */
export function survivorOf(trait: string, cells: SourceCells<unknown>, survivorship: CompiledSurvivorship): Survivor {
  const list = listOf(cells);
  const { ranks, others } = survivorship.traits.get(trait) ?? survivorship.default;
  const rank = ({ source }: Cell<unknown>): number => ranks.get(source) ?? others;
  const trust = (a: Cell<unknown>, b: Cell<unknown>): number => (survivorship.unverifiedEqual ? 0 : compareTrust(b, a));
  const [cell, ...over] = list.toSorted((a, b) => trust(a, b) || rank(a) - rank(b) || compareCells(b, a));
  if (cell === undefined) throw new Error(`Trait "${trait}" is stored without a source; this is a defect.`);
  const [next] = over;
  if (next === undefined) return { cell, won_by: undefined, over };
  const won_by = trust(cell, next) < 0 ? 'verified' : rank(cell) < rank(next) ? 'priority' : 'time';
  return { cell, won_by, over };
}
