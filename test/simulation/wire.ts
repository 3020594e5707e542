import type { Container } from './lambda.ts';

/** A service of the simulated cloud. It gets the very commands that the SDK's clients would send. */
export interface Service {
  readonly name: string;
  /** Does what the command says. @throws the service's own exceptions */
  handle(command: object): Promise<object>;
  /** What it throws when it is asked too much. */
  throttled(): Error;
}

/** A command that the simulation has no answer to: teach it, or the code calls what it should not. */
export class UnknownCommand extends Error {
  override name = 'UnknownCommand';
  constructor(service: string, command: object) {
    super(`The simulated ${service} does not know ${command.constructor.name}. Teach it in test/simulation.`);
  }
}

const networkError = (): Error =>
  Object.assign(new Error('The connection broke.'), { name: 'TimeoutError', code: 'ECONNRESET' });

const THROTTLES = /Throttl|ProvisionedThroughput|LimitExceeded|ServiceUnavailable|TooManyRequests/;

/** What the SDK's clients try again by themselves. */
function isRetried(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return error.name === 'TimeoutError' || THROTTLES.test(error.name) || ($metadata?.httpStatusCode ?? 0) >= 500;
}

interface Line {
  readonly container: Container;
  readonly service: Service;
  readonly settings: ClientSettings;
}

/** Of the SDK's clients, what matters here. */
export interface ClientSettings {
  readonly maxAttempts: number;
  /** Without it, a client waits for as long as its function lives. */
  readonly requestHandler?: { readonly requestTimeout: number };
}

const RETRY_BASE_MS = 100;
/** Longest time that a request takes to leave its container: connections are made, names looked up. */
const MAX_SENDING_MS = 3;

/**
 * A client of the SDK as the code under test sees it; what it sends goes over an unreliable network to a simulated service. It
 * retries as the SDK does: a request whose reply was lost is done twice.
 */
export function simulatedClient<T extends object>(of: { readonly prototype: T }, line: Line): T {
  const send = async (command: object): Promise<object> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await callOnce(line, command);
      } catch (error) {
        if (attempt >= line.settings.maxAttempts || !isRetried(error)) throw error;
      }
      await line.container.sleep(RETRY_BASE_MS * 2 ** attempt * line.container.random());
    }
  };
  return Object.assign(Object.create(of.prototype), { send });
}

type Settle = (run: () => void) => void;

const callOnce = ({ container, service, settings }: Line, command: object): Promise<object> =>
  container.wait((resolve, reject) => {
    const { world } = container;
    const name = `${service.name} ${command.constructor.name.replace(/Command$/, '')}`;
    const say = (what: string): void => world.note(container.id, `${name}: ${what}`);
    if (world.faults.strikes('crash')) {
      container.die(`before ${name}`);
      return;
    }
    let answered = false;
    const answer: Settle = (run) => {
      if (answered) return;
      answered = true;
      run();
    };
    const timeout = settings.requestHandler?.requestTimeout;
    if (timeout !== undefined) world.time.after(timeout, () => answer(() => reject(networkError())));
    const fate = fateOf(container, service);
    if (fate === 'never arrives' || fate === 'throttled') {
      say(fate);
      const error = fate === 'throttled' ? service.throttled() : networkError();
      world.time.after(world.latency(), () => answer(() => reject(error)));
      return;
    }
    const back = (run: () => void): void => {
      if (fate === 'dies') container.die(`after ${name}`);
      else world.time.after(world.latency(), () => answer(run));
    };
    const arrive = (): void => {
      service.handle(command).then(
        (output) => {
          say(fate === 'reply lost' ? 'done, reply lost' : 'done');
          back(fate === 'reply lost' ? () => reject(networkError()) : () => resolve(output));
        },
        (error: unknown) => {
          say(error instanceof Error ? error.name : 'fails');
          back(() => reject(error));
        },
      );
    };
    // Of a container that is frozen before its request is out, the request stays in it.
    const leaves = world.dice.roll() * MAX_SENDING_MS;
    world.time.after(leaves, () => container.whenAwake(() => world.time.after(world.latency(), arrive)));
  });

type Fate = 'never arrives' | 'throttled' | 'dies' | 'reply lost' | 'arrives';

function fateOf({ world }: Container, service: Service): Fate {
  const { faults } = world;
  if (faults.strikes('lost_request') || world.isAway(service.name)) return 'never arrives';
  if (faults.strikes('throttle')) return 'throttled';
  if (faults.strikes('crash')) return 'dies';
  return faults.strikes('lost_reply') ? 'reply lost' : 'arrives';
}
