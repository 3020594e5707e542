import type { Connecting } from '../../functions/shared/sources/snippet.ts';
import type { SourceChange } from '../../functions/shared/sources/store.ts';
import type { ShownKey, ShownSource } from '../../functions/shared/sources/view.ts';

/** A source in a line of a list. */
export function lineOf({ source_id, channel, class: of, protocol, priority, state, keys }: ShownSource): string {
  const valid = keys.filter((key) => key.state !== 'ended').map(({ last4 }) => `…${last4 ?? '????'}`);
  const score = priority === null ? '-' : String(priority);
  const columns = [source_id.padEnd(18), channel.padEnd(12), of.padEnd(6), (protocol ?? 'segment').padEnd(11)];
  return [...columns, score.padStart(3), state.padEnd(8), valid.join(' ')].join('  ').trimEnd();
}

const keyLine = ({ id, last4, created_at, valid_until, state }: ShownKey): string =>
  `  ${id}  …${last4 ?? '????'}  ${created_at}  ${state}${valid_until === null ? '' : ` ${valid_until}`}`;

/** All of a source, for one who looks after it. */
export function pageOf(source: ShownSource, connect: Connecting, changes: readonly SourceChange[]): string {
  const { keys, secrets, ...fields } = source;
  const values = Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `  ${name.padEnd(18)}${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  const secretLines = secrets.map(({ name, ...rest }) => `${keyLine({ ...rest, last4: null }).replace('…????', name)}`);
  return [
    ...[source.source_id, ...values],
    ...['Keys', ...keys.map(keyLine)],
    ...(secrets.length > 0 ? ['Secrets', ...secretLines] : []),
    ...['Changes', ...changes.map(({ at, by, action, detail, why }) => `  ${at}  ${by}: ${action} ${detail} (${why})`)],
    '',
    connectText(connect, source.source_id),
  ].join('\n');
}

/** What to paste where, and which secrets to give back. */
export function connectText({ snippets, where, secrets }: Connecting, source_id: string): string {
  const parts = snippets.map(({ title, text }) => `# ${title}\n${text}`);
  if (where) parts.push(`Where: ${where.en}\n${where.zh}`);
  for (const { name, from } of secrets) {
    parts.push(`${from.en} (${from.zh}):\n  npm run source -- secret ${source_id} ${name} < FILE`);
  }
  return parts.join('\n\n');
}
