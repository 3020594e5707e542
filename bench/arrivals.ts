import { type Random, randomOf } from '../local/seed/random.ts';
import { retailTraffic } from './traffic.ts';

type Json = Record<string, unknown>;

/** Who comes, as shares of sessions; the rest are members on a browser that is known. */
export interface Mix {
  /** Visitors never seen before. */
  readonly fresh: number;
  /** Visitors seen before who are no members, or do not sign in. */
  readonly visitor: number;
  /** Of all sessions, those in which somebody signs in after the first window: most as a member, some register. */
  readonly signs_in: number;
}

/** Events of one visitor in one batch window. */
export const EVENTS_PER_WINDOW = 4;
/** Windows of one session: twelve events. */
const WINDOWS_PER_SESSION = 3;
/** Of those who sign in. */
const SHARE_REGISTERS = 0.3;
const TEMPLATES = 2_000;

interface Person {
  readonly anonymousId: string;
  /** Of a member. */
  userId: string | undefined;
}

interface Session {
  readonly person: Person;
  /** Who signs in; after that the browser is his. */
  readonly signsInAs: string | undefined;
  window: number;
}

/** Simulated arrivals at a shop: sessions of twelve events, four in each batch window. */
export class Arrivals {
  readonly #random: Random;
  readonly #templates: readonly Json[];
  readonly #visitors: Person[] = [];
  readonly #members: Person[] = [];
  #sessions: Session[] = [];
  #made = 0;
  #registered = 0;
  /** Members come one after the other: so that few in a row did not come at all in the week before. */
  #next = 0;

  /** @param members who signed in long ago, on one browser each, but whom no window has had yet */
  constructor(seed: number, members: number) {
    this.#random = randomOf(seed, 'arrivals');
    for (let n = 0; n < members; n += 1) this.#register();
    this.#templates = [...retailTraffic({ start: 0, events: TEMPLATES, seed })].filter(
      ({ type }) => type !== 'identify',
    );
  }

  /** People who are known by now. */
  get known(): { readonly visitors: number; readonly members: number } {
    return { visitors: this.#visitors.length, members: this.#members.length };
  }

  /** Everybody goes home: the next window begins with people of its own mix. */
  endSessions(): void {
    this.#sessions = [];
  }

  /**
   * Events of one window, in order of arrival.
   * @param people who are on the site
   * @param from epoch ms of the window's begin; it takes a second
   */
  window(people: number, mix: Mix, from: number): Json[] {
    const begins = this.#sessions.length === 0;
    this.#sessions = this.#sessions.filter(({ window }) => window < WINDOWS_PER_SESSION);
    while (this.#sessions.length < people) this.#sessions.push(this.#session(mix, begins));
    const events = this.#sessions.flatMap((session) => this.#eventsOf(session));
    return shuffled(events, this.#random).map((event, at) => ({
      ...event,
      timestamp: new Date(from + Math.floor((at * 1000) / events.length)).toISOString(),
    }));
  }

  /** At the begin, sessions are in any of their windows, as they are later. */
  #session(mix: Mix, begins: boolean): Session {
    const window = begins ? this.#random.int(0, WINDOWS_PER_SESSION - 1) : 0;
    const dice = this.#random.next();
    const isNew = dice < mix.fresh || (dice < mix.fresh + mix.visitor && this.#visitors.length === 0);
    if (isNew) return { person: this.#newcomer(), signsInAs: this.#signsIn(mix, mix.fresh + mix.visitor), window };
    if (dice < mix.fresh + mix.visitor) {
      const person = this.#random.pick(this.#visitors);
      return { person, signsInAs: this.#signsIn(mix, mix.fresh + mix.visitor), window };
    }
    const person = this.#members[this.#next++ % this.#members.length];
    if (person === undefined) throw new Error('Members come, and there are none; make some.');
    return { person, signsInAs: undefined, window };
  }

  #newcomer(): Person {
    const person = { anonymousId: this.#random.uuid(), userId: undefined };
    this.#visitors.push(person);
    return person;
  }

  #register(): void {
    this.#registered += 1;
    this.#members.push({ anonymousId: this.#random.uuid(), userId: `m${100_000 + this.#registered}` });
  }

  /** Only who is not signed in can: so the share among these is larger than the share among all. */
  #signsIn({ signs_in }: Mix, anonymous: number): string | undefined {
    if (!this.#random.chance(signs_in / anonymous)) return undefined;
    if (!this.#random.chance(SHARE_REGISTERS)) return this.#random.pick(this.#members).userId;
    this.#registered += 1;
    return `m${100_000 + this.#registered}`;
  }

  #eventsOf(session: Session): Json[] {
    const { person, signsInAs } = session;
    const events = Array.from({ length: EVENTS_PER_WINDOW }, () => this.#event(this.#random.pick(this.#templates)));
    if (session.window === 1 && signsInAs !== undefined && person.userId === undefined) {
      person.userId = signsInAs;
      this.#visitors.splice(this.#visitors.indexOf(person), 1);
      this.#members.push(person);
      events[0] = this.#event({ ...this.#templates[0], type: 'identify', traits: traitsOf(signsInAs) });
    }
    session.window += 1;
    const { anonymousId, userId } = person;
    return events.map((event) => ({ ...event, anonymousId, ...(userId === undefined ? {} : { userId }) }));
  }

  #event(template: Json): Json {
    this.#made += 1;
    const { userId: _, anonymousId: __, ...event } = template;
    return { ...event, messageId: `ajs-next-${this.#made}-${this.#random.uuid()}` };
  }
}

function traitsOf(userId: string): Json {
  const n = Number(userId.slice(1));
  const phone = `+86138${String(10_000_000 + (n % 90_000_000))}`;
  return { name: `会员 ${n}`, email: `member${n}@example.com`, phone, level: n % 5 === 0 ? 'gold' : 'silver' };
}

/** Fisher and Yates, but one visitor's events stay in order: only whose turn it is is drawn. */
function shuffled(events: readonly Json[], random: Random): Json[] {
  const owners = events.map(({ anonymousId }) => String(anonymousId));
  for (let at = owners.length - 1; at > 0; at -= 1) {
    const other = random.int(0, at);
    [owners[at], owners[other]] = [owners[other] ?? '', owners[at] ?? ''];
  }
  const queues = Map.groupBy(events, ({ anonymousId }) => String(anonymousId));
  return owners.map((owner) => queues.get(owner)?.shift() ?? {});
}
