import type { Identifier } from '../../schemas/identifier.ts';
import type { Finding } from '../../schemas/reasons.ts';
import { isControlType, MAX_ACTOR_CHARS, MAX_WHY_CHARS, readDeclared } from '../shared/control-event.ts';
import { isFinding } from '../shared/finding.ts';
import { identifierKey } from '../shared/identifiers.ts';
import { maskWithin } from './classify.ts';
import type { Draft, RecordContext, Step } from './draft.ts';
import { maskContact } from './personal.ts';

/**
 * The identifiers that a declaration names, by key. Nothing else in the event counts: a device that an SDK adds to all it
 * sends is not part of what was declared. One that cannot be read stops the event.
 */
export function declaredIdentifiers(draft: Draft, record: RecordContext): Map<string, Identifier> | Finding {
  const { deps, head, secrets } = record;
  const entries = Array.isArray(draft.item.identifiers) ? draft.item.identifiers : [];
  const context = { rules: deps.rules, defaultRegion: head.source.default_region, token: deps.tokenise };
  const read = readDeclared(entries, context);
  if (isFinding(read)) return read;
  for (const { secret, text } of read) {
    if (secret === undefined) continue;
    secrets.set(secret.token, secret.value);
    draft.personal.set(text, secret.token);
  }
  return new Map(read.map(({ identifier }) => [identifierKey(identifier), identifier]));
}

/** Notes who declared it and why. Both are free text, and kept for years: personal values in them become tokens. */
export const declare: Step = (draft, record) => {
  const { type, item } = draft;
  if (!isControlType(type)) return undefined;
  const actor = typeof item.actor === 'string' && item.actor.trim() !== '' ? item.actor.trim() : undefined;
  const by = actor === undefined ? `source:${record.head.source.source_id}` : maskWithin(actor, draft.personal);
  const why = maskContacts(maskWithin(String(item.reason).trim(), draft.personal), record);
  draft.declared = {
    by: cut(by, MAX_ACTOR_CHARS),
    why: cut(why, MAX_WHY_CHARS),
    ...(type === 'match' && { confidence: Number(item.confidence), model: String(item.model).trim() }),
  };
  return undefined;
};

/** A token is longer than most of what it stands for. */
const cut = (text: string, maxChars: number): string => text.slice(0, maxChars).toWellFormed();

const ADDRESS = /[^\s@"'(),:;<>[\]\\，。；：（）]+@[^\s@"'(),:;<>[\]\\，。；：（）]+/gu;
const NUMBER = /\+?\p{Nd}(?:[\s().-]{0,2}\p{Nd}){6,17}/gu;

/** Tokens for whatever else in the text is a valid address or phone number: an order number is none, and stays. */
const maskContacts = (text: string, record: RecordContext): string =>
  text
    .replace(ADDRESS, (found) => maskContact('email', found.replace(/\.+$/, ''), record) ?? found)
    .replace(NUMBER, (found) => maskContact('phone', found, record) ?? found);
