import type { CampaignDefinition } from '../../schemas/definition.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import { timersFor } from '../shared/campaign/triggers.ts';
import type { IdentifierDoc } from '../shared/person/docs.ts';
import type { WorkingSet } from '../shared/person/working-set.ts';
import { matches } from '../shared/profile/registers.ts';
import type { Draft } from './draft.ts';
import type { FoldedBatch } from './fold.ts';

const concerns = (campaigns: readonly CampaignDefinition[], events: readonly CleanEvent[]): boolean =>
  events.some((event) => campaigns.some((campaign) => matches(campaign.trigger, event)));

/**
 * What decides when a person's timers are due, as far as this identifier says. The latest zone holds: among several
 * identifiers, one that names the same zone again may by that overrule another.
 */
function zonesOf({ aggregate, component }: IdentifierDoc): string {
  const { zone, source_zone } = aggregate;
  const names = `${zone?.v}|${source_zone?.v}`;
  return component === null ? names : `${names}|${(zone ?? source_zone)?.at}`;
}

/** Did this identifier's events, seen without those of others, come to ask for something new? */
function asksByItself({ before, doc }: Draft, campaigns: readonly CampaignDefinition[], now: number): boolean {
  const person = { one_id: '', owner: '', now };
  const namesIn = (campaign: CampaignDefinition, of: IdentifierDoc | undefined): string[] =>
    of === undefined ? [] : timersFor(campaign, of.aggregate, person).map(({ name }) => name);
  return campaigns.some((campaign) => {
    const names = namesIn(campaign, doc);
    const known = names.length > 0 ? namesIn(campaign, before) : [];
    return names.some((name) => !known.includes(name));
  });
}

/**
 * Identifiers whose persons must be looked at. Before the commit: those that moved, those that are alone, which costs no read,
 * and those that by themselves came to ask for something, so that they remember it in the same commit. After the commit all
 * others: seldom does anything come of them. Whose events came again counts among these, since their first time may have
 * ended early; but for who is alone, and asked before his commit.
 */
export function keysToLookAt(
  folded: FoldedBatch,
  ws: WorkingSet,
  { campaigns, now }: { campaigns: readonly CampaignDefinition[]; now: number },
): { first: Set<string>; later: Set<string> } {
  const first = new Set(folded.changes.filter((c) => c.previous !== undefined).map((change) => change.key));
  const later = new Set<string>();
  for (const key of folded.diminished) first.add(key);
  for (const [key, draft] of folded.drafts) {
    const { before, doc, events } = draft;
    if (before && zonesOf(before) === zonesOf(doc) && !concerns(campaigns, events)) continue;
    const isAlone = doc.component === null;
    (isAlone || asksByItself(draft, campaigns, now) ? first : later).add(key);
  }
  for (const { owner } of folded.duplicates) if (ws.identifier(owner)?.component) later.add(owner);
  // Whoever moved them may have ended after the commit, before looking at what came of it.
  for (const { key } of folded.movesAgain) first.add(key);
  for (const key of folded.leftAgain) first.add(key);
  return { first, later };
}
