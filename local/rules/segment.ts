import { compileRules, IdentityRulesError } from '../../functions/shared/identity/resolve.ts';
import { isObject, type JsonObject } from '../../functions/shared/json.ts';
import type { IdentifierRule, IdentityRules } from '../../schemas/identifier.ts';
import { pick, takeBlocked, text } from './segment-blocked.ts';

/** Our rules made of Segment's settings, and what of these has no counterpart. */
export interface SegmentImport {
  readonly rules: IdentityRules;
  /** One sentence each, for a human to read. */
  readonly untranslated: readonly string[];
}

/** Segment's names of what ships with us under another name. */
const NAMES: Readonly<Record<string, string>> = {
  'android.id': 'device_id',
  'android.idfa': 'device_id',
  'ios.id': 'device_id',
  'ios.idfa': 'device_id',
  anonymousid: 'anonymous_id',
  userid: 'user_id',
  external_id: 'user_id',
};

const WINDOWS: Readonly<Record<string, IdentifierRule['limit_window']>> = {
  ever: 'ever',
  daily: 'day',
  weekly: 'week',
  monthly: 'month',
  annually: 'year',
  yearly: 'year',
};

const MAX_LIMIT = 1000;
const TYPE = /^[a-z][a-z0-9_]{0,39}$/;

/**
 * Turns the identity resolution settings of a Segment Unify space into our rules, on the base of given ones. Two shapes are
 * taken, since Segment shows these settings in its console and names no export for them:
 *
 * - `{ identifiers: [{ type | name | id | slug, priority?, limit?: n | { value, frequency }, frequency?,
 *   blockedValues?: [text | { value, type: "exact" | "pattern" }] }], blockedValues? }`: the table of the console, in camel or
 *   snake case; also as a bare list of identifiers, and under `data`, `settings` or `identityResolution`
 * - `{ identifierConfigs: [{ idType, limit?, limitPolicy?, normalization?, matchingAlgo?, enforceUnique? }],
 *   matchingRules: [idType …] }`: what Twilio's Memory API answers for IdentityResolutionSettings; its rules name the priority
 *
 * @throws IdentityRulesError when it is neither
 */
export function importSegment(given: unknown, base: IdentityRules): SegmentImport {
  const settings = unwrapped(given);
  const rows = rowsOf(settings);
  const notes: string[] = [];
  const rules = new Map(base.types.map((rule) => [rule.type, { ...rule }]));
  const blocked = new Set(base.blocked_values);
  const patterns = new Set(base.blocked_patterns ?? []);
  const order: string[] = [];
  for (const row of rows) {
    const name = text(row, 'type', 'name', 'id', 'slug', 'idType', 'id_type');
    const type = name === undefined ? undefined : typeOf(name, notes);
    if (name === undefined || type === undefined) continue;
    const rule = rules.get(type) ?? newType(type, name, notes);
    if (order.includes(type))
      notes.push(`${name}: is ${type} here, which an earlier identifier is too; its limit was left out.`);
    else {
      rules.set(type, { ...rule, ...limitOf(row, name, notes) });
      order.push(type);
    }
    takeBlocked(pick(row, 'blockedValues', 'blocked_values'), { blocked, patterns, notes, name });
    noteUnknown(row, name, notes);
  }
  takeBlocked(pick(settings, 'blockedValues', 'blocked_values'), { blocked, patterns, notes, name: 'all identifiers' });
  const rest = base.types.map(({ type }) => type).filter((type) => !order.includes(type));
  const types = [...order, ...rest].map((type) => rules.get(type)).filter((rule) => rule !== undefined);
  if (rest.length > 0) notes.push(`Not in the settings, kept as they were, after all others: ${rest.join(', ')}.`);
  const result: IdentityRules = {
    ...base,
    version: base.version + 1,
    types,
    blocked_values: [...blocked],
    ...(patterns.size > 0 ? { blocked_patterns: [...patterns] } : {}),
  };
  compileRules(result);
  return { rules: result, untranslated: notes };
}

/** Settings under the names that answers of an API put around them. */
function unwrapped(given: unknown): JsonObject {
  if (Array.isArray(given)) return { identifiers: given };
  if (isObject(given)) {
    for (const name of ['data', 'settings', 'identityResolution', 'identity_resolution']) {
      const inner = given[name];
      if (isObject(inner) || Array.isArray(inner)) return unwrapped(inner);
    }
    return given;
  }
  throw new IdentityRulesError('Identity resolution settings are a JSON object with "identifiers", or a list of them.');
}

/** The identifiers, strongest first. */
function rowsOf(settings: JsonObject): JsonObject[] {
  const list = pick(settings, 'identifiers', 'externalIds', 'external_ids', 'identifierConfigs', 'identifier_configs');
  if (!Array.isArray(list) || !list.every(isObject) || list.length === 0) {
    throw new IdentityRulesError('The settings name no identifiers; expected "identifiers" or "identifierConfigs".');
  }
  const rules = pick(settings, 'matchingRules', 'matching_rules');
  const priorityOf = (row: JsonObject, at: number): number => {
    const listed = Array.isArray(rules) ? rules.indexOf(text(row, 'idType', 'id_type')) : -1;
    if (listed >= 0) return listed;
    return typeof row.priority === 'number' ? row.priority : MAX_LIMIT + at;
  };
  return list
    .map((row, at) => ({ row, priority: priorityOf(row, at) }))
    .sort((x, y) => x.priority - y.priority)
    .map(({ row }) => row);
}

function typeOf(name: string, notes: string[]): string | undefined {
  const lower = name.trim().toLowerCase();
  const known = NAMES[lower] ?? lower.replace(/[.\s-]/g, '_');
  if (TYPE.test(known)) return known;
  notes.push(`${name.slice(0, 60)}: is no name for a type here (a-z, 0-9 and _); it was left out.`);
  return undefined;
}

function newType(type: string, name: string, notes: string[]): IdentifierRule {
  notes.push(`${name}: became the type ${type}, weak and without scope; say in the rules whether it is strong.`);
  return { type, scoped: false, strong: false, limit: 5, weak_may_join: true, normalise: 'trim', personal: false };
}

function limitOf(row: JsonObject, name: string, notes: string[]): Partial<IdentifierRule> {
  const given = pick(row, 'limit', 'valueLimit', 'value_limit');
  const value = isObject(given) ? given.value : given;
  const frequency =
    (isObject(given) ? text(given, 'frequency', 'period', 'window') : undefined) ?? text(row, 'frequency');
  const window = frequency === undefined ? undefined : WINDOWS[frequency.toLowerCase()];
  if (frequency !== undefined && window === undefined) {
    notes.push(`${name}: the frequency "${frequency.slice(0, 40)}" has no counterpart; the limit counts for ever.`);
  } else if (window !== undefined && window !== 'ever') {
    notes.push(`${name}: limits count by calendar ${window} (UTC) here, not by a window that slides.`);
  }
  if (value === undefined) return window === undefined ? {} : { limit_window: window };
  const limit = Number(value);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    notes.push(`${name}: its limit is no whole number from 1 to ${MAX_LIMIT}; the one that was there was kept.`);
    return {};
  }
  return { limit, limit_window: window ?? 'ever' };
}

const HAS_NO_COUNTERPART: Readonly<Record<string, string>> = {
  limitPolicy: 'values beyond the limit are refused here, not removed',
  limit_policy: 'values beyond the limit are refused here, not removed',
  matchingThreshold: 'likeness is a matter of npm run match here',
  normalization: 'normalisation belongs to the type here; look at its "normalise"',
};

function noteUnknown(row: JsonObject, name: string, notes: string[]): void {
  for (const [field, why] of Object.entries(HAS_NO_COUNTERPART)) {
    if (row[field] !== undefined) notes.push(`${name}: ${field} was left out; ${why}.`);
  }
  if (row.matchingAlgo === 'fuzzy')
    notes.push(`${name}: fuzzy matching was left out; likeness is a matter of npm run match.`);
  if (row.enforceUnique === false)
    notes.push(`${name}: enforceUnique false was left out; one identifier is enough here.`);
  if (row.enabled === false)
    notes.push(`${name}: is switched off there and was taken in all the same; remove it from the rules.`);
}
