import type { Timer } from '../../../schemas/decision.ts';
import type { CampaignDefinition } from '../../../schemas/definition.ts';
import { campaignRegisters } from '../definitions.ts';
import { shortHash } from '../hash.ts';
import { own } from '../own.ts';
import { type Aggregate, zoneOf } from '../profile/aggregate.ts';
import { runsOf } from '../profile/streak.ts';
import { addDays, instantOf } from '../zoned.ts';

/** Triggers whose decision lies further back than this are history and arm nothing, days. */
const MAX_LATE_DAYS = 7;

/**
 * The timers that a person's state asks for, as a pure function of that state: the same events in any order ask for the
 * same timers. A timer that the state no longer asks for when it fires has been superseded.
 *
 * A streak asks for its decision `wait.days` after the day on which the run first reached its length; an event asks for
 * its decision `wait` after its latest occurrence.
 */
export function timersFor(
  campaign: CampaignDefinition,
  aggregate: Aggregate,
  person: { one_id: string; owner: string; now: number },
): Timer[] {
  const state = own(aggregate.registers, campaignRegisters(campaign).trigger.key);
  if (!state) return [];
  const zone = zoneOf(aggregate);
  const timers: Timer[] = [];
  const ask = (subject: string, trigger: { from: string; at: string; date: string }): void => {
    const { wait } = campaign;
    const due =
      wait.kind === 'minutes'
        ? Date.parse(trigger.at) + wait.minutes * 60_000
        : instantOf(addDays(trigger.date, wait.days), wait.at, zone);
    if (due < person.now - MAX_LATE_DAYS * 86_400_000) return;
    const at = new Date(due).toISOString();
    timers.push({
      name: shortHash(['timer', campaign.id, person.one_id, subject, at].join('|'), 32),
      at,
      campaign: campaign.id,
      owner: person.owner,
      subject,
      trigger_from: trigger.from,
      trigger_at: trigger.at,
    });
  };
  if (campaign.trigger.kind === 'streak_days' && state.kind === 'days') {
    const { days } = campaign.trigger;
    for (const run of runsOf(state.days)) {
      if (run.days < days) continue;
      const reached = addDays(run.from, days - 1);
      ask(run.group, { from: run.from, at: reached, date: reached });
    }
  } else if (state.kind === 'last') {
    const last = own(state.groups, '');
    if (last) ask('', { from: last.at, at: last.at, date: last.date });
  }
  return timers;
}
