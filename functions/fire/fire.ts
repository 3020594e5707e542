import type { Decision, Message, Timer } from '../../schemas/decision.ts';
import type { CampaignDefinition } from '../../schemas/definition.ts';
import { decide, type LedgerEntry } from '../shared/campaign/decide.ts';
import type { Definitions } from '../shared/definitions.ts';
import type { DocStore } from '../shared/doc-store.ts';
import { type CompiledRules, oneId } from '../shared/identity/resolve.ts';
import { ledgerDocKey } from '../shared/person/docs.ts';
import { partsForSending } from '../shared/person/for-use.ts';
import { findPersons, type PersonState, stateOf } from '../shared/person/read.ts';
import { readAnew } from '../shared/person/working-set.ts';
import type { Channel, Clock, LakeSink } from '../shared/seams.ts';
import { append, entriesOf, LedgerConflict, MAX_ATTEMPTS, markDone, readLedgers, withdraw } from './ledger.ts';
import { decisionRow } from './rows.ts';

export interface FireDeps {
  readonly store: DocStore;
  readonly lake: LakeSink;
  readonly channels: Readonly<Record<'outbox' | 'webhook', Channel>>;
  readonly definitions: Definitions;
  readonly rules: CompiledRules;
  readonly clock: Clock;
}

/** Identifiers of other persons of the component whose ledgers are looked at. */
const MAX_OTHERS = 100;
const DATE_CHARS = 10;

/**
 * Fires a timer: decides on the person's state of this moment, writes the decision into the send ledger under a version
 * condition, then hands the message to its channel and the decision to the log. Firing again, by a retry or by a twin
 * timer of a person merged meanwhile, finds the ledger entry and sends nothing twice. A timer that fires is due, also by a
 * clock that lags behind its scheduler's: else a coupon of ten o'clock would fall into the quiet hours that end at ten.
 * @returns the decision, or undefined when the timer was superseded or had been decided before.
 */
export async function fire(timer: Timer, deps: FireDeps): Promise<Decision | undefined> {
  const campaign = deps.definitions.campaigns.find(({ id }) => id === timer.campaign);
  if (!campaign) return undefined;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const seen = await lookAt(timer.owner, deps);
    if (!seen) return undefined;
    const ledgers = await readLedgers(deps.store, campaign, seen.whole);
    const entries = entriesOf(ledgers);
    const decided = entries.filter((entry) => entry.subject === timer.subject && entry.due_at === timer.at);
    if (decided.some(({ done }) => done)) return undefined;
    const [earlier] = decided;
    if (!earlier && (await decidedAsOne(timer, campaign, { ...seen.whole, store: deps.store }))) return undefined;
    const decision = earlier
      ? earlier.decision
      : decideNow(timer, campaign, { ...seen, entries, now: Math.max(deps.clock.now(), Date.parse(timer.at)) });
    if (!decision) return undefined;
    const home = ledgers.find(({ one_id }) => one_id === decision.one_id) ?? ledgers[0];
    if (!home) return undefined;
    if (!earlier && !(await append(deps.store, campaign, { ...home, decision }))) continue;
    if (!earlier && (await wasDecided(timer, campaign, { decision, deps }))) {
      await withdraw(deps.store, campaign, { one_id: home.one_id, decision });
      return undefined;
    }
    await deliver(decision, campaign, deps);
    await markDone(deps.store, campaign, decision);
    return decision;
  }
  throw new LedgerConflict(`The ledger of campaign ${campaign.id} stayed in conflict after ${MAX_ATTEMPTS} attempts.`);
}

/** A person as everybody sees it, and the parts of it that are sure enough to be sent a message. */
interface Seen {
  readonly whole: PersonState;
  readonly parts: readonly PersonState[];
}

const lookAt = (owner: string, { store, rules }: FireDeps): Promise<Seen | undefined> =>
  readAnew(store, async (ws) => {
    const found = (await findPersons([owner], ws)).get(owner);
    if (!found) return undefined;
    const whole = stateOf(found, ws);
    const parts = partsForSending(owner, whole, rules);
    if (parts.length === 1) return { whole, parts: [whole] };
    return { whole, parts: parts.map((person) => stateOf({ person, component: found.component }, ws)) };
  });

/**
 * The decision about the first part whose own behaviour asks for this timer, by its own consent: a link that is good enough
 * for analysis alone moves no message from one human to another. The ledger is that of all parts, as they may be one human.
 */
function decideNow(
  timer: Timer,
  campaign: CampaignDefinition,
  { parts, entries, now }: Seen & { entries: readonly LedgerEntry[]; now: number },
): Decision | undefined {
  for (const { person, aggregate } of parts) {
    const subject = { one_id: person.one_id, shared: person.shared, aggregate };
    const decision = decide({ campaign, timer, person: subject, ledger: entries, now });
    if (decision) return decision;
  }
  return undefined;
}

/**
 * Others may have merged the person, and decided, between the look at it and the entry in its ledger: the person is looked at once
 * more. Only a decision that is done counts, so that two of them never give way to each other.
 */
async function wasDecided(
  timer: Timer,
  campaign: CampaignDefinition,
  { decision, deps }: { decision: Decision; deps: FireDeps },
): Promise<boolean> {
  const seen = await lookAt(timer.owner, deps);
  if (!seen) return false;
  return entriesOf(await readLedgers(deps.store, campaign, seen.whole)).some(
    (entry) =>
      entry.done &&
      entry.subject === timer.subject &&
      entry.due_at === timer.at &&
      entry.decision.decision_id !== decision.decision_id,
  );
}

/**
 * Was the event that triggered the timer decided about when the person was one with others of its component? Whom an unmerge or
 * new rules split asks anew for what is past, and would be sent the same message once more. A streak has no instant by which
 * it could be told from the same streak of another human, so it is left alone.
 */
async function decidedAsOne(
  timer: Timer,
  campaign: CampaignDefinition,
  { person, component, store }: Pick<PersonState, 'person' | 'component'> & { store: DocStore },
): Promise<boolean> {
  if (timer.trigger_at.length === DATE_CHARS || component === undefined) return false;
  const own = new Set(person.members);
  const others = Object.keys(component.sightings).filter((key) => !own.has(key));
  const docs = await store.get(others.slice(0, MAX_OTHERS).map((key) => ledgerDocKey(campaign.id, oneId(key))));
  const entries = entriesOf([...docs.values()].map((doc) => ({ doc })));
  return entries.some(
    ({ subject, due_at, decision }) =>
      subject === timer.subject && due_at === timer.at && decision.facts.trigger_at === timer.trigger_at,
  );
}

async function deliver(decision: Decision, campaign: CampaignDefinition, deps: FireDeps): Promise<void> {
  await deps.lake.put('decisions', [decisionRow(decision)]);
  if (decision.outcome !== 'sent' || decision.send_id === undefined) return;
  const message: Message = {
    send_id: decision.send_id,
    campaign: campaign.id,
    one_id: decision.one_id,
    subject: decision.subject,
    template: campaign.send.template,
    params: campaign.send.params,
    created_at: decision.decided_at,
  };
  await deps.channels[campaign.send.channel].send(message);
}
