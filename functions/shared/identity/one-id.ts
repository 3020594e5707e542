import { hash } from 'node:crypto';
import { BoundedCache } from '../bounded-cache.ts';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_CHARS = 20;
/** Asked for several times per event, at 1.5 µs each. As many as some batches name; a few MB. */
const CACHED_IDS = 20_000;
const ids = new BoundedCache<string>(CACHED_IDS);
const ONE_ID = /^p_[a-z2-7]{20}$/;

/** Could the text be a One ID at all? */
export const isOneId = (text: string): boolean => ONE_ID.test(text);

/**
 * The One ID of the person that an identifier founded: `p_` and 100 bits of SHA-256 in lower-case base32. Derived, not
 * drawn, so that un-merging gives back exactly the ids there were before.
 */
export const oneId = (founderKey: string): string => ids.get(founderKey, () => derive(founderKey));

function derive(founderKey: string): string {
  const digest = hash('sha256', `one-id:${founderKey}`, 'buffer');
  let text = 'p_';
  for (let char = 0; char < ID_CHARS; char++) {
    const bit = char * 5;
    const window = digest.readUInt16BE(bit >> 3);
    text += BASE32.charAt((window >> (11 - (bit & 7))) & 31);
  }
  return text;
}
