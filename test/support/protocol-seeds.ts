import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { collect } from '../../functions/collect/collect.ts';
import type { HttpRequest } from '../../functions/shared/http.ts';
import type { Payload } from '../../functions/shared/protocols/protocol.ts';
import { decodeRaw } from '../../functions/shared/raw-record.ts';
import { collector, WEB } from './ingest.ts';
import type { RecordedClient } from './recorded-client.ts';
import { recordingsOf } from './recordings.ts';
import { ROOT } from './source-tree.ts';

const TESTS = join(ROOT, 'test/unit/protocols');

/** Every recorded client, by protocol: what `test/unit/protocols/<name>/recorded.ts` says. */
export const RECORDED: ReadonlyMap<string, readonly RecordedClient[]> = new Map(
  await Promise.all(
    readdirSync(TESTS)
      .filter((name) => existsSync(join(TESTS, name, 'recorded.ts')))
      .map(async (name): Promise<[string, readonly RecordedClient[]]> => {
        const module: { RECORDED: readonly RecordedClient[] } = await import(join(TESTS, name, 'recorded.ts'));
        return [name, module.RECORDED];
      }),
  ),
);

/** Requests that real clients of a protocol sent. */
export const requestSeeds = (protocol: string): HttpRequest[] =>
  (RECORDED.get(protocol) ?? [])
    .flatMap(({ client }) => recordingsOf(client))
    .flatMap(({ requests }) => requests.map(({ request }) => request))
    .filter(({ method }) => method !== 'OPTIONS');

/** The secrets that recordings of a protocol were made with. */
export const secretsOf = (protocol: string): RecordedClient['secrets'] =>
  RECORDED.get(protocol)?.find(({ secrets }) => secrets !== undefined)?.secrets;

/** Payloads as they are on the raw stream: of the recorded requests, and those that `seeds.ts` of the protocol's tests has. */
export async function payloadSeeds(protocol: string): Promise<Payload[]> {
  const { deps, raw } = collector({});
  const own = RECORDED.get(protocol)?.[0]?.source ?? {};
  const source = { ...WEB, class: 'secret' as const, protocol, ...own };
  const secrets = secretsOf(protocol) ?? {};
  const known = {
    ...deps,
    sourceByKey: async () => source,
    isAllowedOrigin: () => true,
    secretsOf: async () => secrets,
  };
  for (const request of requestSeeds(protocol)) await collect(request, known);
  const recorded = raw.records.map((record) => {
    const { head, body } = decodeRaw(record);
    return { route: head.route, params: head.params ?? {}, body };
  });
  const file = join(TESTS, protocol, 'seeds.ts');
  if (!existsSync(file)) return recorded;
  const module: { SEEDS: readonly Payload[] } = await import(file);
  return [...recorded, ...module.SEEDS];
}
