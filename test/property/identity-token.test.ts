import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../functions/clean/clean.ts';
import { readIdentityToken } from '../../functions/clean/identity-token.ts';
import { isFinding } from '../../functions/shared/finding.ts';
import { type IdentityKeys, identityKeys } from '../../functions/shared/identity-secrets.ts';
import { hashUser, signToken } from '../support/identity-token.ts';
import { ARRIVAL, CLEAN_DEPS, rawRecord } from '../support/ingest.ts';

const nowMs = Date.parse(ARRIVAL);
const at = { nowMs, source_id: 'web' };
const SECRET = 'ids_the-secret-of-the-web-shop-0123456789';
const keysOf = (...secrets: string[]): IdentityKeys =>
  identityKeys({ web: secrets.map((secret, n) => ({ id: `id-${n}`, secret, created_at: ARRIVAL })) });
const keys = keysOf(SECRET)('web');
const claims = { sub: 'm1', exp: nowMs / 1000 + 600, phone: '13800138000' };
const good = signToken(claims, SECRET);

const userId = fc.stringMatching(/^[A-Za-z0-9_.@会员ü-]{1,40}$/).filter((id) => id.length > 1);
const secret = fc.stringMatching(/^ids_[A-Za-z0-9_-]{43}$/);

describe('an identity token', () => {
  it('vouches for whom it was signed for, whoever that is', () => {
    fc.assert(
      fc.property(userId, secret, (sub, own) => {
        const token = signToken({ sub, exp: claims.exp }, own);
        expect(readIdentityToken(token, keysOf(own)('web'), at)).toEqual({ user_id: sub });
      }),
    );
  });

  it('proves nothing once any character of it is another, is gone, or is one too many', () => {
    const character = fc.constantFrom(...'ABCXYZabcxyz0189-_.= +/\u200b');
    fc.assert(
      fc.property(fc.nat(good.length - 1), character, fc.constantFrom(0, 1), (place, other, taken) => {
        const changed = good.slice(0, place) + other + good.slice(place + taken);
        fc.pre(changed !== good);
        expect(isFinding(readIdentityToken(changed, keys, at))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('proves nothing under any other secret', () => {
    fc.assert(
      fc.property(secret, secret, (signer, other) => {
        fc.pre(signer !== other);
        expect(isFinding(readIdentityToken(signToken(claims, signer), keysOf(other)('web'), at))).toBe(true);
      }),
    );
  });

  it('proves nothing with any other algorithm in its header, even signed with the secret', () => {
    const alg = fc.oneof(fc.constantFrom('none', 'None', 'hs256', 'HS384', 'RS256', 'ES256', 'EdDSA'), fc.jsonValue());
    fc.assert(
      fc.property(alg, (other) => {
        fc.pre(other !== 'HS256');
        expect(isFinding(readIdentityToken(signToken(claims, SECRET, { alg: other }), keys, at))).toBe(true);
      }),
    );
  });

  it('may be anything at all: the event goes on, and only its own user can be attested', () => {
    const value = fc.oneof(fc.jsonValue(), fc.string(), fc.string({ unit: 'binary' }), fc.constant(good));
    const hash = fc.oneof(fc.jsonValue(), fc.constant(hashUser('m1', SECRET)), fc.constant(hashUser('m2', SECRET)));
    fc.assert(
      fc.property(value, hash, fc.constantFrom('m1', 'm2', 'm3'), (identityToken, userHash, id) => {
        // An event with such a key is refused for another reason.
        fc.pre(!JSON.stringify([identityToken, userHash]).includes('__proto__'));
        const item = { type: 'identify', userId: id, anonymousId: 'c', context: { identityToken, userHash } };
        const { events } = cleanRecord(rawRecord('batch', { batch: [item] }), {
          ...CLEAN_DEPS,
          identityKeys: keysOf(SECRET),
        });
        expect(events).toHaveLength(1);
        const may = (id === 'm1' && identityToken === good) || userHash === hashUser(id, SECRET);
        expect(events[0]?.attested ?? []).toEqual(may ? [`user_id:${id}`] : []);
        expect(events[0]?.context).toEqual({});
      }),
      { numRuns: 500 },
    );
  });

  it('counts exactly while it lives', () => {
    const seconds = fc.integer({ min: -200_000, max: 200_000 });
    fc.assert(
      fc.property(seconds, fc.option(seconds, { nil: undefined }), (exp, iat) => {
        const now = nowMs / 1000;
        const token = signToken({ sub: 'm1', exp: now + exp, ...(iat !== undefined && { iat: now + iat }) }, SECRET);
        const lives = exp > -60 && exp <= 86_460 && (iat === undefined || (iat <= 60 && exp - iat <= 86_400));
        expect(isFinding(readIdentityToken(token, keys, at))).toBe(!lives);
      }),
      { numRuns: 1000 },
    );
  });
});
