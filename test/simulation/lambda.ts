import type { Clock } from '../../functions/shared/seams.ts';
import type { World } from './world.ts';

/** A function did not end as it should; its invoker may try again. */
export class InvocationFailed extends Error {
  override name = 'InvocationFailed';
}

const MAX_SKEW_MS = 5_000;

/** What one function runs in: its caches live as long as it does, and its code waits for the world only through it. */
export class Container {
  readonly id: string;
  readonly clock: Clock;
  readonly world: World;
  /** Called when it dies while it works. */
  onDeath: (() => void) | undefined;
  #alive = true;
  #waits = 0;
  /** Between two invocations nothing runs in it: what comes in meanwhile is kept here. */
  #frozen: (() => void)[] | undefined;

  constructor(id: string, world: World) {
    this.id = id;
    this.world = world;
    const skew = world.faults.strikes('skew') ? Math.round((world.dice.roll() * 2 - 1) * MAX_SKEW_MS) : 0;
    this.clock = { now: () => world.time.now() + skew };
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Is its code running right now, waiting for nothing? */
  get atWork(): boolean {
    return this.#alive && this.onDeath !== undefined && this.#waits === 0;
  }

  /** Nothing runs in it until it is thawed: what an invocation did not wait for stays as it is. */
  freeze(): void {
    this.#frozen = [];
  }

  thaw(): void {
    const kept = this.#frozen ?? [];
    this.#frozen = undefined;
    for (const run of kept) run();
  }

  /** Runs now, or once the container is thawed. */
  whenAwake(run: () => void): void {
    if (this.#frozen) this.#frozen.push(run);
    else run();
  }

  die(why: string): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.world.note(this.id, `dies: ${why}`);
    this.onDeath?.();
  }

  /** A wait of the code inside for the world outside; it never ends when the container dies first. */
  wait<T>(begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waits += 1;
      const ifAlive =
        <V>(settle: (value: V) => void) =>
        (value: V): void => {
          if (!this.#alive) return;
          this.whenAwake(() => {
            this.#waits -= 1;
            settle(value);
          });
        };
      begin(ifAlive(resolve), ifAlive(reject));
    });
  }

  readonly sleep = (ms: number): Promise<void> => this.wait((resolve) => this.world.time.after(ms, () => resolve()));
  readonly random = (): number => this.world.dice.roll();
}

export interface FunctionSettings<In, Out> {
  readonly name: string;
  readonly timeout_seconds: number;
  /** What a cold start makes: clients, caches, and the handler over them. */
  make(container: Container): (event: In) => Promise<Out>;
}

interface Warm<In, Out> {
  readonly container: Container;
  readonly handle: (event: In) => Promise<Out>;
}

const ZOMBIE_AFTER_MS = 3_000;

/** A Lambda function: a container takes one event at a time, and may die over it. */
export class SimulatedFunction<In, Out> {
  readonly #settings: FunctionSettings<In, Out>;
  readonly #world: World;
  #warm: Warm<In, Out>[] = [];
  #made = 0;

  constructor(world: World, settings: FunctionSettings<In, Out>) {
    this.#world = world;
    this.#settings = settings;
  }

  /** @throws InvocationFailed when the function threw, died, ran out of time, or its invoker lost sight of it */
  invoke(event: In): Promise<Out> {
    const { faults, time, dice } = this.#world;
    if (faults.strikes('busy')) return Promise.reject(new InvocationFailed(`${this.#settings.name}: too many at once`));
    if (faults.strikes('deploy')) this.#warm = [];
    this.#warm = this.#warm.filter(({ container }) => container.alive);
    const warm = this.#warm.shift() ?? this.#cold();
    const { container } = warm;
    this.#world.note(container.id, 'begins');
    container.thaw();
    return new Promise<Out>((resolve, reject) => {
      const fail = (why: string): void => reject(new InvocationFailed(`${this.#settings.name}: ${why}`));
      container.onDeath = () => {
        this.#world.running.delete(container);
        fail('died');
      };
      this.#world.running.add(container);
      let ended = false;
      const end = (): void => {
        ended = true;
        container.onDeath = undefined;
        this.#world.running.delete(container);
        container.freeze();
        if (container.alive) this.#warm.push(warm);
      };
      time.after(this.#settings.timeout_seconds * 1000, () => {
        if (!ended) container.die('timeout');
      });
      if (faults.strikes('zombie')) time.after(dice.roll() * ZOMBIE_AFTER_MS, () => fail('was lost sight of'));
      warm.handle(event).then(
        (output) => {
          end();
          this.#world.note(container.id, 'ends');
          resolve(output);
        },
        (error: unknown) => {
          end();
          this.#world.note(container.id, 'throws');
          fail(error instanceof Error ? `${error.name}: ${error.message}` : 'threw');
        },
      );
    });
  }

  #cold(): Warm<In, Out> {
    this.#made += 1;
    const container = new Container(`${this.#settings.name}-${this.#made}`, this.#world);
    return { container, handle: this.#settings.make(container) };
  }
}
