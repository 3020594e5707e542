import { describe, expect } from 'vitest';
import { compileRules, oneId } from '../../functions/shared/identity/resolve.ts';
import { SHIPPED_RULES } from '../support/identity.ts';
import { scenario } from '../support/scenario.ts';
import {
  at,
  crmKnows,
  email,
  fromPage,
  fromPageOf,
  fromServer,
  phone,
  type Telling,
  tillSells,
} from '../support/scenario-events.ts';

const LONG_AGO = '2020-01-01T00:00:00.000Z';
const TOKEN_INVALID = 'identity_token_invalid:/context/identityToken/sub';

const VICTIM = 'user_id:victim';
const EVIL = 'user_id:evil';
const [VICTIMS_PHONE, VICTIMS_EMAIL] = [phone('13800138000'), email('victim@example.com')];

/** What the company's own system knows of the victim, and of the attacker, who is a member as well. */
const members: readonly Telling[] = [
  fromServer({
    type: 'identify',
    userId: 'victim',
    traits: { phone: '13800138000', email: 'victim@example.com', name: 'Victim', city: 'Beijing' },
  }),
  tillSells(100, VICTIM),
  crmKnows([EVIL]),
];
const VICTIMS_OWN = [VICTIMS_EMAIL, VICTIMS_PHONE, VICTIM].sort().join(' + ');

/** His One ID: of identifiers that are equally old, the first in order founds it. */
const FOUNDED = oneId(VICTIMS_EMAIL);

/** What stays as it was, whatever others say of themselves. */
const intact = { traits: { name: 'Victim', city: 'Beijing' }, revenue: 10_000 };

/** `attack`, and why the edge between the two is refused. */
const ATTACKS: readonly (readonly [string, Telling, readonly [string, string]])[] = [
  [
    'with his own member id and the victim’s phone',
    fromPage({ type: 'identify', userId: 'evil', traits: { phone: '13800138000' } }),
    [EVIL, VICTIMS_PHONE],
  ],
  [
    'with his own member id and the victim’s e-mail',
    fromPage({ type: 'identify', userId: 'evil', traits: { email: 'Victim@Example.com' } }),
    [EVIL, VICTIMS_EMAIL],
  ],
  [
    'with the victim’s phone beside a track event',
    fromPage({ type: 'track', event: 'Signed Up', userId: 'evil', context: { traits: { phone: '13800138000' } } }),
    [EVIL, VICTIMS_PHONE],
  ],
  [
    'with an identity token of his own, and the victim’s phone',
    fromPageOf('evil', { type: 'identify', userId: 'evil', traits: { phone: '13800138000' } }),
    [EVIL, VICTIMS_PHONE],
  ],
  [
    'with an external id that is the victim’s',
    fromPage({
      type: 'track',
      event: 'X',
      userId: 'evil',
      context: { externalIds: [{ type: 'phone', id: '13800138000' }] },
    }),
    [EVIL, VICTIMS_PHONE],
  ],
];

describe('an attacker with a public key', () => {
  for (const [how, attack, [mine, theirs]] of ATTACKS) {
    scenario(`${how} takes over nobody`, async ({ given, when, thenSee }) => {
      given('two members', ...members);
      when('he tries', attack);
      await thenSee('both are who they were', async ({ persons, traits, profile }) => {
        expect(await persons()).toEqual([VICTIMS_OWN, EVIL].sort());
        expect(await traits(VICTIM)).toMatchObject(intact.traits);
        expect((await profile(VICTIM)).one_id).toBe(FOUNDED);
        expect((await profile(VICTIM)).tags.revenue_cny_90d).toBe(intact.revenue);
      });
      await thenSee('why', async ({ why }) => {
        const reason = 'unique: one person may hold 1 of user_id, this would make 2';
        const refused = [`${reason}: ${EVIL} on one side, ${VICTIM} on the other`];
        expect(await why(mine, theirs)).toEqual({ together: false, chain: [], refused, apart: [] });
      });
    });

    scenario(`${how} gains nothing by being first`, async ({ given, when, thenSee }) => {
      given('he tries before the victim is a member, and long ago by his own clock', attack, at(LONG_AGO, attack));
      await thenSee('a number or an address is not his for saying so', async ({ persons, why }) => {
        expect(await persons()).toEqual([EVIL, theirs].sort());
        const [x, y] = [mine, theirs].sort();
        const reason = 'attach_never_merge: unverified evidence may attach identifiers, not join';
        expect((await why(mine, theirs)).refused).toContain(`${reason} ${x} with ${y}; verify the source`);
      });
      when('the victim registers', ...members);
      await thenSee('it is the victim’s', async ({ persons, traits }) => {
        expect(await persons()).toEqual([VICTIMS_OWN, EVIL].sort());
        expect(await traits(VICTIM)).toMatchObject(intact.traits);
      });
    });
  }

  scenario('with the victim’s member id adds a browser to him, and no more', async ({ given, when, thenSee }) => {
    given('two members', ...members);
    when('he says that he is the victim', fromPage({ type: 'identify', userId: 'victim', anonymousId: 'evils' }));
    await thenSee('the browser is attached, the person is the same', async ({ persons, profile, traits }) => {
      expect(await persons()).toEqual([`anonymous_id:evils + ${VICTIMS_OWN}`, EVIL].sort());
      expect((await profile(VICTIM)).one_id).toBe(FOUNDED);
      expect(await traits(VICTIM)).toMatchObject(intact.traits);
    });
    when(
      'he signs in as himself in the same browser, to bridge the two',
      fromPageOf('evil', { type: 'identify', userId: 'evil', anonymousId: 'evils' }),
      fromPage({ type: 'identify', anonymousId: 'evils', traits: { phone: '13900139000' } }),
    );
    await thenSee('the browser is shared, and holds nobody', async ({ persons, traits, why }) => {
      const line = 'anonymous_id:evils (shared)';
      expect(await persons()).toEqual([line, VICTIMS_OWN, EVIL, phone('13900139000')].sort());
      expect(await traits(VICTIM)).toMatchObject(intact.traits);
      const shared = `anonymous_id:evils is shared: it was seen with ${EVIL} and with ${VICTIM}`;
      expect((await why(VICTIM, 'anonymous_id:evils')).refused).toEqual([`shared: ${shared}`]);
    });
  });

  scenario('with an alias of two member ids joins nothing', async ({ given, when, thenSee }) => {
    given('two members', ...members);
    when(
      'aliases, both ways round',
      fromPage({ type: 'alias', userId: 'victim', previousId: 'evil' }),
      fromPage({ type: 'alias', userId: 'evil', previousId: 'victim' }),
    );
    await thenSee('an alias only ever names browsers', async ({ persons, traits }) => {
      expect(await persons(VICTIM, EVIL)).toEqual(
        [`anonymous_id:evil + ${VICTIMS_OWN}`, `anonymous_id:victim + ${EVIL}`].sort(),
      );
      expect(await traits(VICTIM)).toMatchObject(intact.traits);
    });
  });

  scenario('with a token of his own for the victim’s id proves nothing', async ({ given, when, thenSee }) => {
    given('two members', ...members);
    const claim = { type: 'identify', userId: 'victim', traits: { phone: '13900139000' } };
    when('the token is his, the id is not', fromPageOf('evil', claim));
    await thenSee('it counts as no token', async ({ persons, why, events }) => {
      expect(events().at(-1)).toMatchObject({ verified: false, flags: expect.arrayContaining([TOKEN_INVALID]) });
      expect(events().at(-1)?.attested).toBeUndefined();
      expect(await persons()).toEqual([VICTIMS_OWN, EVIL, phone('13900139000')].sort());
      const [x, y] = [VICTIMS_EMAIL, phone('13900139000')].sort();
      const reason = 'attach_never_merge: unverified evidence may attach identifiers, not join';
      expect((await why(VICTIM, phone('13900139000'))).refused).toEqual([
        `${reason} ${x} with ${y}; verify the source`,
      ]);
    });
  });

  for (const type of ['bind', 'unbind', 'merge', 'unmerge', 'split', 'match']) {
    scenario(`cannot declare: ${type} is refused`, async ({ given, when, thenSee }) => {
      given('two members', ...members);
      const identifiers = ['user_id:victim', 'user_id:evil'];
      const model = type === 'match' ? { confidence: 1, model: 'm1' } : {};
      when('he declares', fromPage({ type, identifiers, reason: 'because', ...model }));
      await thenSee('nothing happened, and it is kept for whoever looks', async ({ persons, quarantined }) => {
        expect(await persons()).toEqual([VICTIMS_OWN, EVIL].sort());
        expect(quarantined.map(({ reason, field }) => [reason, field])).toEqual([['secret_key_required', '/type']]);
        expect(quarantined[0]?.detail).toBe(
          `${type} was sent with a public key; what is declared about identity needs a secret one.`,
        );
      });
    });
  }
});

/** What a page says in the victim's name lands in the victim's profile as if the victim, or the company, had said it. */
describe('what an attacker says in the victim’s name', () => {
  const known: readonly Telling[] = [...members, crmKnows([VICTIM], { city: 'Beijing', address: 'Chang’an Street 1' })];

  scenario('does not replace the traits that the company’s own system declared', async ({ given, when, thenSee }) => {
    given('two members', ...known);
    const traits = { email: 'evil@example.com', phone: '13900139000', city: 'Nowhere', address: 'Evil Street 1' };
    when('he declares traits of the victim', fromPage({ type: 'identify', userId: 'victim', traits }));
    await thenSee('they are as they were', async ({ persons, traits }) => {
      expect(await persons(VICTIM)).toEqual([VICTIMS_OWN]);
      expect(await traits(VICTIM)).toMatchObject({ city: 'Beijing', address: 'Chang’an Street 1' });
      const { email: address, phone: number } = await traits(VICTIM);
      expect([`email:${address}`, `phone:${number}`]).toEqual([VICTIMS_EMAIL, VICTIMS_PHONE]);
    });
  });

  scenario(
    'does not replace the consent that was given to the company’s own system',
    async ({ given, when, thenSee }) => {
      const consent = (granted: boolean) => ({ context: { consent: { marketing: granted } } });
      given(
        'a member who refused',
        ...known,
        fromServer({ type: 'track', event: 'Opted Out', userId: 'victim', ...consent(false) }),
      );
      when('a page says that he agrees', fromPage({ type: 'track', event: 'X', userId: 'victim', ...consent(true) }));
      await thenSee('he still refuses', async ({ profile }) => {
        expect((await profile(VICTIM)).consents.marketing?.granted).toBe(false);
      });
    },
  );

  scenario(
    'does not tear the victim apart by naming him with very many browsers',
    async ({ given, when, thenSee }) => {
      given('two members', ...members);
      const browsers = Array.from({ length: 12 }, (_, n) =>
        fromPage({ type: 'identify', userId: 'victim', anonymousId: `b${n}` }),
      );
      when('more browsers than are believed, ten in this story', ...browsers);
      await thenSee('what is verified still holds', async ({ persons }) => {
        expect((await persons(VICTIM))[0]).toContain(VICTIMS_OWN);
      });
    },
    { rules: compileRules({ ...SHIPPED_RULES, max_degree: 10 }) },
  );
});
