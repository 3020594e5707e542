import type { IdentityRules } from '../../../schemas/identifier.ts';
import type { DocStore, Write } from '../doc-store.ts';
import type { IdentityMove } from '../person/docs.ts';
import { type CompiledRules, compileRules, IdentityRulesError } from './rules.ts';

/** Documents of the person table about the rules: which are active, and how far a sweep has got. */
export const RULES_KEY = 'r:identity';
export const SWEEP_KEY = 'r:sweep';
const versionKey = (version: number): string => `r:identity|${version}`;

/** Changes that the active document remembers; every version's rules stay in a document of their own. */
const MAX_HISTORY = 100;

/** Who put which rules in force, and why. */
export interface RulesChange {
  readonly version: number;
  readonly previous: number;
  /** ISO 8601. */
  readonly at: string;
  readonly by: string;
  readonly why: string;
}

export interface RulesDoc {
  readonly active: IdentityRules;
  /** Rules that come into force once shared identifiers keep what these ask for. */
  readonly next: IdentityRules | null;
  /** Latest last. */
  readonly history: readonly RulesChange[];
}

/**
 * `collect`: shared identifiers take in what the new rules will ask for, while the old ones are in force. `join`: every
 * component is resolved under the new rules. `alone`: identifiers without evidence are looked at, whether they are blocked.
 */
export type SweepPhase = 'collect' | 'join' | 'alone' | 'done';

export interface SweepDoc {
  /** Version of the rules that it brings about. */
  readonly version: number;
  readonly phase: SweepPhase;
  /** May identifiers become blocked, or be so no longer? Else no one is looked at alone. */
  readonly blocks: boolean;
  /** Cursor of the scan: where the next page begins; null at the start of a phase. */
  readonly after: string | null;
  /** Documents looked at, in all phases. */
  readonly looked: number;
  /** Components that were resolved to something else. */
  readonly changed: number;
  /** Components that could not be resolved under the new rules, being too large then: they stay as they were. */
  readonly refused: readonly string[];
  /** Of the last change: rows that the lake may not have yet. */
  readonly moves: readonly IdentityMove[];
  readonly started_at: string;
  readonly finished_at: string | null;
}

export interface StoredRules {
  readonly doc: RulesDoc;
  readonly sweep: SweepDoc | undefined;
  /** Versions of the two documents. */
  readonly versions: { readonly rules: number; readonly sweep: number };
}

/** The rules in force, `shipped` where no others ever were. */
export async function readRules(store: DocStore, shipped: IdentityRules): Promise<StoredRules> {
  const found = await store.get([RULES_KEY, SWEEP_KEY]);
  const rules = found.get(RULES_KEY);
  const sweep = found.get(SWEEP_KEY);
  return {
    doc: (rules?.body as RulesDoc | undefined) ?? { active: shipped, next: null, history: [] },
    sweep: sweep?.body as SweepDoc | undefined,
    versions: { rules: rules?.version ?? 0, sweep: sweep?.version ?? 0 },
  };
}

/** What stitch resolves by. */
export function compileActive({ active, next }: RulesDoc): CompiledRules {
  return { ...compileRules(active), next: next === null ? undefined : compileRules(next) };
}

/** The rules cannot come into force; the message says what stands in the way. */
export class RulesRefused extends Error {
  override name = 'RulesRefused';
}

const sameList = (x: readonly string[] = [], y: readonly string[] = []): boolean =>
  x.length === y.length && [...x].sort().join('\n') === [...y].sort().join('\n');

const shapeOf = ({ types }: IdentityRules): string[] =>
  types.map(({ type, scoped, strong }) => `${type} ${scoped} ${strong}`);

/** Could an identifier be blocked under one of the two and not under the other, or be strong? */
const differInKind = (x: IdentityRules, y: IdentityRules): boolean =>
  !sameList(x.blocked_values, y.blocked_values) ||
  !sameList(x.blocked_patterns, y.blocked_patterns) ||
  !sameList(shapeOf(x), shapeOf(y));

/** Do neighbours of some type count towards a degree no longer? What had too many may then be somebody's again. */
const countsLess = (before: IdentityRules, after: IdentityRules): boolean =>
  after.types.some(
    ({ type, plentiful }) => plentiful === true && before.types.find((rule) => rule.type === type)?.plentiful !== true,
  );

/**
 * Puts new rules in force, and a sweep in order that brings what is stored in line with them. Rules that may take
 * a shared identifier for nobody's hub any more wait until all its evidence is together.
 * @throws RulesRefused when the version is not greater, or another change is under way; IdentityRulesError
 */
export async function beginChange(
  rules: IdentityRules,
  store: DocStore,
  change: { by: string; why: string; at: string; shipped: IdentityRules },
): Promise<void> {
  compileRules(rules);
  const { doc, sweep, versions } = await readRules(store, change.shipped);
  const { active } = doc;
  if (sweep && sweep.phase !== 'done') {
    throw new RulesRefused(`The change to version ${sweep.version} is still under way; let it finish first.`);
  }
  if (rules.version <= active.version) {
    throw new RulesRefused(
      `The rules have version ${rules.version}, those in force ${active.version}; give the file a greater version.`,
    );
  }
  const blocks = differInKind(active, rules);
  const surer = active.probabilistic?.analytics !== rules.probabilistic?.analytics;
  const collect = blocks || surer || rules.max_degree > active.max_degree || countsLess(active, rules);
  const entry = { version: rules.version, previous: active.version, at: change.at, by: change.by, why: change.why };
  const body: RulesDoc = {
    active: collect ? active : rules,
    next: collect ? rules : null,
    history: [...doc.history, entry].slice(-MAX_HISTORY),
  };
  const order: SweepDoc = {
    version: rules.version,
    phase: collect ? 'collect' : 'join',
    blocks,
    after: null,
    looked: 0,
    changed: 0,
    refused: [],
    moves: [],
    started_at: change.at,
    finished_at: null,
  };
  const writes: Write[] = [
    { key: RULES_KEY, expected: versions.rules, body },
    { key: SWEEP_KEY, expected: versions.sweep, body: order },
  ];
  for (const each of [active, rules]) {
    const key = versionKey(each.version);
    const { version } = (await store.get([key])).get(key) ?? { version: 0 };
    if (version === 0) writes.push({ key, expected: 0, body: each });
  }
  const result = await store.commit(writes);
  if (!result.ok) throw new RulesRefused('Somebody else changed the rules at the same moment; look at them again.');
}

/** The rules of one version that was in force once. @throws IdentityRulesError when it never was */
export async function rulesOfVersion(version: number, store: DocStore): Promise<IdentityRules> {
  const key = versionKey(version);
  const body = (await store.get([key])).get(key)?.body;
  if (body === undefined) throw new IdentityRulesError(`Rules of version ${version} were never in force here.`);
  return body as IdentityRules;
}

/**
 * Does the sweep, as it is stored now, go by these rules? One that was held up may find that another has gone on, or that it
 * is over and the next change has begun.
 */
export const isSweepBy = ({ rules, next }: CompiledRules, sweep: SweepDoc | undefined): boolean =>
  sweep !== undefined &&
  sweep.version === (next?.rules ?? rules).version &&
  (sweep.phase === 'collect') === (next !== undefined);

/** Writes of the next step of a sweep; activates the new rules when they have waited long enough. */
export function nextPhase(
  sweep: SweepDoc,
  { doc, versions }: StoredRules,
  at: string,
): { sweep: SweepDoc; writes: Write[] } {
  const start = { ...sweep, after: null };
  if (sweep.phase === 'collect') {
    const body: RulesDoc = { ...doc, active: doc.next ?? doc.active, next: null };
    return { sweep: { ...start, phase: 'join' }, writes: [{ key: RULES_KEY, expected: versions.rules, body }] };
  }
  if (sweep.phase === 'join' && sweep.blocks) return { sweep: { ...start, phase: 'alone' }, writes: [] };
  return { sweep: { ...start, phase: 'done', finished_at: at }, writes: [] };
}
