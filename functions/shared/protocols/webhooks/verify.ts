import { createHmac, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { sameText } from '../signature.ts';

const SECRET = 'whsec_';
const PUBLIC_KEY = 'whpk_';
/** What stands before the 32 bytes of an Ed25519 key in DER. */
const ED25519_DER = Buffer.from('302a300506032b6570032100', 'hex');
/** Signatures in one header; a sender that changes keys sends two. */
const MAX_SIGNATURES = 10;

/**
 * Whether one of the signatures in `webhook-signature` (`v1,<base64>` by HMAC-SHA256, `v1a,<base64>` by Ed25519, parted by spaces) is of this
 * content by one of the keys: `whsec_` and base64 for a secret, `whpk_` and base64 for a public key. Every pair is tried.
 * @param content id, `.`, timestamp, `.`, body's bytes
 */
export function isSignedWebhook(header: string, content: Buffer, keys: readonly string[]): boolean {
  const given = header.split(' ').slice(0, MAX_SIGNATURES);
  let fits = false;
  for (const key of keys) {
    for (const [version, signature] of given.map(versioned)) {
      if (version === 'v1' && !key.startsWith(PUBLIC_KEY) && sameText(signature, hmac(content, key))) fits = true;
      if (version === 'v1a' && key.startsWith(PUBLIC_KEY) && isSignedBy(key, signature, content)) fits = true;
    }
  }
  return fits;
}

const versioned = (text: string): readonly [version: string, signature: string] => {
  const comma = text.indexOf(',');
  return [text.slice(0, Math.max(comma, 0)), text.slice(comma + 1)];
};

const hmac = (content: Buffer, key: string): string =>
  createHmac('sha256', Buffer.from(key.startsWith(SECRET) ? key.slice(SECRET.length) : key, 'base64'))
    .update(content)
    .digest('base64');

function isSignedBy(key: string, signature: string, content: Buffer): boolean {
  const publicKey = ed25519(key);
  return publicKey !== undefined && verify(null, content, publicKey, Buffer.from(signature, 'base64'));
}

function ed25519(key: string): KeyObject | undefined {
  const bytes = Buffer.from(key.slice(PUBLIC_KEY.length), 'base64');
  if (bytes.byteLength !== 32) return undefined;
  return createPublicKey({ key: Buffer.concat([ED25519_DER, bytes]), format: 'der', type: 'spki' });
}
