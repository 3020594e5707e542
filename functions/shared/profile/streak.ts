import { addDays } from '../zoned.ts';

/** A run of consecutive calendar dates. */
export interface Run {
  readonly group: string;
  readonly from: string;
  readonly to: string;
  readonly days: number;
}

/**
 * Maximal runs of consecutive dates per group, from the keys of a `days` register (`date` or `date|group`), ordered by
 * group, then date. Dates are a set, so duplicates and late arrivals cannot distort a run.
 */
export function runsOf(days: Readonly<Record<string, number>>): Run[] {
  const byGroup = new Map<string, string[]>();
  for (const key of Object.keys(days)) {
    const group = key.slice(11);
    const dates = byGroup.get(group);
    if (dates) dates.push(key.slice(0, 10));
    else byGroup.set(group, [key.slice(0, 10)]);
  }
  const runs: Run[] = [];
  for (const group of [...byGroup.keys()].sort()) {
    const dates = (byGroup.get(group) ?? []).sort();
    let from = '';
    let to = '';
    let length = 0;
    for (const date of dates) {
      if (length > 0 && date === addDays(to, 1)) {
        to = date;
        length += 1;
        continue;
      }
      if (length > 0) runs.push({ group, from, to, days: length });
      from = to = date;
      length = 1;
    }
    if (length > 0) runs.push({ group, from, to, days: length });
  }
  return runs;
}
