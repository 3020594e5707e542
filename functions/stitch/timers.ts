import type { CampaignDefinition } from '../../schemas/definition.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import { timersFor } from '../shared/campaign/triggers.ts';
import type { Definitions } from '../shared/definitions.ts';
import { identifierDocKey } from '../shared/person/docs.ts';
import { personOf } from '../shared/person/read.ts';
import type { WorkingSet } from '../shared/person/working-set.ts';
import { mergeAggregates } from '../shared/profile/aggregate.ts';
import { matches } from '../shared/profile/registers.ts';
import type { BusEvent, Clock } from '../shared/seams.ts';
import type { FoldedBatch } from './fold.ts';

/** Timer names that an owner remembers, so that a timer is asked for once. */
const MAX_ARMED = 64;

/** Detail type of the bus event that a campaign's rule listens to. */
export const CAMPAIGN_TRIGGERED = 'Campaign Triggered';

const concerns = (campaigns: readonly CampaignDefinition[], events: readonly CleanEvent[]): boolean =>
  events.some((event) => campaigns.some((campaign) => matches(campaign.trigger, event)));

/**
 * Asks for the timers that the changed persons' states call for, as events on the bus. Persons are looked at only when
 * an event can trigger something, their zone changed, or their identifiers changed: all other events cost nothing here.
 */
export async function askForTimers(
  folded: FoldedBatch,
  ws: WorkingSet,
  deps: { definitions: Definitions; clock: Clock },
): Promise<BusEvent[]> {
  const campaigns = deps.definitions.campaigns.filter((campaign) => campaign.active);
  const keys = new Set(folded.changes.filter((c) => c.previous !== undefined).map((change) => change.key));
  for (const [key, draft] of folded.drafts) {
    const isRezoned = draft.zoneBefore !== undefined && draft.doc.aggregate.zone?.v !== draft.zoneBefore;
    if (isRezoned || concerns(campaigns, draft.events)) keys.add(key);
  }
  if (keys.size === 0) return [];
  await ws.load(Array.from(keys, identifierDocKey));
  const located = await ws.locate(keys);
  const asked: BusEvent[] = [];
  const done = new Set<string>();
  for (const key of keys) {
    const person = personOf(key, located.get(key), ws);
    if (done.has(person.one_id)) continue;
    done.add(person.one_id);
    await ws.load(person.members.map(identifierDocKey));
    const docs = person.members.map((member) => ws.identifier(member)).filter((doc) => doc !== undefined);
    const aggregate = mergeAggregates(docs.map((doc) => doc.aggregate));
    const armed = new Set(docs.flatMap((doc) => doc.armed));
    const keeper = person.members.find((member) => folded.drafts.has(member));
    const names: string[] = [];
    for (const campaign of campaigns) {
      const asking = { one_id: person.one_id, owner: key, now: deps.clock.now() };
      for (const timer of timersFor(campaign, aggregate, asking)) {
        if (armed.has(timer.name)) continue;
        names.push(timer.name);
        asked.push({ detail_type: CAMPAIGN_TRIGGERED, id: timer.name, detail: { campaign: campaign.id, timer } });
      }
    }
    const doc = keeper === undefined ? undefined : ws.identifier(keeper);
    if (keeper !== undefined && doc && names.length > 0) {
      ws.put(identifierDocKey(keeper), { ...doc, armed: [...doc.armed, ...names].slice(-MAX_ARMED) });
    }
  }
  return asked;
}
