import { gzipSync } from 'node:zlib';
import type { World } from './world.ts';
import { MINUTE, SECOND } from './world.ts';

const LATEST_MS = 30 * MINUTE;

/** The bucket that Firehose writes raw records into: one behind the other, zipped together; late, and now and then twice. */
export class SimulatedArchive {
  readonly objects: Buffer[] = [];
  readonly #world: World;
  readonly #buffer_seconds: number;
  #waiting: Uint8Array[] = [];

  constructor(world: World, buffer_seconds: number) {
    this.#world = world;
    this.#buffer_seconds = buffer_seconds;
  }

  take(record: Uint8Array): void {
    if (this.#waiting.length === 0) this.#world.time.after(this.#buffer_seconds * SECOND, () => this.#deliver());
    this.#waiting.push(record);
  }

  #deliver(): void {
    const object = gzipSync(Buffer.concat(this.#waiting), { level: 1 });
    this.#waiting = [];
    const { faults, dice, time } = this.#world;
    const times = faults.strikes('redelivery') ? 2 : 1;
    for (let n = 0; n < times; n += 1) {
      time.after(faults.strikes('late') ? dice.roll() * LATEST_MS : 0, () => this.objects.push(object));
    }
  }
}
