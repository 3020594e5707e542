import { once } from '../shared/once.ts';
import { TokenKeyMissing } from '../shared/token-key-store.ts';
import { type Tokenise, tokeniser } from '../shared/tokens.ts';

/**
 * How a phone number or an e-mail address is looked up: by its token. Before the first event there is no key, and nobody
 * whom a token could name; then only such a lookup fails, with TokenKeyMissing, and all else is answered.
 */
export function lookupTokens(loadKey: () => Promise<Buffer>): () => Promise<Tokenise> {
  const tokens = once(async () => tokeniser(await loadKey()));
  return async () => {
    try {
      return await tokens();
    } catch (error) {
      if (!(error instanceof TokenKeyMissing)) throw error;
      return () => {
        throw error;
      };
    }
  };
}
