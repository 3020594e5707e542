import { PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { type Service, UnknownCommand } from './wire.ts';

/** A bucket of S3: whole objects, each write over the one before. */
export class SimulatedBucket implements Service {
  readonly name = 's3';
  readonly objects = new Map<string, Buffer>();

  throttled(): Error {
    const $metadata = { httpStatusCode: 503 };
    return new S3ServiceException({ name: 'SlowDown', $fault: 'server', message: 'Slow down.', $metadata });
  }

  async handle(command: object): Promise<object> {
    if (!(command instanceof PutObjectCommand)) throw new UnknownCommand(this.name, command);
    const { Key = '', Body } = command.input;
    if (!(Body instanceof Uint8Array)) throw new Error('The simulated s3 takes bytes as the body of an object.');
    this.objects.set(Key, Buffer.from(Body));
    return {};
  }
}
