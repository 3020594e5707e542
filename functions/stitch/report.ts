import type { ReasonCode } from '../../schemas/reasons.ts';
import { emitCounts, emitReasons } from '../shared/metrics.ts';
import type { StitchResult } from './stitch.ts';

/** Reasons that name an identifier which stands for too many: an alarm goes off, and events go on. */
const IDENTITY_BOUNDS: ReadonlySet<ReasonCode> = new Set<ReasonCode>(['component_too_large', 'learned_placeholder']);

/** Writes what became of a batch as metrics: counts, and each reason for quarantine by itself. */
export function report(events: StitchResult['events']): void {
  const count = (outcome: string) => events.filter((event) => event.outcome === outcome).length;
  emitCounts('stitch', {
    events: events.length,
    quarantined: count('quarantined'),
    duplicates: count('duplicate'),
    identity_bounds: events.filter(({ reason }) => reason !== undefined && IDENTITY_BOUNDS.has(reason)).length,
  });
  emitReasons(
    'stitch',
    events.flatMap(({ outcome, reason }) => (outcome === 'quarantined' && reason !== undefined ? [reason] : [])),
  );
}
