import type { IdentityRules } from '../../../schemas/identifier.ts';

/** How sure a model must be for each use, 0..1; `review` ≤ `analytics` ≤ `sending`. */
export type Thresholds = NonNullable<IdentityRules['probabilistic']>;

/** Where the rules say nothing: a wrong message does more harm than a wrong sum, so sending asks for five times the odds. */
export const DEFAULT_THRESHOLDS: Thresholds = { review: 0.7, analytics: 0.95, sending: 0.99 };

/** The thresholds that identity rules set, or the defaults. */
export const thresholdsOf = ({ probabilistic }: IdentityRules): Thresholds => probabilistic ?? DEFAULT_THRESHOLDS;
