import { S3Client } from '@aws-sdk/client-s3';
import { type ANSWERING, WRITING } from './aws-client.ts';
import { Breaker } from './breaker.ts';
import { emitCounts } from './metrics.ts';
import type { OutputOptions } from './output.ts';
import { S3Spill } from './s3-spill.ts';
import type { Clock } from './seams.ts';
import type { Parcel } from './spill.ts';

/** Says in the log and in the metrics that something was spilled; nothing of what is in it. */
const tell =
  (stage: string) =>
  ({ kind, target, why, lines }: Parcel): void => {
    console.error({ fault: 'spilled', kind, target, why, lines: lines.length });
    emitCounts(stage, { spilled: lines.length });
  };

/** Where a stage's function puts what may be late and is not taken now. */
export const spilling = (
  stage: string,
  where: { bucket: string; clock: Clock },
  settings: typeof WRITING | typeof ANSWERING = WRITING,
): Required<OutputOptions>['spill'] => ({
  to: new S3Spill(new S3Client(settings), { ...where, by: stage, onSpill: tell(stage) }),
  breaker: new Breaker(where.clock),
});
