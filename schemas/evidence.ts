import Type, { type Static } from 'typebox';

/** Where a piece of evidence comes from. `unbind` and `split` are negative: they keep two identifiers apart. */
export const EvidenceKind = Type.Union([
  Type.Literal('same_event'),
  Type.Literal('login'),
  Type.Literal('bind'),
  Type.Literal('import'),
  Type.Literal('probabilistic'),
  Type.Literal('manual'),
  Type.Literal('unbind'),
  Type.Literal('split'),
]);
export type EvidenceKind = Static<typeof EvidenceKind>;

/** One edge: identifier `a` was seen with identifier `b`. `a` < `b` as strings. Edges are superseded, never rewritten. */
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
  },
  { additionalProperties: false },
);
export type Evidence = Static<typeof Evidence>;
