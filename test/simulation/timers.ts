import {
  ConflictException,
  CreateScheduleCommand,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { type Service, UnknownCommand } from './wire.ts';
import { SECOND, type World } from './world.ts';

const AT = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/;

/** EventBridge Scheduler: one-shot schedules fire within their precision, at least once, and are gone afterwards. */
export class SimulatedScheduler implements Service {
  readonly name = 'scheduler';
  readonly #world: World;
  readonly #target: (event: object) => void;
  readonly #names = new Set<string>();

  constructor(world: World, target: (event: object) => void) {
    this.#world = world;
    this.#target = target;
  }

  throttled(): Error {
    return new ThrottlingException({ message: 'Too much.', Message: 'Too much.', $metadata: {} });
  }

  async handle(command: object): Promise<object> {
    if (!(command instanceof CreateScheduleCommand)) throw new UnknownCommand(this.name, command);
    const { Name = '', ScheduleExpression = '', Target } = command.input;
    const text = AT.exec(ScheduleExpression)?.[1];
    const at = Date.parse(`${text}Z`);
    const { time, dice, faults } = this.#world;
    if (!(at >= time.now() - SECOND)) {
      const message = `${ScheduleExpression} is in the past.`;
      throw new ValidationException({ message, Message: message, $metadata: {} });
    }
    if (this.#names.has(Name))
      throw new ConflictException({ message: 'It exists.', Message: 'It exists.', $metadata: {} });
    this.#names.add(Name);
    const event = JSON.parse(Target?.Input ?? '{}') as object;
    time.at(at + dice.roll() * TOPOLOGY.timers.precision_seconds * SECOND, () => {
      this.#names.delete(Name);
      this.#target(event);
      if (faults.strikes('redelivery')) time.after(dice.roll() * SECOND, () => this.#target(event));
    });
    return { ScheduleArn: Name };
  }
}
