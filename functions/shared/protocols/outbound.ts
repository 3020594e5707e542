/**
 * Protocols whose payloads nobody sends: they are fetched from the platform, which the source's secrets prove. Each has a decoder, and
 * no receiver: what claims to be one of them over HTTP is refused.
 */
export const OUTBOUND = [
  { name: 'tmc', signed: true, routes: [] },
  { name: 'jos', signed: true, routes: [] },
] as const;
