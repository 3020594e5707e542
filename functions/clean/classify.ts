import { isIPv4 } from 'node:net';
import { isObject, type JsonObject } from '../shared/json.ts';
import { OPERATIONS } from '../shared/profile/operations.ts';
import type { Draft, RecordContext, Step } from './draft.ts';
import { type ContactKind, contactKind, maskContact, maskUnreadable } from './personal.ts';

/** Shorter values are not looked for inside other text: they would be found in places that have nothing to do with them. */
const MIN_EMBEDDED_CHARS = 6;
/** A phone has at least as many digits as this; fewer may be a date. */
const MIN_PHONE_DIGITS = 10;

/**
 * Puts tokens in place of personal values, wherever in properties, traits and context they are: identifiers that became
 * tokens, values under names such as `mobile`, and what the tracking plan marks. From here on no raw value goes further.
 */
export const classify: Step = (draft, record) => {
  const marked = record.deps.plan.find(draft.type, draft.name)?.personal;
  const masking = { record, personal: draft.personal, embedded: embeddedForms(draft.personal) };
  draft.properties = maskTop(draft.properties, masking, draft.type === 'identify' ? undefined : marked);
  draft.traits = maskTraits(draft.traits, masking, draft.type === 'identify' ? marked : undefined);
  draft.context = maskTop(withCoarseIp(draft.context), masking, undefined);
  return undefined;
};

interface Masking {
  readonly record: RecordContext;
  readonly personal: Draft['personal'];
  /** Forms of the personal values that may stand inside other text, such as a URL. */
  readonly embedded: readonly (readonly [text: string, token: string])[];
}

/** How a value's name makes it personal: by itself, or only if the value is well-formed (below, or marked in the plan). */
type Hint = { readonly kind: ContactKind; readonly sure: boolean } | 'marked' | undefined;

const SURE = { phone: { kind: 'phone', sure: true }, email: { kind: 'email', sure: true } } as const;
const UNSURE = { phone: { kind: 'phone', sure: false }, email: { kind: 'email', sure: false } } as const;

function embeddedForms(personal: Draft['personal']): [string, string][] {
  const forms: [string, string][] = [];
  for (const [text, token] of personal) {
    if (text.length < MIN_EMBEDDED_CHARS || !text.isWellFormed()) continue;
    forms.push([text, token]);
    const encoded = encodeURIComponent(text);
    if (encoded !== text) forms.push([encoded, token]);
  }
  return forms;
}

function maskTop(top: JsonObject, masking: Masking, marked: ReadonlySet<string> | undefined): JsonObject {
  return maskObject(top, masking, (name) => hintOf(name) ?? (marked?.has(name) === true ? 'marked' : undefined));
}

/** A trait is personal whether it is set or something is done to it. */
function maskTraits(traits: JsonObject, masking: Masking, marked: ReadonlySet<string> | undefined): JsonObject {
  const masked = maskTop(traits, masking, marked);
  const operations = masked[OPERATIONS];
  if (!isObject(operations)) return masked;
  const parts = Object.entries(operations).map(([name, part]) => [
    name,
    isObject(part) ? maskTop(part, masking, marked) : part,
  ]);
  return { ...masked, [OPERATIONS]: Object.fromEntries(parts) };
}

const hintOf = (name: string): Hint => {
  const kind = contactKind(name);
  return kind === undefined ? undefined : SURE[kind];
};

/** The same object when nothing in it is personal, else a copy. */
function maskObject(object: JsonObject, masking: Masking, hintFor: (name: string) => Hint): JsonObject {
  let copy: JsonObject | undefined;
  for (const name in object) {
    const value = object[name];
    const masked = mask(value, masking, hintFor(name));
    if (masked === value) continue;
    copy ??= { ...object };
    copy[name] = masked;
  }
  return copy ?? object;
}

function mask(value: unknown, masking: Masking, hint: Hint): unknown {
  if (typeof value === 'string') return maskText(value, masking, hint);
  if (typeof value === 'number') {
    if (hint === undefined && masking.personal.size === 0) return value;
    return masking.personal.get(String(value)) ?? maskHinted(value, masking.record, hint) ?? value;
  }
  if (Array.isArray(value)) return maskArray(value, masking, hint);
  if (!isObject(value)) return value;
  if (hint === undefined || hint === 'marked') return maskObject(value, masking, hintOf);
  const below = UNSURE[hint.kind];
  return maskObject(value, masking, (name) => hintOf(name) ?? below);
}

function maskArray(array: readonly unknown[], masking: Masking, hint: Hint): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < array.length; i++) {
    const masked = mask(array[i], masking, hint);
    if (masked === array[i]) continue;
    copy ??= [...array];
    copy[i] = masked;
  }
  return copy ?? array;
}

function maskText(text: string, masking: Masking, hint: Hint): string {
  const whole = masking.personal.get(text) ?? maskHinted(text, masking.record, hint);
  return whole ?? replaceForms(text, masking.embedded);
}

function replaceForms(text: string, forms: Masking['embedded']): string {
  let masked = text;
  for (const [form, token] of forms) if (masked.includes(form)) masked = masked.replaceAll(form, token);
  return masked;
}

/** The text with tokens in place of the personal values that the event's identifiers held. */
export const maskWithin = (text: string, personal: Draft['personal']): string =>
  personal.get(text) ?? replaceForms(text, embeddedForms(personal));

function maskHinted(value: string | number, record: RecordContext, hint: Hint): string | undefined {
  if (hint === undefined) return undefined;
  if (hint === 'marked') return maskMarked(value, record);
  return maskContact(hint.kind, value, record) ?? (hint.sure ? maskUnreadable(hint.kind, value, record) : undefined);
}

/** The plan says that the value is personal, but not what it is. */
function maskMarked(value: string | number, record: RecordContext): string | undefined {
  const text = String(value);
  if (text.includes('@')) return maskContact('email', value, record);
  const digits = text.match(/\d/g)?.length ?? 0;
  return digits < MIN_PHONE_DIGITS ? undefined : maskContact('phone', value, record);
}

/** The last octet of an IPv4 address goes; any other address goes altogether. City and operator can still be told. */
function withCoarseIp(context: JsonObject): JsonObject {
  if (context.ip === undefined) return context;
  const { ip, ...rest } = context;
  if (typeof ip !== 'string' || !isIPv4(ip)) return rest;
  return { ...rest, ip: `${ip.slice(0, ip.lastIndexOf('.'))}.0` };
}
