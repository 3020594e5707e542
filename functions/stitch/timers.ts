import type { CampaignDefinition } from '../../schemas/definition.ts';
import { timersFor } from '../shared/campaign/triggers.ts';
import type { Definitions } from '../shared/definitions.ts';
import type { DocStore } from '../shared/doc-store.ts';
import { componentDocKey, identifierDocKey, owningOf } from '../shared/person/docs.ts';
import { personOf } from '../shared/person/read.ts';
import { WorkingSet } from '../shared/person/working-set.ts';
import { mergeAggregates } from '../shared/profile/aggregate.ts';
import type { Bus, BusEvent, Clock } from '../shared/seams.ts';
import type { FoldedBatch } from './fold.ts';
import { keysToLookAt } from './whom-to-look-at.ts';

/** Timer names that an owner remembers, so that a timer is asked for once. */
const MAX_ARMED = 64;

/** Detail type of the bus event that a campaign's rule listens to. */
export const CAMPAIGN_TRIGGERED = 'Campaign Triggered';

/** A person that was looked at, and the documents that this rests on. */
interface Looked {
  readonly key: string;
  readonly documents: readonly string[];
}

/** What was asked for before the commit, and whom to look at after it. */
export interface Asking {
  readonly asked: readonly BusEvent[];
  readonly looked: readonly Looked[];
  /** Identifiers whose persons are looked at after the commit only. */
  readonly later: readonly string[];
}

const activeOf = ({ campaigns }: Definitions): CampaignDefinition[] => campaigns.filter((campaign) => campaign.active);

interface AskDeps {
  readonly definitions: Definitions;
  readonly clock: Clock;
}

/**
 * Finds the timers that the changed persons' states call for, as events for the bus. Persons are looked at only when an event
 * can trigger something, their zone changed, or their identifiers changed; of these, most by `askAgain` after the commit.
 */
export async function askForTimers(folded: FoldedBatch, ws: WorkingSet, deps: AskDeps): Promise<Asking> {
  const campaigns = activeOf(deps.definitions);
  if (campaigns.length === 0) return { asked: [], looked: [], later: [] };
  const { first, later } = keysToLookAt(folded, ws, { campaigns, now: deps.clock.now() });
  // Read consistently: a new component that a read behind does not show yet would be among no documents that are checked later.
  const { found, looked } = await lookAt(first, ws, { ...deps, campaigns });
  for (const { owners, names } of found) {
    const keeper = owners.find((owner) => folded.drafts.has(owner));
    if (keeper !== undefined) remember(keeper, names, ws);
  }
  return { asked: found.flatMap((person) => person.asked), looked, later: [...later].filter((key) => !first.has(key)) };
}

function remember(keeper: string, names: readonly string[], ws: WorkingSet): void {
  const doc = ws.identifier(keeper);
  if (!doc || names.length === 0) return;
  ws.put(identifierDocKey(keeper), { ...doc, armed: [...doc.armed, ...names].slice(-MAX_ARMED) });
}

/**
 * After the commit: another worker may have changed the same person at the same time, each seeing half of what triggers a
 * campaign. Whoever commits last sees the whole; so persons who were not looked at yet are, and again those whose documents,
 * but for those just committed, have changed. A document that was changed here and lost its race counts: what was seen of it
 * is not what is stored.
 * @param after what is read of persons after the commit; what was just committed is in it
 * @returns how many timers were asked for
 */
export async function askAgain(
  { asked, looked, later }: Asking,
  ws: WorkingSet,
  deps: AskDeps & { store: DocStore; bus: Bus; committed: ReadonlySet<string>; after: WorkingSet },
): Promise<number> {
  const { store, bus, committed, after } = deps;
  const notOurs = ({ documents }: Looked): string[] => documents.filter((key) => !committed.has(key));
  await after.load(looked.flatMap(notOurs));
  // The race may have been lost for another document of the same transaction: then the version is the one that was read.
  const isOther = (key: string): boolean => ws.isChanged(key) || after.version(key) !== ws.version(key);
  const isStale = (person: Looked): boolean => notOurs(person).some(isOther);
  const keys = new Set([...looked.filter(isStale).map(({ key }) => key), ...later]);
  if (keys.size === 0) return 0;
  const campaigns = activeOf(deps.definitions);
  const { found } = await lookAt(keys, after, { ...deps, campaigns });
  const known = new Set(asked.map(({ id }) => id));
  const missed = found.flatMap((person) => person.asked).filter(({ id }) => !known.has(id));
  if (missed.length === 0) return 0;
  await bus.publish(missed);
  await rememberAll(found, store);
  return missed.length;
}

/** What is not remembered is asked for again when the person's next event comes: a lost race costs no more than that. */
async function rememberAll(found: readonly Found[], store: DocStore): Promise<void> {
  const ws = new WorkingSet(store);
  const asking = found.filter(({ names }) => names.length > 0);
  const keeperOf = ({ key, owners }: Found): string => (owners.includes(key) ? key : (owners[0] ?? key));
  await ws.load(asking.map((person) => identifierDocKey(keeperOf(person))));
  for (const person of asking) remember(keeperOf(person), person.names, ws);
  for (const document of ws.changedKeys()) await store.commit([ws.write(document)]);
}

interface Found {
  /** The identifier that led to the person. */
  readonly key: string;
  /** Members that own events. */
  readonly owners: readonly string[];
  readonly names: readonly string[];
  readonly asked: readonly BusEvent[];
}

/** Looks once at each person that holds one of the identifiers: which timers does its state ask for, not yet armed? */
async function lookAt(
  keys: ReadonlySet<string>,
  ws: WorkingSet,
  deps: AskDeps & { campaigns: readonly CampaignDefinition[] },
): Promise<{ found: Found[]; looked: Looked[] }> {
  await ws.load(Array.from(keys, identifierDocKey));
  const located = await ws.locate(keys);
  const found: Found[] = [];
  const looked: Looked[] = [];
  const done = new Set<string>();
  for (const key of keys) {
    const component = located.get(key);
    const { one_id, founder, members } = personOf(key, component, ws);
    if (done.has(one_id)) continue;
    done.add(one_id);
    const doc = component === undefined ? undefined : ws.component(component);
    const owners = owningOf(members, doc);
    await ws.load(owners.map(identifierDocKey));
    const components = component === undefined ? [] : [componentDocKey(component)];
    looked.push({ key, documents: [...components, ...owners.map(identifierDocKey)] });
    const docs = owners.map((owner) => ws.identifier(owner)).filter((each) => each !== undefined);
    const [first] = docs;
    const aggregate =
      docs.length === 1 && first ? first.aggregate : mergeAggregates(docs.map((each) => each.aggregate));
    const armed = new Set(docs.flatMap((each) => each.armed));
    // The founder never leaves the person that is named after it, as others may.
    const asking = { one_id, owner: founder, now: deps.clock.now() };
    const asked = deps.campaigns
      .flatMap((campaign) => timersFor(campaign, aggregate, asking))
      .filter((timer) => !armed.has(timer.name))
      .map((timer) => ({
        detail_type: CAMPAIGN_TRIGGERED,
        id: timer.name,
        detail: { campaign: timer.campaign, timer },
      }));
    found.push({ key, owners, names: asked.map(({ id }) => id), asked });
  }
  return { found, looked };
}
