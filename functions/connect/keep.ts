import type { Source } from '../../schemas/event.ts';
import { encodeRaw } from '../shared/raw-record.ts';
import type { RawStream } from '../shared/seams.ts';

/** Items of one record: what the decoder takes at once is more. */
const MAX_ITEMS = 200;
/** A message carries 192 KiB of record, packed or not. A single item may have more, for JSON packs well. */
const MAX_RECORD_BYTES = 180_000;

export interface KeepDeps {
  readonly raw: RawStream;
  newId(): string;
  /** When events arrive, epoch ms. */
  receivedNow(): number;
}

const ROUTES = { tmc: 'messages', jos: 'orders' } as const;

/**
 * Puts what was fetched on the raw stream, as the decoder of the protocol reads it. Resolves once all is durable; what came before a
 * failure may be.
 * @throws what the stream throws
 */
export async function keep(
  protocol: keyof typeof ROUTES,
  items: readonly object[],
  { source, raw, newId, receivedNow }: KeepDeps & { readonly source: Source },
): Promise<void> {
  for (const part of parted(items.map((item) => JSON.stringify(item)))) {
    const request_id = newId();
    const received_at = new Date(receivedNow()).toISOString();
    const head = { v: 1 as const, protocol, route: ROUTES[protocol], source, request_id, received_at };
    await raw.put(encodeRaw(head, Buffer.from(`[${part.join(',')}]`)));
  }
}

function* parted(texts: readonly string[]): Generator<readonly string[]> {
  let part: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    const size = Buffer.byteLength(text) + 1;
    if (part.length > 0 && (part.length >= MAX_ITEMS || bytes + size > MAX_RECORD_BYTES)) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(text);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
