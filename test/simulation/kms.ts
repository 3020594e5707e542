import { createHash } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand, KMSInternalException } from '@aws-sdk/client-kms';
import { type Service, UnknownCommand } from './wire.ts';
import type { World } from './world.ts';

/** A key service whose ciphertext names the data key that it stands for. */
export class SimulatedKms implements Service {
  readonly name = 'kms';
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  throttled(): Error {
    return new KMSInternalException({ message: 'It failed.', $metadata: { httpStatusCode: 500 } });
  }

  async handle(command: object): Promise<object> {
    if (command instanceof GenerateDataKeyCommand) {
      const CiphertextBlob = Buffer.from(this.#world.newId('wrapped'));
      return { CiphertextBlob, Plaintext: unwrapped(CiphertextBlob) };
    }
    if (command instanceof DecryptCommand)
      return { Plaintext: unwrapped(command.input.CiphertextBlob ?? new Uint8Array()) };
    throw new UnknownCommand(this.name, command);
  }
}

const unwrapped = (blob: Uint8Array): Buffer => createHash('sha256').update(blob).digest();
