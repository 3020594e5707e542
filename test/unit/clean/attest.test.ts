import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import type { CleanDeps } from '../../../functions/clean/draft.ts';
import {
  CLOCK_TOLERANCE_SECONDS,
  MAX_TOKEN_CHARS,
  MAX_TOKEN_SECONDS,
} from '../../../functions/clean/identity-token.ts';
import { identityKeys } from '../../../functions/shared/identity-secrets.ts';
import type { Source } from '../../../schemas/event.ts';
import { hashUser, signToken } from '../../support/identity-token.ts';
import { ARRIVAL, CLEAN_DEPS, rawRecord, SERVER, tokenise, WEB } from '../../support/ingest.ts';

const SECRET = 'ids_secret-of-the-web-shop-and-of-nobody-else';
const NEXT = 'ids_secret-that-will-follow-the-one-before-it';
const APP_SECRET = 'ids_secret-of-the-app-and-not-of-the-web-shop';
const stored = (secret: string, id: string) => ({ id, secret, created_at: ARRIVAL });
const deps: CleanDeps = {
  ...CLEAN_DEPS,
  identityKeys: identityKeys({
    web: [stored(SECRET, 'old1'), stored(NEXT, 'new1')],
    app: [stored(APP_SECRET, 'app1')],
  }),
};

const NOW = Date.parse(ARRIVAL) / 1000;
const claims = (over: object = {}) => ({ sub: 'm1', exp: NOW + 600, ...over });
const token = (over: object = {}, secret = SECRET) => signToken(claims(over), secret);
const event = (context: object, over: object = {}) => ({
  type: 'identify',
  messageId: 'e1',
  userId: 'm1',
  anonymousId: 'cookie-1',
  timestamp: ARRIVAL,
  context,
  ...over,
});
const run = (item: object, source: Source = WEB, with_: CleanDeps = deps) =>
  cleanRecord(rawRecord('batch', { batch: [item] }, source), with_);

/** What the event is attested for, and the remarks on its token. */
function outcome(item: object, source?: Source, with_?: CleanDeps) {
  const result = run(item, source, with_);
  const [clean] = result.events;
  if (!clean) throw new Error(`The event did not become a clean one: ${JSON.stringify(result.quarantined)}`);
  return { attested: clean.attested, flags: clean.flags.filter((flag) => flag.startsWith('identity_token')) };
}
const proven = (...attested: string[]) => ({ attested, flags: [] });
const unproven = (flag: string) => ({ attested: undefined, flags: [flag] });
const invalid = (claim = '') => unproven(`identity_token_invalid:/context/identityToken${claim && `/${claim}`}`);
const expired = unproven('identity_token_expired:/context/identityToken/exp');
const hashInvalid = unproven('identity_token_invalid:/context/userHash');

describe('an identity token', () => {
  it('vouches for the user id in it, and for nothing else in the event', () => {
    expect(outcome(event({ identityToken: token() }))).toEqual(proven('user_id:m1'));
    const withPhone = event({ identityToken: token() }, { traits: { phone: '13800138000' } });
    expect(outcome(withPhone)).toEqual(proven('user_id:m1'));
  });

  it('vouches for the phone and the address that it names, however they are written', () => {
    const phone = `phone:${tokenise('phone', '+8613800138000')}`;
    const email = `email:${tokenise('email', 'li@example.com')}`;
    const traits = { phone: '+86 138 0013 8000', email: 'Li@Example.com' };
    const both = token({ phone: '13800138000', email: 'LI@example.com' });
    expect(outcome(event({ identityToken: both }, { traits }))).toEqual(proven('user_id:m1', phone, email));
    const other = token({ phone: '13900139000', email: 'nobody' });
    expect(outcome(event({ identityToken: other }, { traits }))).toEqual(proven('user_id:m1'));
  });

  it('counts with every secret of the source, so that one can follow another', () => {
    expect(outcome(event({ identityToken: token({}, NEXT) }))).toEqual(proven('user_id:m1'));
  });

  it('may come with the batch, and vouches only for events of its own user', () => {
    const context = { identityToken: token() };
    const [a, b] = [event({}), event({}, { messageId: 'e2', userId: 'm2' })];
    const { events } = cleanRecord(rawRecord('batch', { batch: [a, b], context }), deps);
    expect(events.map(({ attested }) => attested)).toEqual([['user_id:m1'], undefined]);
  });

  it('is not needed where the key is secret, and goes no further all the same', () => {
    const [clean] = run(event({ identityToken: 'rubbish' }), SERVER).events;
    expect(clean).toMatchObject({ verified: true, flags: [], context: {} });
    expect(clean).not.toHaveProperty('attested');
  });

  it('without a user id in the event proves nothing, and is no fault', () => {
    expect(outcome(event({ identityToken: token() }, { userId: undefined }))).toEqual({
      attested: undefined,
      flags: [],
    });
  });

  it('cannot be verified where the source has no secret', () => {
    const flag = 'identity_token_unverifiable:/context/identityToken';
    expect(outcome(event({ identityToken: token() }), WEB, CLEAN_DEPS)).toEqual(unproven(flag));
    expect(outcome(event({ identityToken: token() }), { ...WEB, source_id: 'kiosk' })).toEqual(unproven(flag));
  });

  it('is judged by when the event arrived, so a replay of the stream gives the same', () => {
    expect(outcome(event({ identityToken: token({ exp: NOW + 1 }) }))).toEqual(proven('user_id:m1'));
  });
});

describe('the hash of a user id', () => {
  it('vouches for that user id', () => {
    expect(outcome(event({ userHash: hashUser('m1', SECRET) }))).toEqual(proven('user_id:m1'));
    expect(outcome(event({ userHash: hashUser('m1', NEXT).toUpperCase() }))).toEqual(proven('user_id:m1'));
  });

  it.each([
    ['of another user', hashUser('m2', SECRET)],
    ['of another source', hashUser('m1', APP_SECRET)],
    ['without a key', createHash('sha256').update('m1').digest('hex')],
    ['cut short', hashUser('m1', SECRET).slice(0, 62)],
    ['in base64', Buffer.from(hashUser('m1', SECRET), 'hex').toString('base64')],
    ['that is no text', 12],
    ['in a list', [hashUser('m1', SECRET)]],
  ])('%s proves nothing', (_, userHash) => expect(outcome(event({ userHash }))).toEqual(hashInvalid));
});

/** A signature by an asymmetric key, which nobody here has a public half of. */
function rs256(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const head = Buffer.from('{"alg":"RS256"}').toString('base64url');
  const signed = `${head}.${Buffer.from(JSON.stringify(claims())).toString('base64url')}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

/** The signature of a token put under other claims. */
function transplanted(): string {
  const [head, , signature] = token().split('.');
  return `${head}.${Buffer.from(JSON.stringify(claims({ sub: 'victim' }))).toString('base64url')}.${signature}`;
}

describe('an attacker gains nothing by', () => {
  const none = { alg: 'none' };
  const long = 'x'.repeat(MAX_TOKEN_CHARS);
  const [head, body, signature] = token().split('.');
  it.each<[string, unknown, string]>([
    ['alg none without a signature', signToken(claims(), SECRET, none).replace(/[^.]*$/, ''), ''],
    ['alg none with the signature of a stranger', signToken(claims(), 'x'.repeat(40), none), ''],
    ['alg none, even signed with the secret', signToken(claims(), SECRET, none), ''],
    ['HS512 in the header', signToken(claims(), SECRET, { alg: 'HS512' }), ''],
    ['a critical extension', signToken(claims(), SECRET, { alg: 'HS256', crit: ['b64'], b64: false }), ''],
    ['a header that is no object', signToken(claims(), SECRET, '[]'), ''],
    ['an asymmetric signature', rs256(), ''],
    ['a key inside the header', signToken(claims(), 'mine', { alg: 'HS256', jwk: { kty: 'oct', k: 'bWluZQ' } }), ''],
    ['a kid that is a path', signToken(claims(), '', { alg: 'HS256', kid: '/dev/null' }), ''],
    ['the secret of another source', token({}, APP_SECRET), ''],
    ['an empty secret', token({}, ''), ''],
    ['a signature taken from another token', transplanted(), ''],
    ['half a signature', `${head}.${body}.${signature?.slice(0, 20)}`, ''],
    ['padding behind the signature', `${token()}=`, ''],
    ['a line break', `${token()}\n`, ''],
    ['five parts', `${token()}.a.b`, ''],
    ['no token at all', '', ''],
    ['a huge token', token({ long }), ''],
    ['a token in a list', [token()], ''],
    ['a token in an object', { token: token() }, ''],
    ['claims that are no JSON', signToken('{', SECRET), ''],
    ['claims in a list', signToken([claims()], SECRET), ''],
    ['a number for a subject', token({ sub: 1 }), 'sub'],
    ['a replay for another user', token({ sub: 'm2' }), 'sub'],
    ['an invisible mark behind the name', token({ sub: 'm1\u200b' }), 'sub'],
    ['white space behind the name', token({ sub: 'm1 ' }), 'sub'],
    ['full-width letters', token({ sub: 'ｍ1' }), 'sub'],
    ['another case', token({ sub: 'M1' }), 'sub'],
    ['half an emoji', token({ sub: 'm1\ud83d' }), 'sub'],
    ['a token that never ends', token({ exp: undefined }), 'exp'],
    ['an end in words', token({ exp: 'tomorrow' }), 'exp'],
    ['an end beyond all bounds', token({ exp: NOW + MAX_TOKEN_SECONDS + CLOCK_TOLERANCE_SECONDS + 1 }), 'exp'],
    ['a life too long, nearly over', token({ iat: NOW - MAX_TOKEN_SECONDS, exp: NOW + 1 }), 'exp'],
    ['an issue in the future', token({ iat: NOW + CLOCK_TOLERANCE_SECONDS + 1 }), 'iat'],
    ['a start in the future', token({ nbf: NOW + CLOCK_TOLERANCE_SECONDS + 1 }), 'nbf'],
    ['a start in words', token({ nbf: 'now' }), 'nbf'],
    ['a token meant for another source', token({ aud: 'app' }), 'aud'],
    ['a token meant for other sources', token({ aud: ['app', 'pos'] }), 'aud'],
  ])('%s', (_, identityToken, claim) => {
    expect(outcome(event({ identityToken }))).toEqual(invalid(claim));
  });

  it('waiting: a token ends', () => {
    expect(outcome(event({ identityToken: token({ exp: NOW - CLOCK_TOLERANCE_SECONDS }) }))).toEqual(expired);
  });

  it('replaying a token for another user: not even its phone counts then', () => {
    const traits = { phone: '13800138000' };
    expect(outcome(event({ identityToken: token({ sub: 'm2', phone: traits.phone }) }, { traits }))).toEqual(
      invalid('sub'),
    );
  });

  it('a token that names nobody, in an event that does not either', () => {
    const nobody = (sub: unknown) => outcome(event({ identityToken: token({ sub }) }, { userId: undefined }));
    expect([nobody(undefined), nobody(''), nobody(7)]).toEqual([invalid('sub'), invalid('sub'), invalid('sub')]);
  });

  it('naming a second user beside the one of the token', () => {
    const externalIds = [{ type: 'user_id', id: 'victim' }];
    expect(outcome(event({ identityToken: token(), externalIds }))).toEqual(proven('user_id:m1'));
  });

  it('an id that normalises to somebody: the hash too is of the id as it is stored', () => {
    const padded = event({ userHash: hashUser('m1 ', SECRET) }, { userId: 'm1 ' });
    expect(outcome(padded)).toEqual(hashInvalid);
  });
});

describe('within its bounds', () => {
  it.each([
    ['an audience', { aud: 'web' }],
    ['several audiences', { aud: ['app', 'web'] }],
    ['a clock a little ahead', { iat: NOW + CLOCK_TOLERANCE_SECONDS, nbf: NOW + CLOCK_TOLERANCE_SECONDS }],
    ['a day', { iat: NOW, exp: NOW + MAX_TOKEN_SECONDS }],
    ['an end a moment ago', { exp: NOW - CLOCK_TOLERANCE_SECONDS + 1 }],
  ])('a token with %s counts', (_, over) => {
    expect(outcome(event({ identityToken: token(over) }))).toEqual(proven('user_id:m1'));
  });

  it('so does any user id that is its own normal form', () => {
    for (const userId of ['会员-42', 'a:b', 'x'.repeat(256)]) {
      expect(outcome(event({ identityToken: token({ sub: userId }) }, { userId }))).toEqual(
        proven(`user_id:${userId}`),
      );
    }
  });
});

describe('the token itself', () => {
  const identityToken = token();
  const userHash = hashUser('m1', SECRET);
  const everything = (result: unknown): string => JSON.stringify(result);
  const parts = [identityToken, identityToken.split('.')[2] ?? '', userHash];

  it.each<[string, () => unknown]>([
    ['a clean event', () => run(event({ identityToken, userHash }))],
    ['a planned event that breaks the plan', () => run(event({ identityToken, userHash }, { traits: { age: 'x' } }))],
    ['an event that names nobody', () => run({ type: 'track', event: 'E', context: { identityToken, userHash } })],
    ['an event beyond the limits', () => run(event({ identityToken, userHash, text: 'x'.repeat(40_000) }))],
    [
      'a batch that is none',
      () => cleanRecord(rawRecord('batch', { batch: 1, context: { identityToken, userHash } }), deps),
    ],
    [
      'a batch with a key',
      () => cleanRecord(rawRecord('batch', { writeKey: 'k', context: { identityToken, userHash } }), deps),
    ],
    ['a body that is no JSON', () => cleanRecord(rawRecord('batch', `{"identityToken": "${identityToken}",`), deps)],
    [
      'a body of other text',
      () => cleanRecord(rawRecord('batch', `[token=${identityToken}] "userHash":"${userHash}"`), deps),
    ],
    [
      'a record without a head',
      () => cleanRecord(Buffer.from(`"identityToken":"${identityToken}" \xff`, 'latin1'), deps),
    ],
  ])('is not found in what becomes of %s', (_, made) => {
    const text = everything(made());
    expect(text.length).toBeGreaterThan(100);
    for (const secret of parts) expect(text).not.toContain(secret);
  });

  it('leaves all other bytes of an unreadable body as they are', () => {
    const bytes = Buffer.from(`{"identityToken":"${identityToken}","x":"\xff\xfe"`, 'latin1');
    const [item] = cleanRecord(rawRecord('batch', bytes), deps).quarantined;
    const original = Buffer.from(item?.original.replace(/^base64:/, '') ?? '', 'base64');
    expect(original).toEqual(Buffer.from('{"identityToken":"","x":"\xff\xfe"', 'latin1'));
  });

  it('is no part of what the event says: sent again with a fresh one it is the same event', () => {
    const hashes = [token(), token({ exp: NOW + 900 }), undefined].map(
      (fresh) => run(event({ identityToken: fresh })).events[0]?.body_hash,
    );
    expect(new Set(hashes).size).toBe(1);
  });
});
