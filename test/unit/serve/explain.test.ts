import { describe, expect, it } from 'vitest';
import type { ServeDeps } from '../../../functions/serve/deps.ts';
import { explainPerson } from '../../../functions/serve/explain.ts';
import { compileRules } from '../../../functions/shared/identity/resolve.ts';
import { readPersonByKey } from '../../../functions/shared/person/read.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import type { CleanEvent } from '../../../schemas/event.ts';
import { SHIPPED_RULES } from '../../support/identity.ts';
import { MemoryRawStream, tokenise } from '../../support/ingest.ts';
import { noQuality } from '../../support/quality.ts';
import { testDesk } from '../../support/source-desk.ts';
import { cleanEvent, stitchWorld } from '../../support/stitch.ts';

const rules = compileRules({ ...SHIPPED_RULES, max_degree: 4, blocked_values: ['everybody'] });

/** What `GET …/explain?from=&to=` answers after these events, and of what joined nothing what is between `from` and `other`. */
async function explained(events: readonly CleanEvent[], from: string, to: string, other = to) {
  const world = stitchWorld({ rules });
  await stitch(events, world.deps);
  const deps: ServeDeps = {
    store: world.deps.store,
    sql: { query: async () => ({ columns: [], rows: [], truncated: false }) },
    rules,
    definitions: world.deps.definitions,
    clock: world.clock,
    tokenise,
    defaultRegion: 'CN',
    raw: new MemoryRawStream(),
    newId: () => 'id',
    callerOf: () => undefined,
    quality: noQuality,
    sourceDesk: testDesk(),
    collectUrl: 'https://collect.example.com',
  };
  const person = await readPersonByKey(deps.store, from);
  const request = { method: 'GET', path: '', query: { from, to }, headers: {}, body: Buffer.alloc(0) };
  const { body } = await explainPerson(request, deps, [person?.person.one_id ?? '']);
  const { rejected, ...rest } = JSON.parse(body);
  const between = rejected.filter(
    ({ a, b }: { a: string; b: string }) => [from, other].includes(a) && [from, other].includes(b),
  );
  return { ...rest, reasons: between.map((each: { reason: string; detail: string }) => [each.reason, each.detail]) };
}

const seen = (...keys: string[]) => cleanEvent(keys);
const released = cleanEvent(['device_id:d1'], {
  type: 'unbind',
  name: 'unbind',
  verified: true,
  occurred_at: '2026-03-15T11:30:00.000Z',
  declared: { by: 'anna', why: 'sold' },
});

describe('why an identifier joins nothing is told by itself, wherever it is asked from', () => {
  const tablet = [seen('user_id:m1', 'device_id:d1'), seen('user_id:m2', 'device_id:d1')];
  const busy = [1, 2, 3, 4, 5].map((n) => seen('user_id:m1', `anonymous_id:c${n}`));

  it.each([
    [
      'shared',
      tablet,
      'user_id:m1',
      'device_id:d1',
      /^device_id:d1 is shared: it was seen with user_id:m1 and with user_id:m2$/,
    ],
    ['degree', busy, 'anonymous_id:c3', 'user_id:m1', /^user_id:m1 was seen with/],
    ['released', [...tablet, released], 'user_id:m1', 'device_id:d1', /^device_id:d1 was released at/],
  ])('%s', async (reason, events, from, to, detail) => {
    for (const [x, y] of [
      [from, to],
      [to, from],
    ] as const) {
      const { reasons, same_person, path } = await explained(events, x, y);
      expect([same_person, path]).toEqual([false, []]);
      expect(reasons).toEqual([[reason, expect.stringMatching(detail)]]);
    }
  });

  it('blocked, when the identifier it was seen with is asked for', async () => {
    const event = seen('user_id:m1', 'anonymous_id:everybody');
    const { reasons } = await explained([event], 'user_id:m1', 'user_id:m1', 'anonymous_id:everybody');
    const detail = '"everybody" in anonymous_id:everybody is on the blocked list of the identity rules';
    expect(reasons).toEqual([['blocked', detail]]);
  });

  it('an identifier that was never seen with another is its own person', async () => {
    const answer = await explained([seen('user_id:m1')], 'user_id:m1', 'user_id:m1');
    expect(answer).toMatchObject({ same_person: true, identifiers: ['user_id:m1'], path: [], reasons: [] });
  });
});
