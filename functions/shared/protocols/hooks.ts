import type { Finding } from '../../../schemas/reasons.ts';
import { isFinding } from '../finding.ts';
import { type HttpResponse, jsonResponse } from '../http.ts';
import { type JsonObject, objectOr } from '../json.ts';
import { parseHook } from './hook-events.ts';
import { usableKeys } from './parts.ts';
import type { Call, Route } from './protocol.ts';

/** Address of a platform's callbacks: the key in it names the source, the signature proves who sends. */
export const hookRoute = (protocol: string, rest = ''): Route => ({
  methods: ['POST'],
  path: `/v1/hooks/${protocol}/{key}${rest}`,
  name: 'message',
});

/** The key in the address. */
export const hookKeys = ({ path }: Call): string[] => usableKeys(path.key);

/** Reasons that pass by themselves: the sender should come again. */
const PASSING: ReadonlySet<Finding['reason']> = new Set([
  'overloaded',
  'unavailable',
  'not_ready',
  'internal_error',
  'signature_unverifiable',
]);

/** Whether the same request can be taken later, without its sender changing anything. */
export const passes = ({ reason }: Finding): boolean => PASSING.has(reason);

/** What a request's heads say that the meaning of its events hangs on, by the names it gets; empty ones are left out. */
export function params(named: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(named)) {
    if (value !== undefined && value !== '') kept[name] = value.slice(0, MAX_PARAM_CHARS);
  }
  return kept;
}

const MAX_PARAM_CHARS = 500;

/** Reasons found in a body that is stored all the same, to be seen in quarantine: sent again, it would be no better. */
const KEPT: ReadonlySet<Finding['reason']> = new Set([
  'invalid_json',
  'invalid_utf8',
  'invalid_payload',
  'not_an_object',
  'too_many_events',
]);

/** Whether the request is stored although nothing can be made of it. Holds for receivers that open without any of these reasons. */
export const isKept = ({ reason }: Finding): boolean => KEPT.has(reason);

/** 410 where the address itself leads to no source (any more), so that its sender stops; undefined for anything else. */
export const goneFor = (finding: Finding, { path }: Call): HttpResponse | undefined =>
  finding.reason === 'unknown_key' && path.key !== undefined
    ? jsonResponse(410, {
        accepted: 0,
        reason: finding.reason,
        message: 'No source has this address. Stop sending here.',
      })
    : undefined;

/** A field of a body that was not parsed for its meaning yet: which app it is of, whether it only checks the address. */
export function peek(body: Buffer): JsonObject {
  const parsed = parseHook(body);
  return isFinding(parsed) ? {} : objectOr(parsed.value);
}
