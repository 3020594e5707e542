import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';

/** KMS as far as encryption contexts go: what was encrypted under one opens under no other. Notes each call with its context. */
export function fakeKms() {
  const calls: [string, unknown][] = [];
  const send = async (command: unknown): Promise<object> => {
    if (command instanceof EncryptCommand) {
      const { Plaintext, EncryptionContext } = command.input;
      calls.push(['EncryptCommand', EncryptionContext]);
      const text = Buffer.from(Plaintext ?? []).toString('base64');
      return { CiphertextBlob: Buffer.from(JSON.stringify({ EncryptionContext, text })) };
    }
    if (!(command instanceof DecryptCommand)) throw new Error('This KMS encrypts and decrypts.');
    calls.push(['DecryptCommand', command.input.EncryptionContext]);
    const { EncryptionContext, text } = JSON.parse(Buffer.from(command.input.CiphertextBlob ?? []).toString('utf8'));
    if (JSON.stringify(EncryptionContext) !== JSON.stringify(command.input.EncryptionContext)) {
      throw new Error('InvalidCiphertextException');
    }
    return { Plaintext: Buffer.from(text, 'base64') };
  };
  return { kms: { send } as object, calls };
}
