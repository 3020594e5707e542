import type { Evidence } from '../../../schemas/evidence.ts';
import { type DocStore, MAX_SCAN_PAGE, type Versioned } from '../doc-store.ts';
import type { Closure } from '../identity/diff.ts';
import { type ComponentDoc, componentDocKey } from './docs.ts';

/** All documents of a prefix. */
export async function* scanAll(store: DocStore, prefix: string): AsyncGenerator<readonly [string, Versioned]> {
  let after: string | undefined;
  do {
    const page = await store.scan(prefix, { limit: MAX_SCAN_PAGE, after });
    yield* page.documents;
    after = page.next;
  } while (after !== undefined);
}

/** Disjoint sets of names. */
class Sets {
  readonly #parent = new Map<string, string>();
  find(name: string): string {
    let at = name;
    for (let up = this.#parent.get(at) ?? at; up !== at; up = this.#parent.get(at) ?? at) {
      this.#parent.set(at, this.#parent.get(up) ?? up);
      at = up;
    }
    return at;
  }
  join(x: string, y: string): void {
    this.#parent.set(this.find(x), this.find(y));
  }
}

const live = (body: unknown): ComponentDoc | undefined => {
  const doc = body as ComponentDoc | undefined;
  return doc && doc.to === null && Object.keys(doc.sightings).length > 0 ? doc : undefined;
};

/** Shared identifiers that a component is about: those it names, its own, and those that its own were seen with. */
function hubsOf(doc: ComponentDoc): string[] {
  const named = doc.external.map(({ a, b }) => (Object.hasOwn(doc.sightings, a) ? b : a));
  const own = doc.persons.filter((person) => person.shared).map((person) => person.founder);
  return own.length === 0 ? named : [...named, ...own, ...doc.evidence.flatMap(({ a, b }) => [a, b])];
}

const closureOf = (docs: readonly ComponentDoc[]): Closure => {
  const evidence: Evidence[] = [];
  const sightings = new Map<string, string>();
  for (const doc of docs) {
    for (const edge of doc.evidence) evidence.push(edge);
    for (const edge of doc.external) evidence.push(edge);
    for (const [key, at] of Object.entries(doc.sightings)) sightings.set(key, at);
  }
  return { evidence, sightings: Array.from(sightings, ([key, first_seen]) => ({ key, first_seen })) };
};

/**
 * All evidence of the store, cut so that no rules can join what is in different parts: components that name the same shared
 * identifier are together, since other rules may not take it for shared. In memory are the names of those components, and
 * one closure at a time. Several shared identifiers may chain many components to one closure.
 */
export async function* closures(store: DocStore): AsyncGenerator<Closure> {
  const sets = new Sets();
  const chained: string[] = [];
  for await (const [key, { body }] of scanAll(store, componentDocKey(''))) {
    const doc = live(body);
    const hubs = doc === undefined ? [] : hubsOf(doc);
    if (hubs.length === 0) continue;
    chained.push(key);
    for (const hub of hubs) sets.join(key, `hub ${hub}`);
  }
  const inChain = new Set(chained);
  for await (const [key, { body }] of scanAll(store, componentDocKey(''))) {
    const doc = live(body);
    if (doc && !inChain.has(key)) yield closureOf([doc]);
  }
  const byRoot = Map.groupBy(chained, (key) => sets.find(key));
  for (const keys of byRoot.values()) {
    const found = await store.get(keys);
    yield closureOf(Array.from(found.values(), ({ body }) => live(body)).filter((doc) => doc !== undefined));
  }
}
