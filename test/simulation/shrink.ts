import type { FaultName } from './faults.ts';
import { type SimulationOptions, type SimulationResult, simulate } from './simulate.ts';

/** The least that still breaks: which faults and which shoppers it takes. */
export interface Shrunk {
  readonly faults: readonly FaultName[];
  readonly shoppers: readonly string[];
  readonly broken: readonly string[];
}

const without = <T>(set: ReadonlySet<T>, out: T): ReadonlySet<T> => new Set([...set].filter((each) => each !== out));

/** Leaves out one fault and one shopper after the other for as long as something still breaks. */
export async function shrink(options: SimulationOptions, found: SimulationResult): Promise<Shrunk> {
  let [faults, shoppers, { broken }] = [new Set(found.faults), new Set(found.shoppers), found] as [
    ReadonlySet<FaultName>,
    ReadonlySet<string>,
    SimulationResult,
  ];
  const stillBreaks = async (only: ReadonlySet<FaultName>, few: ReadonlySet<string>): Promise<boolean> => {
    const result = await simulate({ ...options, only, shoppers: few });
    if (result.broken.length > 0) broken = result.broken;
    return result.broken.length > 0;
  };
  for (const name of found.shoppers) {
    const fewer = without(shoppers, name);
    if (await stillBreaks(faults, fewer)) shoppers = fewer;
  }
  for (const name of found.faults) {
    const fewer = without(faults, name);
    if (await stillBreaks(fewer, shoppers)) faults = fewer;
  }
  return { faults: [...faults], shoppers: [...shoppers], broken };
}

/** The command that runs this again and prints its trace. */
export function commandOf({ seed, only, shoppers, defect }: SimulationOptions): string {
  const faults = only ? ` --only ${[...only].join(',') || 'none'}` : '';
  const names = shoppers ? ` --shoppers ${[...shoppers].join(',')}` : '';
  return `npm run simulate -- --seed ${seed}${faults}${names}${defect ? ` --defect ${defect}` : ''}`;
}

const MAX_TOLD = 5;

/** A failure as its reader needs it: what broke, in which seed, and how to see it happen with as little else as possible. */
export async function report(options: SimulationOptions, found: SimulationResult): Promise<string> {
  const shrunk = await shrink(options, found);
  const more = found.broken.length - MAX_TOLD;
  return [
    `seed ${options.seed}: ${found.broken.length} things do not hold, with ${found.faults.join(', ')}`,
    ...found.broken.slice(0, MAX_TOLD).map((text) => `  ${text}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `  least that breaks: ${shrunk.broken[0]}`,
    `  all of it: ${commandOf(options)}`,
    `  the least: ${commandOf({ ...options, only: new Set(shrunk.faults), shoppers: new Set(shrunk.shoppers) })}`,
  ].join('\n');
}
