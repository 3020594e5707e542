import type { CampaignDefinition } from '../../schemas/definition.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import { timersFor } from '../shared/campaign/triggers.ts';
import type { Definitions } from '../shared/definitions.ts';
import type { DocStore } from '../shared/doc-store.ts';
import { type AliasDoc, aliasDocKey, componentDocKey, identifierDocKey } from '../shared/person/docs.ts';
import { personOf } from '../shared/person/read.ts';
import { WorkingSet } from '../shared/person/working-set.ts';
import { mergeAggregates } from '../shared/profile/aggregate.ts';
import { matches } from '../shared/profile/registers.ts';
import type { BusEvent, Clock } from '../shared/seams.ts';
import { type FoldedBatch, zonesOf } from './fold.ts';

/** Timer names that an owner remembers, so that a timer is asked for once. */
const MAX_ARMED = 64;

/** Detail type of the bus event that a campaign's rule listens to. */
export const CAMPAIGN_TRIGGERED = 'Campaign Triggered';

/** A person that was looked at, and the documents that this rests on. */
interface Looked {
  readonly key: string;
  readonly documents: readonly string[];
}

interface Asked {
  readonly asked: readonly BusEvent[];
  readonly looked: readonly Looked[];
}

interface AskDeps {
  readonly definitions: Definitions;
  readonly clock: Clock;
}

const activeOf = ({ campaigns }: Definitions): CampaignDefinition[] => campaigns.filter((campaign) => campaign.active);

const concerns = (campaigns: readonly CampaignDefinition[], events: readonly CleanEvent[]): boolean =>
  events.some((event) => campaigns.some((campaign) => matches(campaign.trigger, event)));

/** Identifiers whose persons must be looked at. Events that came again count: their first time may have ended early. */
function keysToLookAt(folded: FoldedBatch, campaigns: readonly CampaignDefinition[]): Set<string> {
  const keys = new Set(folded.changes.filter((c) => c.previous !== undefined).map((change) => change.key));
  for (const key of folded.diminished) keys.add(key);
  for (const [key, draft] of folded.drafts) {
    if (draft.zonesBefore !== zonesOf(draft.doc) || concerns(campaigns, draft.events)) keys.add(key);
  }
  for (const event of folded.duplicates) if (concerns(campaigns, [event])) keys.add(event.owner);
  return keys;
}

/**
 * Identifiers that events which came again had moved, and the founders of the persons that these left: whoever moved them
 * may have ended after the commit, before looking at what came of it.
 */
async function movedBefore({ movesAgain }: FoldedBatch, ws: WorkingSet): Promise<string[]> {
  if (movesAgain.length === 0) return [];
  const left = [
    ...new Set(movesAgain.flatMap(({ previous }) => (previous === undefined ? [] : [aliasDocKey(previous)]))),
  ];
  await ws.load(left);
  const founders = left.map((alias) => ws.get<AliasDoc>(alias)?.key).filter((key) => key !== undefined);
  return [...movesAgain.map(({ key }) => key), ...founders];
}

/**
 * Asks for the timers that the changed persons' states call for, as events on the bus. Persons are looked at only when
 * an event can trigger something, their zone changed, or their identifiers changed: all other events cost nothing here.
 */
export async function askForTimers(folded: FoldedBatch, ws: WorkingSet, deps: AskDeps): Promise<Asked> {
  const campaigns = activeOf(deps.definitions);
  const keys = campaigns.length === 0 ? new Set<string>() : keysToLookAt(folded, campaigns);
  if (campaigns.length > 0) for (const key of await movedBefore(folded, ws)) keys.add(key);
  const { found, looked } = await lookAt(keys, ws, { ...deps, campaigns });
  for (const { members, names } of found) {
    const keeper = members.find((member) => folded.drafts.has(member));
    const doc = keeper === undefined ? undefined : ws.identifier(keeper);
    if (keeper !== undefined && doc && names.length > 0) {
      ws.put(identifierDocKey(keeper), { ...doc, armed: [...doc.armed, ...names].slice(-MAX_ARMED) });
    }
  }
  return { asked: found.flatMap((person) => person.asked), looked };
}

/**
 * After the commit: another worker may have changed the same person at the same time, each seeing half of what triggers a
 * campaign. Whoever commits last sees the whole; so persons whose documents, but for those just committed, have changed are
 * looked at again. A document that was changed here and lost its race counts: what was seen of it is not what is stored.
 */
export async function askAgain(
  looked: readonly Looked[],
  ws: WorkingSet,
  deps: AskDeps & { store: DocStore; asked: readonly BusEvent[]; committed: ReadonlySet<string> },
): Promise<BusEvent[]> {
  const notOurs = ({ documents }: Looked): string[] => documents.filter((key) => !deps.committed.has(key));
  const toCheck = [...new Set(looked.flatMap(notOurs))];
  if (toCheck.length === 0) return [];
  const now = await deps.store.get(toCheck);
  const isStale = (person: Looked): boolean => notOurs(person).some((key) => now.get(key)?.version !== ws.version(key));
  const stale = looked.filter(isStale).map(({ key }) => key);
  if (stale.length === 0) return [];
  const later = new WorkingSet(deps.store);
  const { found } = await lookAt(new Set(stale), later, { ...deps, campaigns: activeOf(deps.definitions) });
  const known = new Set(deps.asked.map(({ id }) => id));
  return found.flatMap((person) => person.asked).filter(({ id }) => !known.has(id));
}

interface Found {
  readonly members: readonly string[];
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
    await ws.load(members.map(identifierDocKey));
    const components = component === undefined ? [] : [componentDocKey(component)];
    looked.push({ key, documents: [...components, ...members.map(identifierDocKey)] });
    const docs = members.map((member) => ws.identifier(member)).filter((doc) => doc !== undefined);
    const [first] = docs;
    const aggregate = docs.length === 1 && first ? first.aggregate : mergeAggregates(docs.map((doc) => doc.aggregate));
    const armed = new Set(docs.flatMap((doc) => doc.armed));
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
    found.push({ members, names: asked.map(({ id }) => id), asked });
  }
  return { found, looked };
}
