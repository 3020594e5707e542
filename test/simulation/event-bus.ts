import { InternalException, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { type Service, UnknownCommand } from './wire.ts';
import { MINUTE, type World } from './world.ts';

/** An event as a rule's target gets it. */
export interface DeliveredEvent {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Record<string, unknown>;
}

const LATEST_MS = 20 * MINUTE;

/** EventBridge with one rule per campaign: at least once, in any order. */
export class SimulatedBus implements Service {
  readonly name = 'bus';
  readonly delivered: DeliveredEvent[] = [];
  readonly #world: World;
  readonly #campaigns: ReadonlySet<string>;
  readonly #target: (event: DeliveredEvent) => void;

  constructor(world: World, rules: { campaigns: ReadonlySet<string>; target: (event: DeliveredEvent) => void }) {
    this.#world = world;
    this.#campaigns = rules.campaigns;
    this.#target = rules.target;
  }

  throttled(): Error {
    return new InternalException({ message: 'It failed.', $metadata: { httpStatusCode: 500 } });
  }

  async handle(command: object): Promise<object> {
    if (!(command instanceof PutEventsCommand)) throw new UnknownCommand(this.name, command);
    const Entries = (command.input.Entries ?? []).map(({ Source = '', DetailType = '', Detail = '{}' }) => {
      if (this.#world.faults.strikes('partial')) return { ErrorCode: 'ThrottlingException' };
      return { EventId: this.take({ Source, DetailType, Detail }) };
    });
    return { Entries, FailedEntryCount: Entries.filter((reply) => 'ErrorCode' in reply).length };
  }

  /** Takes an entry, whoever it comes from; answers with its id. */
  take({ Source, DetailType, Detail }: { Source: string; DetailType: string; Detail: string }): string {
    const id = this.#world.newId('ev');
    this.#route({ id, source: Source, 'detail-type': DetailType, detail: JSON.parse(Detail) });
    return id;
  }

  #route(event: DeliveredEvent): void {
    const { faults, dice, time } = this.#world;
    const times = faults.strikes('redelivery') ? 2 : 1;
    for (let n = 0; n < times; n += 1) {
      time.after(dice.roll() * (faults.strikes('late') ? LATEST_MS : 500), () => {
        this.delivered.push(event);
        const { bus } = TOPOLOGY;
        const triggers = event.source === bus.source && event['detail-type'] === bus.campaign_triggered;
        if (triggers && this.#campaigns.has(String(event.detail.campaign))) this.#target(event);
      });
    }
  }
}
