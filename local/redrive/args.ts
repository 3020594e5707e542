import { parseArgs } from 'node:util';

export const USAGE = `npm run redrive -- [options]: feeds what a deployment could not process in again.
  --stack NAME        what the names of its stacks begin with (default oneriver)
  --dry-run           say what there is, and feed nothing
  --since WHEN        only what failed since: 2026-01-31T08:00:00Z, or an age such as 90m, 24h, 7d;
                      of the raw queue's dead letters, what came since: a record is tried for some twenty hours before it is one
  --only PART         batches, dead-letters or spill; may be repeated (default: all)
Without CloudFormation (an emulator), name the resources instead of --stack:
  --bucket NAME --raw-queue URL --archive-stream NAME --clean-stream NAME --lake-prefix NAME --bus NAME
  --raw-dead-letters URL                     dead letters that go back to the raw queue
  --queue URL         may be repeated        dead letters that are calls, for --fire-function NAME
It uses the credentials, region and AWS_ENDPOINT_URL that the AWS CLI would. It may be broken off and run again: feeding something
twice changes nothing. It ends with 1 where something failed or could not be fed.`;

/** The command line is wrong; the message says how to put it right. */
export class RedriveArgsError extends Error {
  override name = 'RedriveArgsError';
}

export const PARTS = ['batches', 'dead-letters', 'spill'] as const;
export type Part = (typeof PARTS)[number];

/** Resources of a deployment, by hand. */
export interface GivenNames {
  readonly bucket: string;
  /** Its URL. */
  readonly rawQueue: string;
  /** The URL of its dead letters: messages as they were in the raw queue. */
  readonly rawDeadLetters: string | undefined;
  /** The delivery stream of the raw archive. */
  readonly archive: string;
  readonly cleanStream: string;
  readonly lakePrefix: string;
  readonly bus: string;
  /** URLs of the other dead letters: calls, and batches of the clean stream. */
  readonly queues: readonly string[];
  readonly fireFunction: string | undefined;
}

export interface RedriveArgs {
  readonly help: boolean;
  readonly stack: string;
  readonly dryRun: boolean;
  /** Epoch ms. */
  readonly since: number;
  readonly parts: readonly Part[];
  readonly given: GivenNames | undefined;
}

const OPTIONS = {
  stack: { type: 'string', default: 'oneriver' },
  'dry-run': { type: 'boolean', default: false },
  since: { type: 'string' },
  only: { type: 'string', multiple: true, default: [] as string[] },
  bucket: { type: 'string' },
  'raw-queue': { type: 'string' },
  'raw-dead-letters': { type: 'string' },
  'archive-stream': { type: 'string' },
  'clean-stream': { type: 'string' },
  'lake-prefix': { type: 'string', default: 'oneriver' },
  bus: { type: 'string', default: 'oneriver' },
  queue: { type: 'string', multiple: true, default: [] as string[] },
  'fire-function': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const MS_PER = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** An instant, or an age before `now`, as epoch ms. @throws RedriveArgsError */
export function readSince(text: string, now: number): number {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (amount !== undefined) return now - Number(amount) * MS_PER[unit as keyof typeof MS_PER];
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return at;
  throw new RedriveArgsError(`Not an instant or an age (2026-01-31T08:00:00Z, 90m, 24h, 7d): "${text}".`);
}

const isPart = (text: string): text is Part => PARTS.some((part) => part === text);

const parse = (argv: readonly string[]) => parseArgs({ args: [...argv], options: OPTIONS });

/** Reads the command line of `npm run redrive`. @throws RedriveArgsError, or what `parseArgs` throws */
export function readRedriveArgs(argv: readonly string[], now: number): RedriveArgs {
  const { values } = parse(argv);
  const unknown = values.only.find((part) => !isPart(part));
  if (unknown !== undefined) throw new RedriveArgsError(`--only knows ${PARTS.join(', ')}, not "${unknown}".`);
  return {
    help: values.help,
    stack: values.stack,
    dryRun: values['dry-run'],
    since: values.since === undefined ? 0 : readSince(values.since, now),
    parts: values.only.length > 0 ? values.only.filter(isPart) : PARTS,
    given: values.bucket === undefined ? undefined : givenIn(values, values.bucket),
  };
}

type Values = ReturnType<typeof parse>['values'];

function givenIn(values: Values, bucket: string): GivenNames {
  const { 'raw-queue': rawQueue, 'archive-stream': archive, 'clean-stream': cleanStream } = values;
  if (rawQueue === undefined || archive === undefined || cleanStream === undefined) {
    throw new RedriveArgsError('With --bucket, name --raw-queue, --archive-stream and --clean-stream too.');
  }
  return {
    ...{ bucket, rawQueue, archive, cleanStream, lakePrefix: values['lake-prefix'], bus: values.bus },
    ...{ rawDeadLetters: values['raw-dead-letters'], queues: values.queue, fireFunction: values['fire-function'] },
  };
}
