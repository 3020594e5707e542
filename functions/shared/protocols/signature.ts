import { createHash, type Hash, timingSafeEqual } from 'node:crypto';
import type { Source } from '../../../schemas/event.ts';
import type { Finding } from '../../../schemas/reasons.ts';
import type { ReceiveDeps } from './protocol.ts';

/** How far a signed time may be from ours: what Standard Webhooks and the platforms allow. */
export const SIGNATURE_TOLERANCE_SECONDS = 300;

/** Compares in a time that tells nothing of where the two differ. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

/** Hex of a hash of the parts, one behind the other. */
export const hexOf = (algorithm: 'md5' | 'sha1' | 'sha256', ...parts: readonly (string | Buffer)[]): string =>
  parts.reduce<Hash>((hash, part) => hash.update(part), createHash(algorithm)).digest('hex');

export const notSigned = (where: string): Finding => ({
  reason: 'signature_missing',
  field: '',
  detail: `The request has no signature in ${where}.`,
});

export const wrongSignature = (where: string): Finding => ({
  reason: 'signature_invalid',
  field: '',
  detail: `The signature in ${where} does not fit the request and the source's secret.`,
});

export const foreignApp = (what: string): Finding => ({
  reason: 'foreign_app',
  field: '',
  detail: `${what} of the request is not that of this source.`,
});

/** The body is not what the protocol says; the detail may name fields, and never quotes values. */
export const invalidPayload = (detail: string, field = ''): Finding => ({ reason: 'invalid_payload', field, detail });

/**
 * The secrets of a source under one name, each of which may verify: two while one replaces the other.
 * @returns a finding where there is no source or no such secret: what cannot be verified is not taken
 */
export async function secretsNamed(
  name: string,
  { source, secrets }: Pick<ReceiveDeps, 'secrets'> & { readonly source: Source | undefined },
): Promise<readonly string[] | Finding> {
  const known = source === undefined ? [] : ((await secrets(source.source_id))[name] ?? []);
  if (known.length > 0) return known;
  const detail = `The source has no secret "${name}"; give it the platform's.`;
  return { reason: 'signature_unverifiable', field: '', detail };
}

/** Nothing, or why a signed time does not count any more. @param seconds since the epoch, as the request says */
export function checkSignedTime(seconds: number, now: number): Finding | undefined {
  const off = Math.abs(now / 1000 - seconds);
  if (off <= SIGNATURE_TOLERANCE_SECONDS) return undefined;
  const detail = `The request was signed for a time more than ${SIGNATURE_TOLERANCE_SECONDS} seconds from now.`;
  return { reason: 'signature_expired', field: '', detail };
}
