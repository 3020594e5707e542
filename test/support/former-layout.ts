import type { DocStore } from '../../functions/shared/doc-store.ts';
import { stitch } from '../../functions/stitch/stitch.ts';
import { cleanEvent, NO_DEFINITIONS, type StitchWorld, stitchWorld } from './stitch.ts';

/** Each line a batch, each word the identifiers of an event, and its hour. */
const BATCHES = [
  'anonymous_id:alone@01',
  // The second of two that came together founds nobody.
  'user_id:m1+anonymous_id:c1@02',
  // Two who were persons of their own, merged; then a third.
  'user_id:m2@02 anonymous_id:e2@02',
  'user_id:m2+anonymous_id:e2@04',
  'anonymous_id:c2@05',
  'user_id:m2+anonymous_id:c2@06',
  // Two components that become one: a pointer of the smaller is left behind.
  'user_id:m3+anonymous_id:c3@02 device_id:e4+anonymous_id:c4@01',
  'user_id:m3+device_id:e4@03',
  // A tablet that had joined its cookies, until a second member used it.
  'user_id:m5+device_id:d5@01 device_id:d5+anonymous_id:c5@02',
  'user_id:m6+device_id:d5@03',
  // Not only letters.
  'user_id:会员-"42"\\@07',
];

/** Takes that story into a store, always in the same way: `former-layout.json` is what the program before made of it. */
export async function tellStory(store: DocStore): Promise<StitchWorld> {
  const world = stitchWorld({ store, definitions: NO_DEFINITIONS });
  let events = 0;
  for (const batch of BATCHES) {
    const words = batch.split(' ').map((word) => word.split('@'));
    const told = words.map(([keys = '', hour = '']) =>
      cleanEvent(keys.split('+'), { event_id: `event-${++events}`, occurred_at: `2026-03-15T${hour}:00:00.000Z` }),
    );
    await stitch(told, world.deps);
  }
  return world;
}
