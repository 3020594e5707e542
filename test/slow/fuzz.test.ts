import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../functions/clean/clean.ts';
import { collect } from '../../functions/collect/collect.ts';
import type { HttpRequest } from '../../functions/shared/http.ts';
import { DECODERS } from '../../functions/shared/protocols/decoders.ts';
import type { Payload } from '../../functions/shared/protocols/protocol.ts';
import { RECEIVERS } from '../../functions/shared/protocols/receivers.ts';
import { encodeRaw } from '../../functions/shared/raw-record.ts';
import type { Source } from '../../schemas/event.ts';
import { REASONS } from '../../schemas/reasons.ts';
import { Dice } from '../support/dice.ts';
import { mutatePayload, mutateRequest } from '../support/fuzz.ts';
import { ARRIVAL, CLEAN_DEPS, collector, WEB } from '../support/ingest.ts';
import { payloadSeeds, RECORDED, requestSeeds, secretsOf } from '../support/protocol-seeds.ts';

const CASES = Number(process.env.FUZZ_CASES ?? 100_000);
const SEED = Number(process.env.FUZZ_SEED ?? (Date.now() >>> 4) & 0xffffff);
process.stdout.write(`fuzz: seed ${SEED}, ${CASES} cases for each protocol\n`);

/** One request may take no longer than this: something that grows with the square of its input is found so, and a hang. */
const MAX_MS = 2_000;

const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const namesOf = (): string => JSON.stringify(PROTOTYPES.map((each) => Object.getOwnPropertyNames(each)));
const UNTOUCHED = namesOf();

/** Every reason that may be given for what somebody sends; a defect of ours is none of them. */
function expectOurs(reason: string, shown: () => string): void {
  if (reason !== 'internal_error' && Object.hasOwn(REASONS, reason)) return;
  expect.fail(`The reason ${reason} was given for ${shown()}`);
}

const clip = (text: string): string => (text.length > 2_000 ? `${text.slice(0, 2_000)}…` : text);
const showRequest = (request: HttpRequest) => (): string =>
  clip(JSON.stringify({ ...request, body: request.body.toString('base64') }));
const showPayload = (payload: Payload) => (): string =>
  clip(JSON.stringify({ ...payload, body: payload.body.toString('base64') }));

async function sendMutated(request: HttpRequest, source: Source, protocol: string): Promise<void> {
  const { deps, raw, seen } = collector({});
  const began = performance.now();
  const secrets = secretsOf(protocol) ?? {};
  const known = {
    ...deps,
    sourceByKey: async () => source,
    isAllowedOrigin: () => true,
    secretsOf: async () => secrets,
  };
  const response = await collect(request, known).catch((error: unknown) =>
    expect.fail(`${protocol} threw ${String(error)} at ${showRequest(request)()}`),
  );
  expect(response.status).toBeLessThan(500);
  for (const { refused } of seen) for (const reason of refused) expectOurs(reason, showRequest(request));
  for (const record of raw.records) judge(record, showRequest(request));
  const took = performance.now() - began;
  if (took > MAX_MS) expect.fail(`${protocol} took ${took} ms for ${showRequest(request)()}`);
}

function judge(record: Uint8Array, shown: () => string): void {
  const { events, quarantined } = cleanRecord(record, CLEAN_DEPS);
  for (const { reason } of quarantined) expectOurs(reason, shown);
  for (const { identifiers } of events) if (identifiers.length === 0) expect.fail(`Nobody's event for ${shown()}`);
}

function decodeMutated(payload: Payload, source: Source, protocol: string): void {
  const began = performance.now();
  const head = { v: 1 as const, protocol, route: payload.route, params: payload.params, source };
  const bounded = Object.fromEntries(Object.entries(head.params).map(([name, value]) => [name, value.slice(0, 2_000)]));
  judge(
    encodeRaw({ ...head, params: bounded, request_id: 'r1', received_at: ARRIVAL }, payload.body),
    showPayload(payload),
  );
  const took = performance.now() - began;
  if (took > MAX_MS) expect.fail(`${protocol} took ${took} ms for ${showPayload(payload)()}`);
}

const PROTOCOLS = Object.keys(DECODERS);

describe.each(PROTOCOLS)('%s', (protocol) => {
  it(`decodes or refuses ${CASES} mutated requests and payloads, and breaks at none`, async () => {
    const dice = new Dice(SEED);
    const isSigned = RECEIVERS.some(({ name, signed }) => name === protocol && signed === true);
    const own = RECORDED.get(protocol)?.[0]?.source ?? {};
    const source: Source = { ...WEB, ...own, class: isSigned ? 'signed' : 'secret', protocol };
    const requests = requestSeeds(protocol);
    const payloads = await payloadSeeds(protocol);
    expect(payloads.length, 'there is something to mutate').toBeGreaterThan(0);
    for (const payload of payloads) decodeMutated(payload, source, protocol);
    const bodies = [...requests.map(({ body }) => body), ...payloads.map(({ body }) => body)];
    for (let n = 0; n < CASES; n += 1) {
      const request = requests[dice.below(requests.length)];
      const payload = payloads[dice.below(payloads.length)];
      if (request && dice.chance(0.5)) await sendMutated(mutateRequest(request, dice, bodies), source, protocol);
      else if (payload) decodeMutated(mutatePayload(payload, dice, bodies), source, protocol);
      if (n % 1_000 === 0) expect(namesOf()).toBe(UNTOUCHED);
    }
    expect(namesOf()).toBe(UNTOUCHED);
  });
});
