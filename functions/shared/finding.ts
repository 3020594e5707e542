import { type Finding, REASONS } from '../../schemas/reasons.ts';

/** Tells a finding from a result. */
export const isFinding = (value: object): value is Finding =>
  'reason' in value && typeof value.reason === 'string' && Object.hasOwn(REASONS, value.reason) && 'detail' in value;
