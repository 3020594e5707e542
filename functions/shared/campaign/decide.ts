import type { Decision, Timer } from '../../../schemas/decision.ts';
import type { CampaignDefinition } from '../../../schemas/definition.ts';
import type { ReasonCode } from '../../../schemas/reasons.ts';
import { campaignRegisters } from '../definitions.ts';
import { shortHash } from '../hash.ts';
import { own } from '../own.ts';
import { type Aggregate, zoneOf } from '../profile/aggregate.ts';
import { consentTo } from '../profile/consents.ts';
import { addDays, wallClock } from '../zoned.ts';
import { timersFor } from './triggers.ts';

/** One line of the send ledger of a person and campaign. */
export interface LedgerEntry {
  readonly subject: string;
  readonly due_at: string;
  readonly decided_at: string;
  readonly outcome: Decision['outcome'];
  readonly decision: Decision;
  /** False until decision log and channel have it. */
  readonly done: boolean;
}

export interface DecideInput {
  readonly campaign: CampaignDefinition;
  readonly timer: Timer;
  readonly person: { readonly one_id: string; readonly shared: boolean; readonly aggregate: Aggregate };
  /** Earlier decisions of this campaign for this person, under all ids that he ever had. */
  readonly ledger: readonly LedgerEntry[];
  /** Epoch ms. */
  readonly now: number;
}

/** Does a cancel condition hold since the trigger began? Dates compare with a streak's first day, instants with an event. */
function cancelledBy(input: DecideInput): string | undefined {
  const { campaign, timer, person } = input;
  const specs = campaignRegisters(campaign).unless;
  for (const [index, unless] of campaign.unless.entries()) {
    const state = own(person.aggregate.registers, specs[index]?.key ?? '');
    const entry = state?.kind === 'last' ? own(state.groups, unless.by === undefined ? '' : timer.subject) : undefined;
    if (!entry) continue;
    const since = timer.trigger_from;
    const holds = since.length === 10 ? entry.date >= since : entry.at >= since;
    if (holds) return `${unless.event} at ${entry.at}`;
  }
  return undefined;
}

/** The first precondition that does not hold: no such event within the days before the trigger. */
function missingPrecondition(input: DecideInput): string | undefined {
  const { campaign, timer, person } = input;
  const specs = campaignRegisters(campaign).only_if;
  const triggerDate =
    timer.trigger_at.length === 10
      ? timer.trigger_at
      : wallClock(Date.parse(timer.trigger_at), zoneOf(person.aggregate)).date;
  for (const [index, wanted] of campaign.only_if.entries()) {
    const state = own(person.aggregate.registers, specs[index]?.key ?? '');
    const since = addDays(triggerDate, -wanted.within_days);
    const days = state?.kind === 'days' ? Object.keys(state.days) : [];
    if (!days.some((day) => day >= since && day.slice(0, 10) <= triggerDate)) {
      return `no ${wanted.event}${wanted.channel ? ` on ${wanted.channel}` : ''} between ${since} and ${triggerDate}`;
    }
  }
  return undefined;
}

const inHoldout = ({ campaign, person }: DecideInput): boolean =>
  Number.parseInt(shortHashHex(`holdout|${campaign.id}|${person.one_id}`), 16) / 0xffffffff < campaign.holdout;

const shortHashHex = (text: string): string => Buffer.from(shortHash(text), 'base64url').toString('hex').slice(0, 8);

function reasonFor(input: DecideInput): { reason: ReasonCode; fact?: string } {
  const { campaign, timer, person, ledger, now } = input;
  if (!campaign.active) return { reason: 'campaign_inactive' };
  if (person.shared) return { reason: 'shared_person' };
  const cancelled = cancelledBy(input);
  if (cancelled) return { reason: 'condition_no_longer_true', fact: cancelled };
  const missing = missingPrecondition(input);
  if (missing) return { reason: 'precondition_not_met', fact: missing };
  const consent = consentTo(person.aggregate, campaign.consent.purpose);
  if (consent ? !consent.v : campaign.consent.when_unknown === 'deny') {
    return { reason: 'no_consent', fact: consent ? `refused at ${consent.at}` : 'never asked' };
  }
  if (inHoldout(input)) return { reason: 'holdout' };
  const since = new Date(now - campaign.cap.days * 86_400_000).toISOString();
  const sends = ledger.filter(
    (e) => e.outcome === 'sent' && e.decided_at > since && (timer.subject === '' || e.subject === timer.subject),
  );
  if (sends.length >= campaign.cap.sends) return { reason: 'capped', fact: `sent at ${sends.at(-1)?.decided_at}` };
  const zone = zoneOf(person.aggregate);
  const local = wallClock(now, zone);
  const dueLocal = wallClock(Date.parse(timer.at), zone);
  if (now - Date.parse(timer.at) > 86_400_000) return { reason: 'too_late' };
  if (campaign.wait.kind === 'local_time' && local.date !== dueLocal.date) return { reason: 'too_late' };
  if (!isWithin(campaign.window, local.time)) return { reason: 'quiet_hours', fact: `${local.time} in ${zone}` };
  return { reason: 'sent' };
}

/** A window that ends before it begins goes over midnight. */
const isWithin = ({ from, to }: CampaignDefinition['window'], time: string): boolean =>
  from <= to ? from <= time && time <= to : from <= time || time <= to;

/**
 * Decides at fire time, on the state of that moment. Pure: the same input gives the same decision, with the same id.
 * @returns undefined when the person's state no longer asks for this timer (it was superseded by another).
 */
export function decide(input: DecideInput): Decision | undefined {
  const { campaign, timer, person, now } = input;
  const asOf = { one_id: person.one_id, owner: timer.owner, now: Date.parse(timer.at) };
  const asked = timersFor(campaign, person.aggregate, asOf);
  if (!asked.some((t) => t.subject === timer.subject && t.at === timer.at)) return undefined;
  const { reason, fact } = reasonFor(input);
  const decision_id = shortHash(['decision', campaign.id, person.one_id, timer.subject, timer.at].join('|'));
  return {
    decision_id,
    campaign: campaign.id,
    campaign_version: campaign.version,
    one_id: person.one_id,
    subject: timer.subject,
    outcome: reason === 'sent' ? 'sent' : 'not_sent',
    reason,
    due_at: timer.at,
    decided_at: new Date(now).toISOString(),
    ...(reason === 'sent' ? { send_id: `s_${decision_id}` } : {}),
    channel: campaign.send.channel,
    facts: {
      trigger_from: timer.trigger_from,
      trigger_at: timer.trigger_at,
      ...(fact === undefined ? {} : { because: fact }),
    },
  };
}
