import type { BlockingLimits } from './blocking.ts';
import type { Comparison } from './comparisons.ts';
import type { Lookalike, Parameters } from './em.ts';
import type { Role } from './roles.ts';

/** What a run of matching goes by. Everything has a default; a settings file gives what should differ. */
export interface MatchSettings extends BlockingLimits {
  /** Roles of columns that detection gets wrong, by column name. */
  readonly roles: Readonly<Record<string, Role>>;
  /** Pairs at or above this probability are linked. */
  readonly linkAt: number;
  /** Pairs between this probability and `linkAt` are for a person to decide. */
  readonly reviewAt: number;
  /** Pairs drawn at random to learn how often strangers agree. */
  readonly randomPairs: number;
  readonly seed: number;
  readonly maxRounds: number;
  /** Training ends when no probability moves by more than this. */
  readonly tolerance: number;
}

export const DEFAULT_SETTINGS: MatchSettings = {
  roles: {},
  linkAt: 0.95,
  reviewAt: 0.5,
  randomPairs: 500_000,
  seed: 1,
  maxRounds: 100,
  tolerance: 1e-4,
  maxAllPairs: 600_000,
  minPairsPerRule: 50_000,
  pairsPerRecord: 8,
};

/** How often the values of one comparison are shared by strangers: a fraction of pairs, for values at level 0. */
export interface Frequencies {
  readonly byValue: Readonly<Record<string, number>>;
  /** For a value that training did not see, or not often enough to keep. */
  readonly rare: number;
}

/** A trained model: enough to score pairs of any table with the same columns. */
export interface MatchModel {
  /** Names the model wherever its scores are kept; the same content has the same version. */
  readonly version: string;
  readonly settings: MatchSettings;
  readonly columns: readonly { readonly name: string; readonly role: Role }[];
  readonly comparisons: readonly { readonly name: string; readonly levels: readonly string[] }[];
  readonly parameters: Parameters;
  readonly frequencies: readonly Frequencies[];
  readonly training: { readonly records: number; readonly candidatePairs: number; readonly rounds: number };
}

/** What two people of one household, shop or office may well have in common. */
const SHARED_ROLES: ReadonlySet<Role> = new Set([
  'last_name',
  'phone',
  'email',
  'street',
  'street_number',
  'city',
  'postcode',
  'device',
  'ip',
  'token',
  'category',
]);

/** What two people who bear the same name have in common: addresses of mail are made of names. */
const NAME_ROLES: ReadonlySet<Role> = new Set(['first_name', 'last_name', 'email']);

/** Roles that tell two people of one household apart. */
const OWN_ROLES: ReadonlySet<Role> = new Set(['first_name', 'birth_date', 'identifier']);

/**
 * Start values of EM: exact levels are common among matches, what strangers do is measured. Households and namesakes are
 * classes of their own where something tells them from one person, or EM would take "same family" for "same person".
 */
export function startParameters(
  comparisons: readonly Comparison[],
  u: readonly (readonly number[])[],
  lambda: number,
): Parameters {
  const m = comparisons.map(({ levels }) => {
    const weights = levels.map((_, level) => (level === 0 ? 1 : level === levels.length - 1 ? 0.1 : 0.2));
    const total = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight) => weight / total);
  });
  const roles = comparisons.map(({ field }) => field.role);
  const freeWhere = (free: ReadonlySet<Role>): (readonly number[] | null)[] =>
    m.map((levels, c) => (free.has(roles[c] ?? 'text') ? levels : null));
  const lookalikes: Lookalike[] = [];
  if (roles.some((role) => SHARED_ROLES.has(role)) && roles.some((role) => OWN_ROLES.has(role))) {
    lookalikes.push({ name: 'two people of one household', lambda, levels: freeWhere(SHARED_ROLES) });
  }
  const names = roles.filter((role) => NAME_ROLES.has(role)).length;
  if (names > 1 && roles.length - names > 1) {
    lookalikes.push({ name: 'two people of one name', lambda, levels: freeWhere(NAME_ROLES) });
  }
  return { lambda, m, u, lookalikes };
}
