import { describe, expect } from 'vitest';
import { scenario } from '../support/scenario.ts';
import { crmKnows, email, fromPage, fromPageOf, fromServer, phone, type Telling } from '../support/scenario-events.ts';

const VICTIM = 'user_id:victim';
const PHONE = phone('13800138000');
const ACCOUNT = 'jd_pin:shop1:li_lei';
const account = { externalIds: [{ type: 'jd_pin', scope: 'shop1', id: 'li_lei' }] };

const known: readonly Telling[] = [
  fromServer({
    type: 'identify',
    userId: 'victim',
    traits: { phone: '13800138000', name: 'Victim' },
    context: account,
  }),
  crmKnows(['user_id:evil']),
];

/** Many values under names that come before any other in order. */
const flood = <V>(value: V): Record<string, V> =>
  Object.fromEntries(Array.from({ length: 210 }, (_, n) => [`!${n}`, value]));

/** An event in the victim's name with made-up browsers, of names as long as may be. */
const withBrowsers = (name: string, count: number, length: number): Telling => {
  const ids = Array.from({ length: count }, (_, n) => `${name}-${n}-`.padEnd(length, 'x'));
  const context = { externalIds: ids.map((id) => ({ type: 'anonymous_id', id })) };
  return fromPage({ type: 'track', event: 'X', userId: 'victim', context });
};

describe('what many words through a public key cannot do', () => {
  scenario('push out what the company’s own systems declared', async ({ given, when, thenSee }) => {
    given('a member', ...known);
    when(
      'made-up traits of the victim, more than are kept',
      fromPage({ type: 'identify', userId: 'victim', traits: flood(1) }),
    );
    await thenSee('his own are there', async ({ traits }) => {
      expect(await traits(VICTIM)).toMatchObject({ name: 'Victim' });
      expect(Object.keys(await traits(VICTIM)).length).toBeLessThanOrEqual(400);
    });
  });

  scenario('make a refusal forgotten', async ({ given, when, thenSee }) => {
    const says = (said: Record<string, boolean>) =>
      fromPage({ type: 'track', event: 'X', userId: 'victim', context: { consent: said } });
    given('a member who refused in his browser', ...known, says({ marketing: false }));
    when('made-up purposes, more than are kept', says(flood(true)));
    await thenSee('a message for any purpose that may have been forgotten is refused', async ({ consent }) => {
      expect(await consent(VICTIM, 'marketing')).toBe(false);
    });
    when('the company’s own system hears that he agrees', crmConsents('marketing'));
    await thenSee('that counts, as it is later', async ({ consent }) => {
      expect(await consent(VICTIM, 'marketing')).toBe(true);
    });
  });

  scenario(
    'keep the company’s own systems from saying more',
    async ({ given, when, thenSee }) => {
      given('a member', ...known);
      const sizes = [250, 100, 8].flatMap((length) => [18, 6, 2, 1].map((count) => [length, count] as const));
      when(
        'made-up browsers of the victim, until there is no room for one more',
        ...sizes.flatMap(([length, count]) =>
          Array.from({ length: 8 }, (_, n) => withBrowsers(`${length}-${count}-${n}`, count, length)),
        ),
      );
      await thenSee('there is none', ({ stitched }) => {
        expect(stitched.lake.of('quarantine').at(-1)).toMatchObject({ reason: 'component_too_large' });
      });
      when(
        'the server learns his address',
        fromServer({ type: 'identify', userId: 'victim', traits: { email: 'v@example.com' } }),
      );
      await thenSee('it is his', async ({ persons }) => {
        const [line = ''] = await persons(VICTIM);
        expect(line.split(' + ')).toEqual(expect.arrayContaining([VICTIM, PHONE, email('v@example.com')]));
      });
    },
    { withoutOracle: true },
  );

  scenario('make an account of a platform one’s own, with one’s own token', async ({ given, when, thenSee }) => {
    given('two members', ...known);
    when('he names it as his', fromPageOf('evil', { type: 'track', event: 'X', userId: 'evil', context: account }));
    await thenSee('it stays with its owner', async ({ persons, events }) => {
      expect(events().at(-1)?.attested).toEqual(['user_id:evil']);
      expect(await persons()).toEqual([`${ACCOUNT} + ${PHONE} + ${VICTIM}`, 'user_id:evil'].sort());
    });
  });

  scenario('make a token pass unnoticed', async ({ given, when, thenSee }) => {
    const spelling = { type: 'identify', userId: 'victim', anonymousId: `c|${VICTIM}` };
    given('a browser id that spells the end of what the victim is about to send', ...known, fromPage(spelling));
    await thenSee('it is attached', async ({ persons }) => expect((await persons(VICTIM))[0]).toContain(`c|${VICTIM}`));
    when('the victim signs in', fromPageOf('victim', { type: 'identify', userId: 'victim', anonymousId: 'c' }));
    await thenSee('his browser is his', async ({ why }) =>
      expect((await why(VICTIM, 'anonymous_id:c')).chain).toEqual([`anonymous_id:c – ${VICTIM} login by web`]),
    );
  });
});

function crmConsents(purpose: string): Telling {
  return fromServer({ type: 'track', event: 'Opted In', userId: 'victim', context: { consent: { [purpose]: true } } });
}
