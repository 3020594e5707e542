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

const CREDENTIALS = ['gQH', 'ticket@@@x'];

const asXml = (message: Readonly<Record<string, unknown>>): string =>
  xml(Object.fromEntries(Object.entries(message).map(([name, value]) => [name, String(value)])));

/** Something wrong before sealing, so that it gets through every check; or after, in the sealed text or the request. */
function broken(protocol: string, dice: Dice, pool: readonly Readonly<Record<string, unknown>>[]): HttpRequest {
  const message = pool[dice.below(pool.length)] ?? {};
  const text = dice.chance(0.5) ? asXml(message) : JSON.stringify(message);
  switch (dice.below(4)) {
    case 0:
      return sealed(protocol, JSON.stringify(mutateJson(message, dice)) ?? '');
    case 1:
      return signedSeal(protocol, encrypt(AES_KEY, mutateBytes(Buffer.from(text), dice, []).toString('latin1'), APP));
    case 2: {
      const bytes = Buffer.from(encrypt(AES_KEY, text, APP), 'base64');
      return signedSeal(protocol, mutateBytes(bytes, dice, []).toString('base64'));
    }
    default:
      return mutateRequest(sealed(protocol, text), dice, [Buffer.from(text)]);
  }
}

it.each([
  ['wechat', MESSAGES],
  ['wecom', CALLBACKS],
] as const)(
  '%s takes in or refuses whatever comes, with a reason of ours, and answers every client',
  async (protocol, pool) => {
    const dice = new Dice(SEED);
    const names = Object.getOwnPropertyNames(Object.prototype).join();
    for (let n = 0; n < CASES; n += 1) {
      const { deps, raw, seen } = hooked(protocol);
      const request = broken(protocol, dice, pool);
      const shown = (): string => `case ${n}: ${JSON.stringify({ ...request, body: request.body.toString('base64') })}`;
      const { status, body } = await collect(request, deps).catch((error: unknown) =>
        expect.fail(`${error} at ${shown()}`),
      );
      expect(status, shown()).toBeLessThan(500);
      expect(status !== 200 || body === 'success', shown()).toBe(true);
      for (const { refused } of seen) {
        for (const reason of refused) expect(reason !== 'internal_error' && reason in REASONS, shown()).toBe(true);
      }
      for (const record of raw.records) {
        const { events, quarantined } = cleanRecord(record, CLEAN_DEPS);
        expect(
          quarantined.some(({ reason }) => reason === 'internal_error'),
          shown(),
        ).toBe(false);
        for (const event of events)
          expect(
            CREDENTIALS.some((each) => JSON.stringify(event).includes(each)),
            shown(),
          ).toBe(false);
      }
    }
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(names);
  },
);
