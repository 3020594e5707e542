import { DAY, MINUTE, SECOND, type World } from './world.ts';

/** A message as one receiver has it. */
export interface Delivery {
  readonly id: string;
  readonly body: string;
  /** Of this delivery: the next one has another. */
  readonly receipt: string;
  /** Epoch ms; of a dead letter too it is when it was first sent. */
  readonly sent: number;
  /** Deliveries so far, this one included. */
  readonly receives: number;
}

interface Message {
  readonly id: string;
  readonly body: string;
  readonly sent: number;
  receives: number;
  /** Of the latest delivery. */
  receipt: string | undefined;
  isVisible: boolean;
  /** Counts what hid it, so that only the latest wait shows it again. */
  hidden: number;
}

export interface QueueSettings {
  readonly name: string;
  readonly visibility_seconds: number;
  readonly retention_days: number;
  /** Where a message goes that is to be delivered more than so often. */
  readonly redrive?: { readonly max_receives: number; readonly to: SimulatedQueue };
}

/** What became of a message that is there no more. */
export interface Gone {
  readonly id: string;
  readonly body: string;
  readonly how: 'removed' | 'dead' | 'expired';
  /** ms since it was sent. */
  readonly age: number;
  readonly receives: number;
}

const LATEST_MS = 2 * MINUTE;
/** How soon a second server hands out what the first one has just handed out. */
const COPY_MS = 30 * SECOND;

/**
 * A standard queue: at least once, in any order. Each delivery hides a message for a while and has a receipt of its own; who comes with an
 * older receipt, may or may not be heard. A message that was removed can come once more, and a delivery may get lost on its way.
 */
export class SimulatedQueue {
  readonly settings: QueueSettings;
  /** Every message that left the queue, in order. */
  readonly gone: Gone[] = [];
  readonly #world: World;
  readonly #messages = new Map<string, Message>();
  #onVisible: () => void = () => undefined;

  constructor(world: World, settings: QueueSettings) {
    this.#world = world;
    this.settings = settings;
  }

  get size(): number {
    return this.#messages.size;
  }

  /** @param tell called whenever a message may be received */
  onVisible(tell: () => void): void {
    this.#onVisible = tell;
  }

  send(body: string): string {
    return this.#take({ id: this.#world.newId('message'), body, sent: this.#world.time.now() });
  }

  /** Any of those that can be seen. @param most at most so many; @param seconds for how long they are hidden */
  receive(most: number, seconds = this.settings.visibility_seconds): Delivery[] {
    const { dice, faults } = this.#world;
    const visible = [...this.#messages.values()].filter(({ isVisible }) => isVisible);
    const deliveries: Delivery[] = [];
    while (visible.length > 0 && deliveries.length < most) {
      const [message] = visible.splice(dice.below(visible.length), 1);
      if (!message || this.#isOver(message)) continue;
      message.receives += 1;
      message.receipt = `${message.id}/${message.receives}`;
      this.#hide(message, faults.strikes('redelivery') ? dice.roll() * COPY_MS : seconds * SECOND);
      const { id, body, sent, receives, receipt } = message;
      if (!faults.strikes('lost_reply')) deliveries.push({ id, body, sent, receives, receipt });
    }
    return deliveries;
  }

  /** Is told to be done for whatever receipt; is done for the latest one, mostly. */
  remove(receipt: string): void {
    const message = this.#of(receipt);
    const { dice, faults } = this.#world;
    if (!message || faults.strikes('redelivery')) return;
    if (message.receipt === receipt || dice.chance(0.5)) this.#drop(message, 'removed');
  }

  /** @returns the code of the refusal, if it is one */
  hide(receipt: string, seconds: number): string | undefined {
    const message = this.#of(receipt);
    if (!message) return 'InvalidParameterValue';
    if (message.isVisible) return 'MessageNotInflight';
    if (message.receipt !== receipt && this.#world.dice.chance(0.5)) return 'ReceiptHandleIsInvalid';
    this.#hide(message, seconds * SECOND);
    return undefined;
  }

  #take(message: Pick<Message, 'id' | 'body' | 'sent'>): string {
    const { dice, faults } = this.#world;
    const taken = { ...message, receives: 0, receipt: undefined, isVisible: false, hidden: 0 };
    this.#messages.set(message.id, taken);
    this.#world.note(this.settings.name, `has ${message.id}`);
    this.#hide(taken, dice.roll() * (faults.strikes('late') ? LATEST_MS : 20));
    return message.id;
  }

  #hide(message: Message, ms: number): void {
    message.isVisible = false;
    message.hidden += 1;
    const { hidden } = message;
    this.#world.time.after(ms, () => {
      if (message.hidden !== hidden || !this.#messages.has(message.id)) return;
      message.isVisible = true;
      this.#onVisible();
    });
  }

  /** Has it come too often, or lain too long? */
  #isOver(message: Message): boolean {
    const { redrive, retention_days } = this.settings;
    if (this.#world.time.now() - message.sent > retention_days * DAY) {
      this.#drop(message, 'expired');
      return true;
    }
    if (!redrive || message.receives < redrive.max_receives) return false;
    this.#drop(message, 'dead');
    redrive.to.#take(message);
    return true;
  }

  #of(receipt: string): Message | undefined {
    return this.#messages.get(receipt.slice(0, receipt.indexOf('/')));
  }

  #drop({ id, body, sent, receives }: Message, how: Gone['how']): void {
    this.#messages.delete(id);
    const age = this.#world.time.now() - sent;
    this.gone.push({ id, body, how, age, receives });
    this.#world.note(
      this.settings.name,
      `${id} is ${how} after ${receives} deliveries and ${Math.round(age / SECOND)} s`,
    );
  }
}
