import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { TObject } from 'typebox';
import { LARGE_PREFIX } from '../../functions/shared/large-records.ts';
import { SPILL_PREFIX } from '../../functions/shared/spill.ts';
import type { SpillHead } from '../../schemas/spill.ts';
import { acknowledge, objectsFinding } from './acknowledge.ts';
import type { StageFunction } from './stage-function.ts';

/** Lets a stage put what it could not deliver into the failures bucket: only of these kinds, and never read it again. */
export function letSpill(
  stage: StageFunction<TObject>,
  failures: IBucket,
  ...kinds: readonly SpillHead['kind'][]
): void {
  const prefixes = kinds.map((kind) => `${SPILL_PREFIX}${kind}/`);
  stage.allow(
    prefixes.map((prefix) => failures.arnForObjects(`${prefix}*`)),
    's3:PutObject',
  );
  acknowledge(
    stage.role,
    'Spilled objects are named after their content; each wildcard ends inside one prefix.',
    ...prefixes.map((prefix) => objectsFinding(failures, prefix)),
  );
}

/** Lets a stage put raw records that are too large for a message beside the queue, or read them there; never both. */
export function letHandleLarge(
  stage: StageFunction<TObject>,
  failures: IBucket,
  action: 's3:GetObject' | 's3:PutObject',
): void {
  stage.allow([failures.arnForObjects(`${LARGE_PREFIX}*`)], action);
  acknowledge(
    stage.role,
    'Large records are named after their content; the wildcard ends inside their prefix.',
    objectsFinding(failures, LARGE_PREFIX),
  );
}
