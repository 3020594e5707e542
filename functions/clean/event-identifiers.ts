import type { Identifier, IdentityRules } from '../../schemas/identifier.ts';
import { isControlType } from '../shared/control-event.ts';
import { isFinding } from '../shared/finding.ts';
import { identifierKey, identifierRule, normaliseIdentifier, type RawIdentifier } from '../shared/identifiers.ts';
import { isObject, type JsonObject, objectOr, pointer } from '../shared/json.ts';
import { declaredIdentifiers } from './declare.ts';
import type { Draft, RecordContext, Step } from './draft.ts';
import { traitsOf } from './fields.ts';
import { maskUnreadable } from './personal.ts';

/** Identifiers of one event. */
export const MAX_IDENTIFIERS = 20;
/** Remarks on bad identifiers that one event keeps; more say nothing new. */
const MAX_REMARKS = 20;

/** Finds and normalises the event's identifiers, strongest first. A bad one is remarked on; the event goes on without it. */
export const identify: Step = (draft, record) => {
  if (isControlType(draft.type)) {
    const declared = declaredIdentifiers(draft, record);
    if (isFinding(declared)) return declared;
    own(draft, declared, record);
    return undefined;
  }
  const { deps, head, secrets } = record;
  const context = { rules: deps.rules, defaultRegion: head.source.default_region, token: deps.tokenise };
  const found = new Map<string, Identifier>();
  const remarks = new Set<string>();
  for (const raw of rawIdentifiers(draft, record)) {
    if (raw.value === undefined || raw.value === null || raw.value === '') continue;
    const result = normaliseIdentifier(raw, context);
    if (isFinding(result)) {
      if (remarks.size < MAX_REMARKS) remarks.add(`${result.reason}:${result.field}`);
      const token = maskUnreadable(raw.type, raw.value, record);
      if (token !== undefined) draft.personal.set(String(raw.value), token);
      continue;
    }
    found.set(identifierKey(result.identifier), result.identifier);
    if (result.secret === undefined) continue;
    secrets.set(result.secret.token, result.secret.value);
    draft.personal.set(String(raw.value), result.secret.token);
  }
  draft.flags.push(...remarks);
  if (isSelfAlias(draft)) draft.flags.push('self_alias');
  if (found.size === 0) {
    return {
      reason: 'no_identifier',
      field: '/userId',
      detail: 'The event has no usable userId, anonymousId or other identifier.',
    };
  }
  if (found.size > MAX_IDENTIFIERS) {
    const detail = `The event has ${found.size} identifiers; at most ${MAX_IDENTIFIERS} are taken.`;
    return { reason: 'too_many_identifiers', field: '', detail };
  }
  own(draft, found, record);
  return undefined;
};

/** The event belongs to the strongest of its identifiers. */
function own(draft: Draft, found: ReadonlyMap<string, Identifier>, { deps }: RecordContext): void {
  const sorted = strongestFirst(found, deps.rules);
  draft.owner = sorted[0]?.[0] ?? '';
  draft.identifiers = sorted.map(([, identifier]) => identifier);
}

/** By priority of the type, then by key, so that equal events have equal owners. */
function strongestFirst(found: ReadonlyMap<string, Identifier>, rules: IdentityRules): [string, Identifier][] {
  const priority = (type: string): number => identifierRule(type, rules)?.priority ?? rules.types.length;
  return [...found].sort(([keyA, a], [keyB, b]) => priority(a.type) - priority(b.type) || (keyA < keyB ? -1 : 1));
}

const isSelfAlias = ({ type, item }: Draft): boolean =>
  type === 'alias' && item.userId !== undefined && item.userId !== '' && item.userId === item.previousId;

/** Every place of an event that may hold an identifier. */
function rawIdentifiers(draft: Draft, { head }: RecordContext): RawIdentifier[] {
  const { item, type, context } = draft;
  const device = objectOr(context.device);
  const found: RawIdentifier[] = [
    { type: 'user_id', value: item.userId, field: '/userId' },
    { type: 'anonymous_id', value: item.anonymousId, field: '/anonymousId' },
    { type: 'device_id', value: device.id, field: '/context/device/id' },
    { type: 'device_id', value: device.advertisingId, field: '/context/device/advertisingId' },
  ];
  if (type === 'alias' && !isSelfAlias(draft)) {
    found.push({ type: 'anonymous_id', value: item.previousId, field: '/previousId' });
  }
  if (type === 'identify') addContacts(found, objectOr(item.traits), '/traits');
  if (type === 'identify' || type === 'track') addContacts(found, traitsOf(context), '/context/traits');
  // A browser may put anyone's address into a property; a server is trusted to mean the person.
  if (type === 'track' && head.source.class !== 'public') addContacts(found, draft.properties, '/properties');
  const app = objectOr(context.app).namespace ?? undefined;
  const scope = typeof app === 'string' && app !== '' ? app : head.source.app_id;
  const scopes: Scopes = { scope, account: head.source.settings?.open_platform_id, app: head.source.app_id };
  addExternalIds(found, context.externalIds, scopes);
  if (type !== 'group') addPlatformIds(found, objectOr(item.traits), { at: '/traits', ...scopes });
  addPlatformIds(found, traitsOf(context), { at: '/context/traits', ...scopes });
  addPlatformIds(found, objectOr(item.properties), { at: '/properties', ...scopes });
  addPlatformIds(found, context, { at: '/context', ...scopes });
  return found;
}

function addContacts(found: RawIdentifier[], from: JsonObject, at: string): void {
  if (from.phone !== undefined) found.push({ type: 'phone', value: from.phone, field: `${at}/phone` });
  if (from.email !== undefined) found.push({ type: 'email', value: from.email, field: `${at}/email` });
}

/** What identifiers belong to that come without saying so: the app, and of unionids the open-platform account where the source names it. */
interface Scopes {
  readonly scope: string | undefined;
  readonly account: string | undefined;
  /** The source's own app: of all its apps' unionids, where no account is named. */
  readonly app: string | undefined;
}

/** WeChat's ids, as mini programs and servers send them: beside the app id that they belong to. */
function addPlatformIds(
  found: RawIdentifier[],
  from: JsonObject,
  { at, scope, account }: Scopes & { at: string },
): void {
  if (from.openid === undefined && from.unionid === undefined) return;
  const app = from.appid ?? from.app_id ?? from.appId ?? scope;
  if (from.openid !== undefined) found.push({ type: 'openid', scope: app, value: from.openid, field: `${at}/openid` });
  if (from.unionid === undefined) return;
  // A unionid belongs to an open-platform account, which holds many apps.
  found.push({
    type: 'unionid',
    scope: from.open_platform_id ?? from.openPlatformId ?? account ?? app,
    value: from.unionid,
    field: `${at}/unionid`,
  });
}

function addExternalIds(found: RawIdentifier[], externalIds: unknown, { scope, account, app }: Scopes): void {
  if (!Array.isArray(externalIds)) return;
  externalIds.forEach((entry: unknown, index) => {
    if (!isObject(entry) || typeof entry.type !== 'string') return;
    const field = pointer('context', 'externalIds', index);
    const own = entry.type === 'unionid' ? (account ?? app ?? scope) : scope;
    found.push({ type: entry.type, scope: entry.scope ?? own, value: entry.id, field });
  });
}
