import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { type Service, UnknownCommand } from './wire.ts';
import type { World } from './world.ts';

interface Stored {
  readonly body: Buffer;
  readonly at: number;
}

/** Keys in one page of a listing: few, so that there are several. */
const PAGE = 3;

/** A bucket of S3: whole objects, each write over the one before, listed by key and page by page. */
export class SimulatedBucket implements Service {
  readonly name = 's3';
  readonly objects = new Map<string, Stored>();
  readonly #world: World;
  readonly #onPut: () => void;

  /** @param onPut told of each object that was written */
  constructor(world: World, onPut: () => void) {
    this.#world = world;
    this.#onPut = onPut;
  }

  throttled(): Error {
    const $metadata = { httpStatusCode: 503 };
    return new S3ServiceException({ name: 'SlowDown', $fault: 'server', message: 'Slow down.', $metadata });
  }

  async handle(command: object): Promise<object> {
    if (command instanceof PutObjectCommand) return this.#put(command);
    if (command instanceof ListObjectsV2Command) return this.#list(command);
    if (command instanceof DeleteObjectCommand) {
      this.objects.delete(command.input.Key ?? '');
      return {};
    }
    if (!(command instanceof GetObjectCommand)) throw new UnknownCommand(this.name, command);
    const found = this.objects.get(command.input.Key ?? '');
    if (!found) throw new NoSuchKey({ message: 'There is none.', $metadata: { httpStatusCode: 404 } });
    return { Body: { transformToByteArray: async () => Uint8Array.from(found.body) } };
  }

  write(key: string, body: Buffer): void {
    this.objects.set(key, { body, at: this.#world.time.now() });
    this.#world.note('failures', `has ${key.slice(0, 40)}`);
    this.#onPut();
  }

  #put({ input }: PutObjectCommand): object {
    const { Key = '', Body } = input;
    if (!(Body instanceof Uint8Array)) throw new Error('The simulated s3 takes bytes as the body of an object.');
    this.write(Key, Buffer.from(Body));
    return {};
  }

  #list({ input }: ListObjectsV2Command): object {
    const after = input.ContinuationToken ?? '';
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(input.Prefix ?? '') && key > after).sort();
    const Contents = keys
      .slice(0, PAGE)
      .map((Key) => ({ Key, LastModified: new Date(this.objects.get(Key)?.at ?? 0) }));
    return { Contents, ...(keys.length > PAGE ? { NextContinuationToken: keys[PAGE - 1] } : {}) };
  }
}
