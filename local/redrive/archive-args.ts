import { DEDUPE_DAYS } from '../../functions/stitch/seen.ts';
import { RedriveArgsError } from './args.ts';

export const ARCHIVE_USAGE = `With --stack, in place of quarantine: what the raw archive holds, byte by byte as it came
  --archive DAY    every record that was archived on this day (UTC, 2026-01-31) and after it
  --to DAY         up to and with this day (default: today)
  --dry-run        count objects and records, and feed nothing
  --count-again    also days of more than ${DEDUPE_DAYS - 1} days ago: see below
It is paced, so that live events keep room, and may be broken off and run again. Events keep their ids: one that was taken in
within the last ${DEDUPE_DAYS} days is known by its id and changes nothing. An older one that was taken in before is one row in the
lake's view of events as before, but its person's profile counts it again; so such days are fed only with --count-again.
Records that are fed are archived once more, today. It ends with 1 where an object could not be read.`;

/** Days in one run; more than any archive is kept for. Each is listed apart. */
const MAX_DAYS = 3_700;
const MS_PER_DAY = 86_400_000;
const FILTERS = ['reason', 'source', 'event', 'field', 'since', 'until'] as const;

/** The options of the command line, as they were parsed. */
export type ArchiveOptions = {
  readonly [name in 'stack' | 'archive' | 'to' | (typeof FILTERS)[number]]?: string | undefined;
} & { readonly 'dry-run': boolean; readonly 'count-again': boolean };

/** Days of the archive, `YYYY-MM-DD` in UTC, in order. */
export type ArchiveDays = readonly string[];

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Midnight of a day, epoch ms. @throws RedriveArgsError */
function readDay(option: string, text: string): number {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(at) && dayOf(at) === text) return at;
  throw new RedriveArgsError(`${option} takes a day such as 2026-01-31, not "${text}".`);
}

/**
 * The days of the archive that the command line asks for; undefined when it asks for quarantine.
 * @param now epoch ms
 * @throws RedriveArgsError
 */
export function readArchiveDays(options: ArchiveOptions, now: number): ArchiveDays | undefined {
  if (options.archive === undefined) {
    if (options.to === undefined && !options['count-again']) return undefined;
    throw new RedriveArgsError('--to and --count-again are about the archive: name its first day with --archive.');
  }
  if (options.stack === undefined) {
    throw new RedriveArgsError('Only a deployment has an archive: name it with --stack, e.g. --stack oneriver.');
  }
  const filter = FILTERS.find((name) => options[name] !== undefined);
  if (filter !== undefined)
    throw new RedriveArgsError(`--${filter} chooses from quarantine; of the archive, name days.`);
  const today = readDay('now', dayOf(now));
  const from = readDay('--archive', options.archive);
  const to = options.to === undefined ? today : readDay('--to', options.to);
  if (from > to || to > today) {
    throw new RedriveArgsError(
      `--archive ${dayOf(from)} has to be before --to ${dayOf(to)}, and neither in the future.`,
    );
  }
  const count = (to - from) / MS_PER_DAY + 1;
  if (count > MAX_DAYS) throw new RedriveArgsError(`These are ${count} days; take at most ${MAX_DAYS} at once.`);
  // A day of margin: stitch may come to what is fed today after midnight only.
  const known = today - (DEDUPE_DAYS - 1) * MS_PER_DAY;
  if (from < known && !options['dry-run'] && !options['count-again']) {
    throw new RedriveArgsError(
      `What came before ${dayOf(known)} is not known by its id any more: profiles that have counted it would count it again. ` +
        `Begin with --archive ${dayOf(known)}, or say --count-again.`,
    );
  }
  return Array.from({ length: count }, (_, index) => dayOf(from + index * MS_PER_DAY));
}
