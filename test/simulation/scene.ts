import type { JsonObject } from '../../functions/shared/json.ts';
import type { Dice } from '../support/dice.ts';
import type { Client, Due, Sent } from './client.ts';
import { diceFor } from './faults.ts';
import type { SourceId } from './sources.ts';
import { DAY, HOUR, MINUTE, SECOND, START, type World } from './world.ts';

/** A campaign's message that somebody is owed, whoever else does what. */
export interface Owed {
  /** Whose events call for it: all of them. */
  readonly shopper: string;
  readonly campaign: string;
  readonly userId: string;
  readonly subject: string;
  /** Epoch ms: when it is to be decided, and until when it may be sent. */
  readonly due: number;
  readonly until: number;
}

/** Minutes after the shops open. */
const RUSH_HOURS = [60, 600];

/** The stage of one shopper: his own dice, clock and events. */
export class Scene {
  readonly name: string;
  readonly dice: Dice;
  readonly owed: Owed[] = [];
  /** ms by which the clock of his devices is ahead. */
  skew = 0;
  readonly #world: World;
  readonly #client: Client;
  /** In some seeds everybody comes at the same hour, and nobody waits. */
  readonly #rush: boolean;
  #events = 0;

  constructor(name: string, world: World, client: Client) {
    this.name = name;
    this.dice = diceFor(world.seed, `shopper ${name}`);
    this.#world = world;
    this.#client = client;
    this.#rush = diceFor(world.seed, 'rush').chance(0.5);
  }

  /** Waits until so many ms after the start. */
  async until(offset: number): Promise<void> {
    const ms = START + offset - this.now();
    if (ms > 0) await this.#world.time.sleep(ms);
  }

  now(): number {
    return this.#world.time.now();
  }

  /** Some time later: minutes, or, where everything happens at once, seconds. */
  async later(maxMinutes = 1): Promise<void> {
    const ms = this.#rush ? 1 + this.dice.below(3 * SECOND) : MINUTE + this.dice.below(maxMinutes) * MINUTE;
    await this.#world.time.sleep(ms);
  }

  /** On a day, in the hours of the shop: from nine to nine in Shanghai. */
  async day(day: number): Promise<void> {
    const minute = this.#rush ? (RUSH_HOURS[this.dice.below(RUSH_HOURS.length)] ?? 0) : this.dice.below(11 * 60);
    await this.until(day * DAY + HOUR + minute * MINUTE + this.dice.below(2 * SECOND));
  }

  /** An event of this moment with a message id of its own, unless the fields say otherwise. */
  event(type: string, fields: JsonObject, due: Due = 'clean'): Sent {
    this.#events += 1;
    const tag = `${this.name}.${this.#events}`;
    const timestamp = new Date(this.#world.instant() + this.skew).toISOString();
    const { context, ...rest } = fields;
    const whole = { ...(typeof context === 'object' ? context : {}), tag: `<${tag}>` };
    return { tag, due, body: { type, messageId: `m-${tag}`, timestamp, ...rest, context: whole } };
  }

  track(event: string, fields: JsonObject, due: Due = 'clean'): Sent {
    return this.event('track', { event, ...fields }, due);
  }

  /** Sends in the background, as SDKs do; now and then a page that was restored sends the same once more. */
  send(source: SourceId, ...events: readonly Sent[]): void {
    void this.#client.send(source, events, this.skew);
    if (this.#world.faults.strikes('redelivery')) void this.#client.send(source, events, this.skew);
  }
}
