import type { TagDefinition } from '../../../schemas/definition.ts';
import type { TagValue } from '../../../schemas/profile.ts';
import { type Definitions, tagRegister } from '../definitions.ts';
import { own } from '../own.ts';
import { localDate } from '../time.ts';
import { addDays } from '../zoned.ts';
import { type Aggregate, zoneOf } from './aggregate.ts';
import { runsOf } from './streak.ts';

const sumSince = (days: Readonly<Record<string, number>>, since: string): number => {
  let sum = 0;
  for (const [day, n] of Object.entries(days)) if (day >= since) sum += n;
  return sum;
};

/** One tag of a person, as of `now` (epoch ms). Windows are counted in the person's own calendar days. */
export function evaluateTag(tag: TagDefinition, aggregate: Aggregate, now: number): TagValue {
  const { measure } = tag;
  const state = own(aggregate.registers, tagRegister(tag).key);
  const today = localDate(now, zoneOf(aggregate));
  const since = 'window_days' in measure && measure.window_days ? addDays(today, 1 - measure.window_days) : '';
  switch (measure.kind) {
    case 'streak_days': {
      if (state?.kind !== 'days') return 0;
      const alive = runsOf(state.days).filter((run) => run.to >= addDays(today, -1));
      return alive.reduce((longest, run) => Math.max(longest, run.days), 0);
    }
    case 'count':
      return state?.kind === 'days' ? sumSince(state.days, since) : 0;
    case 'sum':
      return state?.kind === 'sum' ? sumSince(state.days, since) : 0;
    case 'last': {
      const entry = state?.kind === 'last' ? own(state.groups, '') : undefined;
      if (!entry) return null;
      return measure.property === undefined ? entry.at : entry.value;
    }
    case 'absent': {
      const entry = state?.kind === 'last' ? own(state.groups, '') : undefined;
      return entry === undefined || entry.date < since;
    }
  }
}

/** All tags of a person, sorted by id. */
export function evaluateTags(definitions: Definitions, aggregate: Aggregate, now: number): Record<string, TagValue> {
  const entries = definitions.tags.map((tag) => [tag.id, evaluateTag(tag, aggregate, now)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
