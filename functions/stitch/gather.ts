import { type DocStore, MAX_COMMIT_WRITES } from '../shared/doc-store.ts';
import { type ComponentDoc, componentDocKey } from '../shared/person/docs.ts';
import { ownersField, ownersOf } from './owners.ts';

const MAX_MEMBERS = 200;
/** As JSON; in the worst case three bytes each, and still within what a component may have. */
const MAX_CHARS = 100_000;
/** Components of one lot: room is left in the transaction. */
const MAX_COMPONENTS = MAX_COMMIT_WRITES - 20;

interface Found {
  readonly id: string;
  readonly version: number;
  readonly doc: ComponentDoc;
}

/**
 * Makes room for a change that ties more components together than one transaction can write: puts many small ones into few
 * documents, their persons as they are. Such a component is slower to resolve and nothing else, so this may end anywhere;
 * whoever resolves it next cuts it as its evidence says. One of shared identifiers is left alone, since many others name it.
 * @param documents keys of the documents that hang together
 * @returns whether anything was put together, so that another attempt may fit
 */
export async function gather(documents: ReadonlySet<string>, store: DocStore): Promise<boolean> {
  const keys = [...documents].filter((key) => key.startsWith(componentDocKey('')));
  const found: Found[] = [];
  for (const [key, { version, body }] of await store.get(keys)) {
    const doc = body as ComponentDoc | undefined;
    if (doc && doc.to === null && doc.persons.length > 0 && !doc.persons.some((person) => person.shared)) {
      found.push({ id: key.slice(componentDocKey('').length), version, doc });
    }
  }
  let gathered = false;
  for (const lot of lotsOf(found)) {
    if (lot.length > 1 && (await putTogether(lot, store))) gathered = true;
  }
  return gathered;
}

function lotsOf(found: readonly Found[]): Found[][] {
  const lots: Found[][] = [];
  let room = { members: 0, chars: 0, components: 0 };
  for (const item of found) {
    const [members, chars] = [Object.keys(item.doc.sightings).length, JSON.stringify(item.doc).length];
    const open = lots.at(-1);
    if (open && members <= room.members && chars <= room.chars && room.components > 0) open.push(item);
    else {
      lots.push([item]);
      room = { members: MAX_MEMBERS, chars: MAX_CHARS, components: MAX_COMPONENTS };
    }
    room = { members: room.members - members, chars: room.chars - chars, components: room.components - 1 };
  }
  return lots;
}

/** False when somebody else changed one of them meanwhile. */
async function putTogether(lot: readonly Found[], store: DocStore): Promise<boolean> {
  const [into, ...others] = lot;
  if (into === undefined) return false;
  const docs = lot.map(({ doc }) => doc);
  const former = docs.flatMap((doc) => doc.former ?? []);
  const sightings = Object.assign({}, ...docs.map((doc) => doc.sightings)) as ComponentDoc['sightings'];
  const together: ComponentDoc = {
    to: null,
    moved: Object.fromEntries(Object.entries(into.doc.moved).filter(([key]) => !Object.hasOwn(sightings, key))),
    evidence: docs.flatMap((doc) => doc.evidence),
    external: docs.flatMap((doc) => doc.external),
    sightings,
    persons: docs.flatMap((doc) => doc.persons),
    ...ownersField(docs.flatMap(ownersOf), Object.keys(sightings)),
    ...(former.length > 0 && { former }),
    changes: Math.max(...docs.map((doc) => doc.changes)),
  };
  const left = others.map(({ id, version, doc }) => {
    const members = Object.keys(doc.sightings).map((key) => [key, into.id] as const);
    const body: ComponentDoc = {
      to: null,
      moved: { ...doc.moved, ...Object.fromEntries(members) },
      evidence: [],
      external: [],
      sightings: {},
      persons: [],
      changes: doc.changes,
    };
    return { key: componentDocKey(id), expected: version, body };
  });
  const result = await store.commit([
    { key: componentDocKey(into.id), expected: into.version, body: together },
    ...left,
  ]);
  return result.ok;
}
