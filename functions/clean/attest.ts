import type { Identifier } from '../../schemas/identifier.ts';
import type { ReasonCode } from '../../schemas/reasons.ts';
import { isFinding } from '../shared/finding.ts';
import { identifierKey, normaliseIdentifier } from '../shared/identifiers.ts';
import type { Draft, RecordContext, Step } from './draft.ts';
import { isUserHash, readIdentityToken, TOKEN_FIELD, type VouchedFor } from './identity-token.ts';

const HASH_FIELD = '/context/userHash';

/**
 * Verifies the event's credential and notes which of its identifiers it vouches for. One that proves nothing is remarked on, and
 * the event goes on unattested: evidence of a page that anyone can write to.
 */
export const attest: Step = (draft, record) => {
  const { credential } = draft;
  const { source } = record.head;
  // What a secret key sends is verified by that key already.
  if (credential === undefined || source.class !== 'public') return undefined;
  const { token = null, userHash = null } = credential;
  const keys = record.deps.identityKeys?.(source.source_id) ?? [];
  const attested = new Set<string>();
  if (keys.length === 0) {
    remark(draft, 'identity_token_unverifiable', token === null ? HASH_FIELD : TOKEN_FIELD);
    return undefined;
  }
  if (token !== null) {
    const vouched = readIdentityToken(token, keys, { nowMs: record.receivedMs, source_id: source.source_id });
    if (isFinding(vouched)) remark(draft, vouched.reason, vouched.field);
    else attestVouched(draft, record, { vouched, attested });
  }
  if (userHash !== null) {
    const own = userIds(draft);
    const proven = own.find(({ value }) => isUserHash(userHash, value, keys));
    if (proven !== undefined) attested.add(identifierKey(proven));
    else if (own.length > 0) remark(draft, 'identity_token_invalid', HASH_FIELD);
  }
  draft.attested = [...attested];
  return undefined;
};

const userIds = ({ identifiers }: Draft): Identifier[] => identifiers.filter(({ type }) => type === 'user_id');

const remark = (draft: Draft, reason: ReasonCode, field: string): void => {
  draft.flags.push(`${reason}:${field}`);
};

/**
 * A user id is compared as it is stored, not as the token spells it: else whoever may register `victim` with a space or an
 * invisible mark behind it would be vouched for as the victim. Phone and address go through the one normaliser.
 */
function attestVouched(
  draft: Draft,
  { deps, head }: RecordContext,
  { vouched, attested }: { vouched: VouchedFor; attested: Set<string> },
): void {
  const own = userIds(draft);
  const user = own.find(({ value }) => value === vouched.user_id);
  if (user !== undefined) attested.add(identifierKey(user));
  else if (own.length > 0) {
    remark(draft, 'identity_token_invalid', `${TOKEN_FIELD}/sub`);
    return;
  }
  const context = { rules: deps.rules, defaultRegion: head.source.default_region, token: deps.tokenise };
  const sent = new Set(draft.identifiers.map(identifierKey));
  for (const type of ['phone', 'email'] as const) {
    if (vouched[type] === undefined) continue;
    const normalised = normaliseIdentifier({ type, value: vouched[type] }, context);
    if (isFinding(normalised)) continue;
    const key = identifierKey(normalised.identifier);
    if (sent.has(key)) attested.add(key);
  }
}
