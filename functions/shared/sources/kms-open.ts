import { DecryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { sealingContext } from './sealing.ts';
import type { StoredSecret } from './store.ts';

/** A company has few platforms; bounds what a table that is not the right one could occupy. */
const MAX_REMEMBERED = 500;

/**
 * Decrypts what `sealWithKms` made. What was decrypted is remembered by its ciphertext, so that KMS is asked once for each secret.
 * Rejects with what KMS throws.
 */
export function openWithKms(kms: KMSClient, KeyId: string) {
  const opened = new Map<string, string>();
  return async (source_id: string, { sealed }: Pick<StoredSecret, 'sealed'>): Promise<string> => {
    const name = `${source_id}:${Buffer.from(sealed).toString('base64')}`;
    const known = opened.get(name);
    if (known !== undefined) return known;
    const EncryptionContext = sealingContext(source_id);
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: sealed, KeyId, EncryptionContext }));
    const value = Buffer.from(Plaintext ?? []).toString('utf8');
    if (opened.size >= MAX_REMEMBERED) opened.clear();
    opened.set(name, value);
    return value;
  };
}
