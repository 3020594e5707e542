import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Compile } from 'typebox/compile';
import { makeWriteKey } from '../../functions/shared/sources/keys.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { Source } from '../../schemas/event.ts';
import { type StoredKey, WriteKeyError, type WriteKeyTable } from './table.ts';

export const USAGE = `npm run write-key -- list                        the keys of a deployment, by source; never the keys themselves
npm run write-key -- add SOURCE                  one more key for a source; prints it once, and keeps only its hash
npm run write-key -- rotate SOURCE               the same, and lets the others end: --overlap-days N (default 7)
npm run write-key -- revoke ID                   takes a key away
  --stack NAME     what the names of the stacks begin with (default oneriver)
  --table NAME     the collector's table, instead of --stack
  --sources FILE   where a source that has no key yet is described (default schemas/sources/retail.json)
The collector learns of every change within ${TOPOLOGY.limits.source_cache_seconds} s. It uses the credentials, region and AWS_ENDPOINT_URL that the AWS CLI would.`;

const OPTIONS = {
  stack: { type: 'string', default: 'oneriver' },
  table: { type: 'string' },
  sources: { type: 'string', default: 'schemas/sources/retail.json' },
  'overlap-days': { type: 'string', default: '7' },
  help: { type: 'boolean', default: false },
} as const;

const MS_PER_DAY = 86_400_000;
const MAX_OVERLAP_DAYS = 365;
const validator = Compile(Source);

export interface WriteKeyDeps {
  /** The table of a deployment, by its own name or by that of its stacks. */
  open(where: { table: string | undefined; stack: string }): Promise<WriteKeyTable>;
  readonly now: number;
  random(bytes: number): Buffer;
}

/**
 * `npm run write-key`: makes, rotates and takes away what senders prove themselves with. Answers with what to print; only `add`
 * and `rotate` have a key in it.
 * @throws WriteKeyError saying what to put right; what CloudFormation or DynamoDB throws.
 */
export async function runWriteKey(argv: readonly string[], deps: WriteKeyDeps): Promise<string> {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  const [command = 'list', name = ''] = positionals;
  if (values.help) return USAGE;
  if (!['list', 'add', 'rotate', 'revoke'].includes(command))
    throw new WriteKeyError(`There is no command "${command.slice(0, 40)}".`);
  const overlap = Number(values['overlap-days']);
  if (!(overlap >= 0 && overlap <= MAX_OVERLAP_DAYS))
    throw new WriteKeyError(`--overlap-days takes days from 0 to ${MAX_OVERLAP_DAYS}.`);
  const table = await deps.open({ table: values.table, stack: values.stack });
  const stored = await table.list();
  if (command === 'list') return stored.map((key) => line(key, deps.now)).join('\n') || 'There are no write keys yet.';
  if (command === 'revoke') {
    const { id, source } = await table.revoke(name);
    return `The key ${id} of ${source.source_id} is refused within ${TOPOLOGY.limits.source_cache_seconds} s.`;
  }
  const source = stored.findLast((key) => key.source.source_id === name)?.source ?? described(name, values.sources);
  const key = makeWriteKey(source, deps.random);
  await table.add(source, key, deps.now);
  if (command === 'add') return key;
  const until = deps.now + overlap * MS_PER_DAY;
  const ended = await table.endOthers(source.source_id, key, until);
  return [key, ...ended.map(({ id }) => `${id} is taken until ${new Date(until).toISOString()}.`)].join('\n');
}

function line({ id, source, created_at, valid_until }: StoredKey, now: number): string {
  const end = valid_until === undefined ? '' : new Date(valid_until).toISOString();
  const state = valid_until === undefined ? 'valid' : valid_until > now ? `until ${end}` : `ended ${end}`;
  return [source.source_id.padEnd(16), id, source.class.padEnd(6), created_at.padEnd(24), state].join('  ');
}

/** A source as it is described in a file: one, or a list of them. */
function described(source_id: string, file: string): Source {
  const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const all: readonly unknown[] = Array.isArray(read) ? read : [read];
  const found = all.find((one) => validator.Check(one) && one.source_id === source_id);
  if (validator.Check(found)) return found;
  throw new WriteKeyError(`No key and no description of the source "${source_id.slice(0, 40)}": put it into ${file}.`);
}
