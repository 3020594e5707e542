import {
  type ComponentDoc,
  componentDocKey,
  type IdentifierDoc,
  identifierDocKey,
  owningOf,
} from '../shared/person/docs.ts';
import type { WorkingSet } from '../shared/person/working-set.ts';
import type { Draft } from './draft.ts';
import type { Part } from './parts.ts';

/** Members of a component that may own events. */
export const ownersOf = (doc: ComponentDoc): readonly string[] => owningOf(Object.keys(doc.sightings), doc);

/** Left out where all members are owners, as in a component of two that came with their events. */
export const ownersField = (owners: readonly string[], members: readonly string[]): Pick<ComponentDoc, 'owners'> =>
  owners.length < members.length ? { owners: [...owners] } : {};

const ownsEvents = (doc: IdentifierDoc | undefined): boolean => doc !== undefined && doc.aggregate.events > 0;

/**
 * Tells which members of a part own events: by what the components say that they come from, or by their own documents. Of
 * events of this batch they may not know yet; `ownersNoted` adds those.
 */
export function ownersBy(
  components: ReadonlyMap<string, ComponentDoc>,
  memberOf: ReadonlyMap<string, string>,
  ws: WorkingSet,
): (part: Part) => Pick<ComponentDoc, 'owners'> {
  const known = new Map(Array.from(components, ([id, doc]) => [id, new Set(ownersOf(doc))]));
  const mayOwn = (key: string): boolean => {
    const id = memberOf.get(key);
    return id === undefined ? ownsEvents(ws.identifier(key)) : known.get(id)?.has(key) === true;
  };
  return ({ sightings }) => {
    const members = Object.keys(sightings);
    return ownersField(members.filter(mayOwn), members);
  };
}

/**
 * Notes members that now own their first event in their components, in the working set. That event's evidence was new, so
 * their components have been read.
 * @returns lists of documents that must be committed in one transaction
 */
export async function ownersNoted(drafts: Iterable<Draft>, ws: WorkingSet): Promise<string[][]> {
  const first = Array.from(drafts).filter(
    ({ before, doc }) => doc.component !== null && ownsEvents(doc) && !ownsEvents(before),
  );
  if (first.length === 0) return [];
  const located = await ws.locate(first.map(({ key }) => key));
  const bundles: string[][] = [];
  for (const { key } of first) {
    const id = located.get(key) ?? '';
    const doc = ws.component(id);
    if (!doc || ownersOf(doc).includes(key)) continue;
    const { owners, ...rest } = doc;
    ws.put(componentDocKey(id), { ...rest, ...ownersField([...(owners ?? []), key], Object.keys(doc.sightings)) });
    bundles.push([componentDocKey(id), identifierDocKey(key)]);
  }
  return bundles;
}
