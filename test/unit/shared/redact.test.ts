import { describe, expect, it } from 'vitest';
import { withoutCredentials } from '../../../functions/shared/redact.ts';
import { cpuClock } from '../../support/cpu-clock.ts';

const SIGNATURE = 'S'.repeat(43);

describe('taking credentials out of what is quarantined', () => {
  it('finds tokens wherever they begin, and leaves what is around them', () => {
    const token = `eyJ${'h'.repeat(60)}.${'p'.repeat(2_000)}.${SIGNATURE}`;
    expect(withoutCredentials(`a=${token}&b=x-${token} "${token}"`)).toBe('a=&b=x- ""');
  });

  it.each([
    ['beginnings of tokens', '-eyJ'],
    ['tokens without an end', '-eyJa.b'],
    ['beginnings of keys', '-sk_'],
  ])('a body that is nothing but %s takes a moment', (_, part) => {
    const text = part.repeat(Math.floor(500_000 / part.length));
    const spent = cpuClock();
    expect(withoutCredentials(text)).toBe(text);
    expect(spent()).toBeLessThan(2_000);
  });
});
