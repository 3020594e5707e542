import { shortHash } from '../functions/shared/hash.ts';
import { encodeOriginal } from '../functions/shared/raw-record.ts';
import { bytesWithoutCredentials } from '../functions/shared/redact.ts';
import type { QuarantinedEvent } from '../schemas/event.ts';

/**
 * The quarantine entry of a raw record whose processing failed for no known reason: its bytes are kept, the stream goes
 * on. The error's message is left out, since it may hold personal data.
 */
export function internalFailure(record: Uint8Array, error: unknown, at: string): QuarantinedEvent {
  const original = encodeOriginal(bytesWithoutCredentials(record));
  const kind = error instanceof Error ? error.name : typeof error;
  return {
    quarantine_id: shortHash(`internal_error|${original}`),
    source_id: 'unknown',
    stage: 'stitch',
    reason: 'internal_error',
    field: '',
    detail: `Processing the record failed with ${kind}; nothing of it was applied.`,
    first_seen: at,
    route: 'raw',
    original,
  };
}
