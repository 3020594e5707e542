import { DatabaseSync } from 'node:sqlite';
import { OUTBOUND } from '../../functions/shared/protocols/outbound.ts';
import { RECEIVERS } from '../../functions/shared/protocols/receivers.ts';
import { SourceDesk } from '../../functions/shared/sources/desk.ts';
import { describeProtocols, protocolFacts } from '../../functions/shared/sources/protocols.ts';
import type { SourceStore } from '../../functions/shared/sources/store.ts';
import { SqliteSourceStore } from '../../local/source-store.ts';

/** A desk over a store in memory unless one is given; secrets are sealed so that a test can read them. Keys differ by a count. */
export function testDesk({ store, now = () => 0 }: { store?: SourceStore; now?: () => number } = {}): SourceDesk {
  let made = 0;
  return new SourceDesk({
    store: store ?? new SqliteSourceStore(new DatabaseSync(':memory:')),
    protocols: protocolFacts(describeProtocols([...RECEIVERS, ...OUTBOUND])),
    now,
    random: (bytes) => Buffer.alloc(bytes, ++made),
    seal: async (source_id, value) => Buffer.from(`${source_id}|${value}`),
  });
}
