import type { Evidence } from '../../../schemas/evidence.ts';
import {
  bucketOf,
  componentSizes,
  count,
  example,
  type IdentityDiffReport,
  IsolationTally,
  type Regrouping,
  sortedSizes,
} from './diff-report.ts';
import { compareText } from './evidence.ts';
import type { Resolution, ResolvedPerson, Sighting } from './resolution.ts';
import { resolve } from './resolve.ts';
import { type CompiledRules, readKey } from './rules.ts';
import { type ScaryPerson, scareOf, weakestLinks } from './scare.ts';

const SCARIEST = 20;

/** Evidence that no other evidence can touch, whatever the rules. */
export interface Closure {
  readonly evidence: readonly Evidence[];
  readonly sightings: readonly Sighting[];
}

/** Persons of one closure whose identifiers change, as they are and as they would be. */
export interface ChangedPersons {
  readonly before: readonly ResolvedPerson[];
  readonly after: readonly ResolvedPerson[];
}

const holdersOf = ({ persons }: Resolution): Map<string, ResolvedPerson> =>
  new Map(persons.flatMap((person) => person.members.map((key) => [key, person] as const)));

/** Compares two sets of rules over all evidence, closure by closure; it keeps counts and the worst, not the evidence. */
export class IdentityDiff {
  readonly #before: CompiledRules;
  readonly #after: CompiledRules;
  readonly #persons = { before: 0, after: 0 };
  readonly #ids = { kept: 0, gone: 0, added: 0 };
  readonly #sizes = { before: new Map<string, number>(), after: new Map<string, number>() };
  readonly #merges = { count: 0, of: 0, examples: [] as Regrouping[] };
  readonly #splits = { count: 0, into: 0, examples: [] as Regrouping[] };
  readonly #newly = new IsolationTally();
  readonly #noLonger = new IsolationTally();
  readonly #components = { largest: 0, too_large: 0 };
  #identifiers = 0;
  #scariest: ScaryPerson[] = [];

  constructor(rules: { before: CompiledRules; after: CompiledRules }) {
    this.#before = rules.before;
    this.#after = rules.after;
  }

  /** Takes an identifier that has no evidence: it is a person of its own under any rules. */
  addAlone(key: string): void {
    this.#identifiers += 1;
    this.#ids.kept += 1;
    for (const side of ['before', 'after'] as const) {
      this.#persons[side] += 1;
      count(this.#sizes[side], '1');
    }
    const [was, is] = [readKey(key, this.#before).ok, readKey(key, this.#after).ok];
    if (was && !is) this.#newly.add(key, 'blocked');
    if (is && !was) this.#noLonger.add(key, 'blocked');
    this.#components.largest = Math.max(this.#components.largest, 1);
  }

  /** Takes a closure, and tells which of its persons change. */
  add({ evidence, sightings }: Closure): ChangedPersons {
    const before = resolve(evidence, sightings, this.#before);
    const after = resolve(evidence, sightings, this.#after);
    const [were, are] = [holdersOf(before), holdersOf(after)];
    this.#identifiers += are.size;
    this.#persons.before += before.persons.length;
    this.#persons.after += after.persons.length;
    for (const { members } of before.persons) count(this.#sizes.before, bucketOf(members.length));
    for (const { members } of after.persons) count(this.#sizes.after, bucketOf(members.length));
    this.#compareIds(before, after);
    this.#compareGroups(before, are);
    this.#compareIsolation(were, are);
    for (const size of componentSizes(evidence, after)) {
      this.#components.largest = Math.max(this.#components.largest, size);
      if (size > this.#after.rules.max_component) this.#components.too_large += 1;
    }
    this.#weigh(after, were);
    return changedOf(before, after);
  }

  report(): IdentityDiffReport {
    const versions = { before: this.#before.rules.version, after: this.#after.rules.version };
    return {
      versions,
      identifiers: this.#identifiers,
      persons: { ...this.#persons },
      ids: { ...this.#ids },
      merges: this.#merges,
      splits: this.#splits,
      sizes: { before: sortedSizes(this.#sizes.before), after: sortedSizes(this.#sizes.after) },
      isolated: { newly: this.#newly.report(), no_longer: this.#noLonger.report() },
      components: { ...this.#components, bound: this.#after.rules.max_component },
      scariest: this.#scariest,
    };
  }

  #compareIds(before: Resolution, after: Resolution): void {
    const were = new Set(before.persons.map((person) => person.one_id));
    const kept = after.persons.filter((person) => were.has(person.one_id)).length;
    this.#ids.kept += kept;
    this.#ids.gone += were.size - kept;
    this.#ids.added += after.persons.length - kept;
  }

  #compareGroups(before: Resolution, are: ReadonlyMap<string, ResolvedPerson>): void {
    const from = new Map<string, Set<string>>();
    for (const person of before.persons) {
      const into = new Set(person.members.map((key) => are.get(key)?.one_id ?? ''));
      for (const id of into) from.set(id, (from.get(id) ?? new Set()).add(person.one_id));
      if (into.size < 2) continue;
      this.#splits.count += 1;
      this.#splits.into += into.size;
      example(this.#splits.examples, person.one_id, into);
    }
    for (const [one_id, ids] of from) {
      if (ids.size < 2) continue;
      this.#merges.count += 1;
      this.#merges.of += ids.size;
      example(this.#merges.examples, one_id, ids);
    }
  }

  #compareIsolation(were: ReadonlyMap<string, ResolvedPerson>, are: ReadonlyMap<string, ResolvedPerson>): void {
    for (const [key, is] of are) {
      const was = were.get(key);
      if (is.shared && !was?.shared) this.#newly.add(key, is.isolated ?? 'shared');
      if (!is.shared && was?.shared) this.#noLonger.add(key, was.isolated ?? 'shared');
    }
  }

  #weigh(after: Resolution, were: ReadonlyMap<string, ResolvedPerson>): void {
    const weakest = weakestLinks(after);
    for (const person of after.persons) {
      if (person.members.length < 2) continue;
      const before = new Map<string, ResolvedPerson>();
      for (const key of person.members) {
        const was = were.get(key);
        if (was) before.set(was.one_id, was);
      }
      this.#scariest.push(scareOf(person, { before, weakest: weakest.get(person), rules: this.#after }));
    }
    this.#scariest = this.#scariest
      .sort((x, y) => y.score - x.score || compareText(x.one_id, y.one_id))
      .slice(0, SCARIEST);
  }
}

function changedOf(before: Resolution, after: Resolution): ChangedPersons {
  const nameOf = ({ one_id, members, shared }: ResolvedPerson): string => `${one_id} ${shared} ${members.join('\n')}`;
  const [were, are] = [new Set(before.persons.map(nameOf)), new Set(after.persons.map(nameOf))];
  return {
    before: before.persons.filter((person) => !are.has(nameOf(person))),
    after: after.persons.filter((person) => !were.has(nameOf(person))),
  };
}
