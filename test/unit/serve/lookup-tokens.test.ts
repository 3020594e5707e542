import { describe, expect, it } from 'vitest';
import { lookupTokens } from '../../../functions/serve/lookup-tokens.ts';
import { TokenKeyMissing } from '../../../functions/shared/token-key-store.ts';
import { isToken } from '../../../functions/shared/tokens.ts';

describe('lookupTokens', () => {
  it('loads the key once', async () => {
    let loads = 0;
    const tokens = lookupTokens(async () => Buffer.alloc(32, ++loads));
    const [first, second] = [await tokens(), await tokens()];
    expect(isToken(first('phone', '+8613800138000'))).toBe(true);
    expect([loads, first === second]).toEqual([1, true]);
  });

  it('fails only at a lookup while there is no key, and looks for it again', async () => {
    let loads = 0;
    const tokens = lookupTokens(async () => {
      loads += 1;
      if (loads === 1) throw new TokenKeyMissing('none yet');
      return Buffer.alloc(32);
    });
    const none = await tokens();
    expect(() => none('phone', '+8613800138000')).toThrow(TokenKeyMissing);
    expect(isToken((await tokens())('phone', '+8613800138000'))).toBe(true);
  });

  it('lets any other failure through', async () => {
    await expect(lookupTokens(() => Promise.reject(new Error('denied')))()).rejects.toThrow('denied');
  });
});
