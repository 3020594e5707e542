import fc from 'fast-check';
import { expect } from 'vitest';
import { compileRules, type Resolution, type Sighting } from '../../functions/shared/identity/resolve.ts';
import { readKey } from '../../functions/shared/identity/rules.ts';
import type { Evidence, EvidenceKind } from '../../schemas/evidence.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import shipped from '../../schemas/identity-rules.json' with { type: 'json' };

export const SHIPPED_RULES = shipped as IdentityRules;

/** Two types count by calendar window: one strong, one weak. */
const WINDOWS: Readonly<Record<string, 'day' | 'week'>> = { email: 'day', device_id: 'week' };

/** Small limits, so that small random graphs run into every rule. */
export const TIGHT_RULES: IdentityRules = {
  ...SHIPPED_RULES,
  max_degree: 4,
  types: SHIPPED_RULES.types.map((rule) => {
    const window = WINDOWS[rule.type];
    const limit = window === undefined ? Math.min(rule.limit, rule.strong ? 2 : 3) : 1;
    return { ...rule, limit, ...(window === undefined ? {} : { limit_window: window }) };
  }),
  probabilistic: { review: 0.3, analytics: 0.8, sending: 0.95 },
};

/** Half of the identifiers that anybody may have several of count towards nobody's degree. */
export const PLENTIFUL_RULES: IdentityRules = {
  ...TIGHT_RULES,
  max_degree: 3,
  types: TIGHT_RULES.types.map((rule) => (rule.type === 'device_id' ? { ...rule, plentiful: true } : rule)),
};

export const tight = compileRules(TIGHT_RULES);

let made = 0;

/** A verified edge of the public web at noon, unless told otherwise. */
export function edge(a: string, b: string, over: Partial<Evidence> = {}): Evidence {
  made += 1;
  const base = { kind: 'same_event' as const, verified: false, confidence: 1, source_id: 'web' };
  return { a, b, ...base, first_seen: '2026-03-01T12:00:00.000Z', event_id: `e${made}`, ...over };
}

export const verified = (a: string, b: string, over: Partial<Evidence> = {}): Evidence =>
  edge(a, b, { verified: true, source_id: 'crm', ...over });

/** Sightings at the given day of March 2026. */
export const seen = (days: Record<string, number>): Sighting[] =>
  Object.entries(days).map(([key, day]) => ({ key, first_seen: new Date(Date.UTC(2026, 2, day)).toISOString() }));

const KINDS: readonly EvidenceKind[] = ['same_event', 'login', 'bind', 'import', 'probabilistic', 'manual'];

/** Few identifiers of every sort, so that edges collide; one placeholder, one type without a rule, one without scope. */
const KEYS: readonly string[] = [
  ...['user_id:m1', 'user_id:m2', 'user_id:m3', 'phone:p1', 'phone:p2', 'phone:p3', 'phone:p4'],
  ...['email:e1|x', 'email:e2', 'unionid:op:u1', 'unionid:op:u2', 'unionid:oq:u1'],
  ...['openid:wx1:o1', 'openid:wx1:o2', 'openid:wx2:o1', 'openid:wx2:o2'],
  ...['device_id:d1', 'device_id:d2', 'device_id:d3', 'anonymous_id:c1', 'anonymous_id:c2', 'anonymous_id:c3'],
  ...['order_id:s1:r1', 'order_id:s1:r2', 'order_id:s1:r3', 'order_id:s1:r4', 'order_id:s2:r1'],
  ...['anonymous_id:c4', 'anonymous_id:c5', 'anonymous_id:undefined', 'ghost:g1', 'openid:o3'],
];

const time = fc.integer({ min: 1, max: 9 }).map((day) => `2026-03-0${day}T00:00:00.000Z`);

export const anyKey = fc.constantFrom(...KEYS);

const anyEdge: fc.Arbitrary<Evidence> = fc.record({
  a: anyKey,
  b: anyKey,
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...KINDS) },
    { weight: 2, arbitrary: fc.constantFrom<EvidenceKind>('unbind', 'split', 'retract') },
  ),
  verified: fc.boolean(),
  confidence: fc.constantFrom(0.5, 0.9, 1),
  first_seen: time,
  source_id: fc.constantFrom('web', 'crm'),
  event_id: fc.integer({ min: 1, max: 20 }).map((n) => `e${n}`),
});

/** Kinds that say when they were declared last. */
const DECLARED: ReadonlySet<string> = new Set(['bind', 'manual', 'unbind', 'split', 'retract', 'probabilistic']);

const declaredAgain = ([edge, again, release]: [Evidence, string | null, boolean]): Evidence => {
  const last_seen = again === null || again < edge.first_seen ? edge.first_seen : again;
  const declared = DECLARED.has(edge.kind) ? { ...edge, last_seen } : edge;
  const model = edge.kind === 'probabilistic' ? { model: `v${last_seen.charAt(9)}` } : {};
  const released = release && (edge.kind === 'unbind' || edge.kind === 'retract') ? { b: edge.a } : {};
  return { ...declared, ...model, ...released };
};

export const anyEvidence: fc.Arbitrary<Evidence> = fc.tuple(anyEdge, fc.option(time), fc.boolean()).map(declaredAgain);

export const anyGraph = fc.record({
  evidence: fc.array(anyEvidence, { maxLength: 24, size: 'max' }),
  sightings: fc.array(fc.record({ key: anyKey, first_seen: time }), { maxLength: 12, size: 'max' }),
});

export const keysOf = (evidence: readonly Evidence[]): string[] => evidence.flatMap(({ a, b }) => [a, b]);
export const isStrong = (key: string): boolean => {
  const reading = readKey(key, tight);
  return reading.ok && reading.rule.strong;
};

/** One ID by identifier; fails when an identifier is in two persons. */
export function holders({ persons }: Resolution): Map<string, string> {
  const holder = new Map<string, string>();
  for (const { one_id, members } of persons) {
    for (const key of members) {
      expect(holder.has(key), `${key} is in two persons`).toBe(false);
      holder.set(key, one_id);
    }
  }
  return holder;
}

/** Sets of nodes connected by the given edges. */
export function componentsOf(keys: Iterable<string>, edges: readonly Evidence[]): Set<string>[] {
  const component = new Map([...keys].map((key) => [key, new Set([key])]));
  for (const { a, b } of edges) {
    const united = new Set([...(component.get(a) ?? []), ...(component.get(b) ?? [])]);
    for (const key of united) component.set(key, united);
  }
  return [...new Set(component.values())];
}
