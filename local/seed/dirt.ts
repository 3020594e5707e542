import type { SeedRequest } from './batches.ts';
import { type Calendar, DAY, HOUR, SECOND } from './calendar.ts';
import { PRODUCTS, productProperties } from './catalogue.ts';
import { type Random, randomOf } from './random.ts';
import { type Emission, emit, iso, type Json, type Who } from './sdk.ts';

/** `context.library.name` of the hand-written script whose events are mostly wrong, so that they can be told apart. */
export const BROKEN_LIBRARY = 'old-landing-page';

/** What to change in a good event to break it. `undefined` takes a member away. */
interface Fault {
  readonly name: string;
  readonly change: (event: Json, at: number) => Json;
}

const properties = (event: Json, change: Json): Json => ({
  ...event,
  properties: { ...(event.properties as Json), ...change }, // written by emit(): always an object
});

/** Every way of being wrong, each of which real clients have been seen to practise. */
const FAULTS: readonly Fault[] = [
  { name: 'price as text', change: (event) => properties(event, { price: 'abc' }) },
  { name: 'negative price', change: (event) => properties(event, { price: -1 }) },
  { name: 'no product', change: (event) => properties(event, { product_id: undefined }) },
  { name: 'no event name', change: (event) => ({ ...event, event: undefined }) },
  { name: 'unreadable time', change: (event) => ({ ...event, timestamp: 'yesterday' }) },
  { name: 'empty ids', change: (event) => ({ ...event, userId: '', anonymousId: '' }) },
  { name: 'placeholder id', change: (event) => ({ ...event, userId: 'null' }) },
  { name: 'unknown event', change: (event) => ({ ...event, event: 'Lucky Wheel Spun' }) },
  { name: 'in the future', change: (event, at) => ({ ...event, timestamp: iso(at + 3 * DAY) }) },
  {
    name: 'order total as text',
    change: (event) => ({ ...properties(event, { total: '¥199.00' }), event: 'Order Completed' }),
  },
];

const brokenWho = (anonymous_id: string): Who => ({
  sender: BROKEN_LIBRARY,
  anonymous_id,
  context: { library: { name: BROKEN_LIBRARY, version: '0.1' } },
});

/** An old landing page with a script of its own: in each batch good events stand next to broken ones. */
export const malformed = (calendar: Calendar, seed: number): Emission[] => {
  const random = randomOf(seed, 'malformed');
  const out: Emission[] = [];
  for (let day = 0; day < calendar.days; day += 2) {
    const at = calendar.local(day, 11 * 60 + random.int(0, 500));
    const write = (offset: number): Emission => {
      const data = productProperties(random.pick(PRODUCTS));
      const call = {
        at: at + offset * SECOND,
        type: 'track',
        name: 'Product Viewed',
        data,
        path: '/landing',
        random,
      } as const;
      return emit('web', brokenWho(`old-${random.uuid()}`), call);
    };
    const good = write(0);
    out.push(good);
    for (const [index, fault] of FAULTS.entries()) {
      // Four faults a visit: each comes up several times in the month.
      if ((index + day) % 5 >= 2) continue;
      const victim = write(1 + index / 2);
      out.push({ ...victim, event: JSON.parse(JSON.stringify(fault.change(victim.event, victim.at))) as Json });
    }
    if (day === 4) out.push({ ...good, at: good.at + 6 * SECOND, event: properties(good.event, { price: 1 }) });
  }
  return out;
};

/** A till on which a cashier types half a number: not a phone number in any country. */
export const mistypedPhones = (calendar: Calendar, seed: number): Emission[] => {
  const random = randomOf(seed, 'mistyped');
  const days = Array.from({ length: calendar.days }, (_, day) => day).filter((day) => day % 6 === 1);
  return days.map((day) => {
    const at = calendar.local(day, 15 * 60 + random.int(0, 300));
    const who = { sender: 'till-S04', traits: { phone: '1380013' } };
    const data = { store_id: 'S04', method: 'phone' };
    return emit('pos', who, { at, type: 'track', name: 'Member Code Scanned', data, random });
  });
};

/** A client that got no answer sends the same batch again: the same message ids, a new `sentAt`. */
export const retried = (requests: readonly SeedRequest[], random: Random): SeedRequest[] =>
  requests
    .filter(() => random.chance(0.03))
    .map(({ at, source_id, body }) => {
      const wait = random.chance(0.15) ? random.int(1, 30) * HOUR : random.int(2, 120) * SECOND;
      return { at: at + wait, source_id, body: { batch: body.batch, sentAt: iso(Date.parse(body.sentAt) + wait) } };
    });
