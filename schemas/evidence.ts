import Type, { type Static } from 'typebox';

/**
 * Where a piece of evidence comes from. Observed: `same_event`, `login`, `import`, and `probabilistic` (scored by a model).
 * Declared, by a person or a system that says so on purpose: `bind` and `manual` (a merge) join, `unbind` and `split` keep two
 * identifiers apart, `retract` takes back what was declared about the same two before it. Of two declarations about the same
 * pair, the later counts. An `unbind` of an identifier with itself releases it: what it was first seen with before then no
 * longer counts (a recycled phone number, a tablet that was sold).
 */
export const EvidenceKind = Type.Union([
  Type.Literal('same_event'),
  Type.Literal('login'),
  Type.Literal('bind'),
  Type.Literal('import'),
  Type.Literal('probabilistic'),
  Type.Literal('manual'),
  Type.Literal('unbind'),
  Type.Literal('split'),
  Type.Literal('retract'),
]);
export type EvidenceKind = Static<typeof EvidenceKind>;

/**
 * One edge: identifier `a` was seen with identifier `b`. `a` ≤ `b` as strings; equal only where an identifier is released.
 * Edges are superseded, never rewritten.
 */
export const Evidence = Type.Object(
  {
    /** Canonical identifier key, `type[:scope]:value`. */
    a: Type.String({ minLength: 3 }),
    b: Type.String({ minLength: 3 }),
    kind: EvidenceKind,
    /** Sent with a secret key, signed by the platform, or carrying a signed identity token. */
    verified: Type.Boolean(),
    /** 0..1; 1 for deterministic evidence. */
    confidence: Type.Number({ minimum: 0, maximum: 1 }),
    /** Earliest event time at which this edge was seen, ISO 8601 UTC with milliseconds. */
    first_seen: Type.String({ format: 'date-time' }),
    source_id: Type.String(),
    /** The event that gave `first_seen`. */
    event_id: Type.String(),
    /** Latest time at which it was declared; declared kinds only. */
    last_seen: Type.Optional(Type.String({ format: 'date-time' })),
    /** Version of the model that gave the confidence; probabilistic evidence only. */
    model: Type.Optional(Type.String({ maxLength: 100 })),
  },
  { additionalProperties: false },
);
export type Evidence = Static<typeof Evidence>;
