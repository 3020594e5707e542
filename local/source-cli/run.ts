import { parseArgs } from 'node:util';
import { MAX_OVERLAP_MS } from '../../functions/shared/sources/desk.ts';
import { SourceError } from '../../functions/shared/sources/error.ts';
import { connecting } from '../../functions/shared/sources/snippets.ts';
import type { StoredSource } from '../../functions/shared/sources/store.ts';
import { rankingOf, viewOf } from '../../functions/shared/sources/view.ts';
import { definitionOf, FIELD_OPTIONS, fieldsOf, type Values } from './fields.ts';
import type { OpenDesk, Where } from './open.ts';
import { connectText, lineOf, pageOf } from './text.ts';

export const USAGE = `npm run source -- add SOURCE --protocol P      a new source; prints its key once, and what to paste where
npm run source -- list                         every source: channel, class, protocol, priority, state, keys
npm run source -- show SOURCE                  one source, what to paste, and who changed what
npm run source -- change SOURCE …              other fields; "" takes one away
npm run source -- rotate SOURCE                a new key; the others end after --overlap-hours N (default 168)
npm run source -- remove-key SOURCE ID         takes a key away at once
npm run source -- disable|enable SOURCE        refuses, or takes again, what comes with its keys
npm run source -- secret SOURCE NAME < FILE    what a platform signs with: token, encoding_aes_key, app_secret …
npm run source -- remove-secret SOURCE NAME
npm run source -- ranking                      sources by priority, for schemas/survivorship.json
  --name TEXT --owner TEXT --description TEXT --channel C --class public|secret|signed --protocol P
  --origin URL --alias P:VALUE --setting NAME=VALUE        each as often as needed; the list replaces the old one
  --region CC --zone ZONE --app-id ID --default-event NAME --mapping NAME --activity 1..5 --value 1..5
  --why TEXT       kept with the change
  --data DIR       data folder (default data); a running server knows of the change at once
  --stack NAME     a deployment instead, by what the names of its stacks begin with`;

const OPTIONS = {
  ...FIELD_OPTIONS,
  why: { type: 'string', default: 'changed on the command line' },
  'overlap-hours': { type: 'string', default: '168' },
  data: { type: 'string', default: 'data' },
  stack: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const MS_PER_HOUR = 3_600_000;

export interface SourceCommandDeps {
  open(where: Where): Promise<OpenDesk>;
  /** What is given on standard input. */
  input(): Promise<string>;
}

interface Command {
  readonly open: OpenDesk;
  readonly names: readonly string[];
  readonly values: Values;
  readonly why: string;
  readonly overlapMs: number;
  input(): Promise<string>;
}

const COMMANDS: Readonly<Record<string, (command: Command) => Promise<string>>> = {
  list,
  show,
  add,
  change,
  rotate,
  ranking,
  secret,
  disable: (command) => switched(command, 'disable'),
  enable: (command) => switched(command, 'enable'),
  'remove-key': removeKey,
  'remove-secret': removeSecret,
};

/**
 * `npm run source`: looks at sources and changes them, in a data folder or on a deployment. Answers with what to print; only `add`
 * and `rotate` have a key in it, and nothing ever has a secret.
 * @throws SourceError saying what to put right; what `parseArgs`, SQLite or AWS throw
 */
export async function runSource(argv: readonly string[], deps: SourceCommandDeps): Promise<string> {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  const [name = 'list', ...names] = positionals;
  if (values.help) return USAGE;
  const run = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!run) throw new Error(`There is no command "${name.slice(0, 40)}".`);
  const overlapMs = Number(values['overlap-hours']) * MS_PER_HOUR;
  if (!(overlapMs >= 0 && overlapMs <= MAX_OVERLAP_MS)) {
    throw new SourceError('invalid', `--overlap-hours takes hours from 0 to ${MAX_OVERLAP_MS / MS_PER_HOUR}.`);
  }
  const open = await deps.open({ data: values.data, stack: values.stack });
  try {
    return await run({ open, names, values, why: values.why, overlapMs, input: deps.input });
  } finally {
    open.close();
  }
}

const asking = ({ open: { by }, why }: Command) => ({ by, why });

/** The source that the command names. @throws SourceError where it names none */
function sourceOf({ names: [id = ''] }: Command): string {
  if (id === '') throw new SourceError('invalid', 'Name the source; npm run source -- list shows them.');
  return id;
}

async function viewed({ open }: Command) {
  return (await open.desk.list()).map((source) => viewOf(source, open.now()));
}

async function list(command: Command): Promise<string> {
  return (await viewed(command)).map(lineOf).join('\n') || 'There are no sources yet; add one.';
}

async function ranking(command: Command): Promise<string> {
  return JSON.stringify(rankingOf(await viewed(command)));
}

async function show(command: Command): Promise<string> {
  const { desk, url, now } = command.open;
  const source = await desk.get(sourceOf(command));
  const changes = await desk.changes(source.definition.source_id, 20);
  return pageOf(viewOf(source, now()), connecting(source.definition, { url }), changes);
}

async function add(command: Command): Promise<string> {
  const { desk, url } = command.open;
  const definition = definitionOf(sourceOf(command), command.values);
  const { source, key } = await desk.create(definition, asking(command));
  const connect = connectText(connecting(source.definition, { url, key }), definition.source_id);
  return `${key}\n\nThe key is shown this once. What to paste:\n\n${connect}`;
}

async function change(command: Command): Promise<string> {
  const fields = fieldsOf(command.values);
  if (Object.keys(fields).length === 0) throw new SourceError('invalid', 'Name a field, e.g. --owner "Web team".');
  return said(await command.open.desk.change(sourceOf(command), fields, asking(command)), command);
}

async function switched(command: Command, how: 'disable' | 'enable'): Promise<string> {
  return said(await command.open.desk[how](sourceOf(command), asking(command)), command);
}

async function rotate(command: Command): Promise<string> {
  const { desk, url, now } = command.open;
  const { source, key } = await desk.rotate(sourceOf(command), command.overlapMs, asking(command));
  const ending = viewOf(source, now()).keys.filter(({ state }) => state === 'ending');
  const ends = ending.map(({ id, last4, valid_until }) => `${id} (…${last4 ?? '????'}) is taken until ${valid_until}.`);
  const connect = connectText(connecting(source.definition, { url, key }), source.definition.source_id);
  return [key, ...ends, '', connect].join('\n');
}

async function removeKey(command: Command): Promise<string> {
  const [, id = ''] = command.names;
  return said(await command.open.desk.removeKey(sourceOf(command), id, asking(command)), command);
}

async function secret(command: Command): Promise<string> {
  const [, name = ''] = command.names;
  const source_id = sourceOf(command);
  const value = await command.input();
  if (value === '') throw new SourceError('invalid', 'Give the secret on standard input, not as an argument.');
  const put = { name, value, overlapMs: command.overlapMs };
  return said(await command.open.desk.putSecret(source_id, put, asking(command)), command);
}

async function removeSecret(command: Command): Promise<string> {
  const [, name = ''] = command.names;
  return said(await command.open.desk.removeSecret(sourceOf(command), name, asking(command)), command);
}

const said = (source: StoredSource, { open }: Command): string => lineOf(viewOf(source, open.now()));
