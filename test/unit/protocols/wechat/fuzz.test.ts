import { encrypt } from '@wecom/crypto';
import { expect, it } from 'vitest';
import { cleanRecord } from '../../../../functions/clean/clean.ts';
import { collect } from '../../../../functions/collect/collect.ts';
import type { HttpRequest } from '../../../../functions/shared/http.ts';
import { REASONS } from '../../../../schemas/reasons.ts';
import { Dice } from '../../../support/dice.ts';
import { mutateBytes, mutateJson, mutateRequest } from '../../../support/fuzz.ts';
import { CLEAN_DEPS } from '../../../support/ingest.ts';
import { MESSAGES as CALLBACKS } from '../wecom/seeds.ts';
import { MESSAGES } from './seeds.ts';
import { AES_KEY, APP, hooked, sealed, signedSeal, xml } from './sender.ts';

const CASES = Number(process.env.FUZZ_CASES ?? 2_000);
const SEED = Number(process.env.FUZZ_SEED ?? (Date.now() >>> 4) & 0xffffff);
process.stdout.write(`wechat fuzz: seed ${SEED}, ${CASES} cases for each protocol\n`);

const CREDENTIALS = ['gQH-ticket-of-the-code', 'ticket@@@of-the-platform', 'CODE-of-the-welcome'];

const asXml = (message: Readonly<Record<string, unknown>>): string =>
  xml(Object.fromEntries(Object.entries(message).map(([name, value]) => [name, String(value)])));

/** Something wrong before sealing, so that it gets through every check; or after, in the sealed text or the request. */
function broken(protocol: string, dice: Dice, pool: readonly Readonly<Record<string, unknown>>[]) {
  const message = pool[dice.below(pool.length)] ?? {};
  const text = dice.chance(0.5) ? asXml(message) : JSON.stringify(message);
  // A credential in a field whose name was changed is not known for one.
  const hasNames = dice.chance(0.75);
  if (!hasNames) {
    const changed = mutateBytes(Buffer.from(text), dice, []).toString();
    return { hasNames, request: signedSeal(protocol, encrypt(AES_KEY, changed, APP)) };
  }
  if (dice.chance(0.4)) return { hasNames, request: sealed(protocol, JSON.stringify(mutateJson(message, dice)) ?? '') };
  const request = sealed(protocol, text);
  if (dice.chance(0.5)) return { hasNames, request: mutateRequest(request, dice, [Buffer.from(text)]) };
  const bytes = Buffer.from(encrypt(AES_KEY, text, APP), 'base64');
  return { hasNames, request: signedSeal(protocol, mutateBytes(bytes, dice, []).toString('base64')) };
}

/** What must not be, in words; nothing where all is well. */
async function problemWith(protocol: string, request: HttpRequest, hasNames: boolean): Promise<string | undefined> {
  const { deps, raw, seen } = hooked(protocol);
  const { status, body } = await collect(request, deps);
  if (status >= 500) return `status ${status}`;
  if (status === 200 && body !== 'success') return 'another answer than success';
  const results = raw.records.map((record) => cleanRecord(record, CLEAN_DEPS));
  const reasons = [
    ...seen.flatMap(({ refused }) => refused),
    ...results.flatMap(({ quarantined }) => quarantined.map(({ reason }) => reason)),
  ];
  const foreign = reasons.find((reason) => reason === 'internal_error' || !(reason in REASONS));
  if (foreign !== undefined) return `the reason ${foreign}`;
  const events = JSON.stringify(results.flatMap((result) => result.events));
  return hasNames && CREDENTIALS.some((each) => events.includes(each)) ? 'a credential that was kept' : undefined;
}

it.each([
  ['wechat', MESSAGES],
  ['wecom', CALLBACKS],
] as const)('%s takes in or refuses whatever comes, with a reason of ours', async (protocol, pool) => {
  const dice = new Dice(SEED);
  const names = Object.getOwnPropertyNames(Object.prototype).join();
  for (let n = 0; n < CASES; n += 1) {
    const { request, hasNames } = broken(protocol, dice, pool);
    const problem = await problemWith(protocol, request, hasNames).catch((error: unknown) => `it threw ${error}`);
    if (problem === undefined) continue;
    expect.fail(`${problem}, case ${n}: ${JSON.stringify({ ...request, body: request.body.toString('base64') })}`);
  }
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(names);
});
