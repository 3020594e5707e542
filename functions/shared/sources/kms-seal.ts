import { EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { sealingContext } from './sealing.ts';

/** Encrypts platforms' secrets with a key of KMS, each for its source alone. Rejects with what KMS throws. */
export const sealWithKms =
  (kms: KMSClient, KeyId: string) =>
  async (source_id: string, value: string): Promise<Uint8Array> => {
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId, Plaintext: Buffer.from(value), EncryptionContext: sealingContext(source_id) }),
    );
    if (CiphertextBlob === undefined) throw new Error('KMS answered without a ciphertext; try it again.');
    return CiphertextBlob;
  };
