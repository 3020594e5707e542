import Type, { type Static } from 'typebox';

/** The steps from the prior to the score of one pair, in bits (log2 odds). It names columns and levels, never values. */
export const WaterfallSteps = Type.Object(
  {
    priorBits: Type.Number(),
    contributions: Type.Array(
      Type.Object(
        {
          comparison: Type.String(),
          level: Type.String(),
          bits: Type.Number(),
          frequencyBits: Type.Number(),
        },
        { additionalProperties: false },
      ),
      { maxItems: 100 },
    ),
    lookalikeBits: Type.Number(),
    bits: Type.Number(),
    probability: Type.Number({ minimum: 0, maximum: 1 }),
  },
  { additionalProperties: false },
);

/**
 * Two persons that a model finds alike, but not surely enough to join them: a human decides. The decision is a declaration like
 * any other (`bind` or `split`), kept as evidence and in the audit; it is not in here.
 */
export const MatchReview = Type.Object(
  {
    review_id: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' }),
    /** `settled`: other evidence made them one person, or keeps them apart, so that nothing is left to decide. */
    status: Type.Union([Type.Literal('open'), Type.Literal('settled')]),
    /** Key of the strongest identifier of each when it was found, `a` < `b`. */
    a: Type.String({ minLength: 3 }),
    b: Type.String({ minLength: 3 }),
    confidence: Type.Number({ minimum: 0, maximum: 1 }),
    model: Type.String({ minLength: 1, maxLength: 100 }),
    /** In words, what speaks for it. */
    reason: Type.String({ minLength: 1, maxLength: 500 }),
    waterfall: WaterfallSteps,
    found_at: Type.String({ format: 'date-time' }),
  },
  { additionalProperties: false },
);
export type MatchReview = Static<typeof MatchReview>;
