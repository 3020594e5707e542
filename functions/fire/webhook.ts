import { createHmac } from 'node:crypto';
import type { Message } from '../../schemas/decision.ts';

/** Where messages are posted, and the secret that signs them: `whsec_` and 24 to 64 bytes in base64. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

/** A webhook request, signed. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Signs a message as Standard Webhooks 1.0.0 prescribes: HMAC-SHA256 over `id.timestamp.body`. The id is the send id, so
 * that a receiver can tell a repeated delivery.
 * @throws Error when the secret is not a `whsec_` secret.
 */
export function signMessage(message: Message, secret: string, nowMs: number): SignedRequest {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (!secret.startsWith('whsec_') || key.length < 24 || key.length > 64) {
    throw new Error('The webhook secret must be whsec_ followed by 24 to 64 bytes in base64.');
  }
  const timestamp = Math.floor(nowMs / 1000);
  const body = JSON.stringify({ type: 'campaign.message', timestamp: message.created_at, data: message });
  const signature = createHmac('sha256', key).update(`${message.send_id}.${timestamp}.${body}`).digest('base64');
  return {
    headers: {
      'content-type': 'application/json',
      'webhook-id': message.send_id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': `v1,${signature}`,
    },
    body,
  };
}

/** Longest wait for a receiver's answer, milliseconds. */
const TIMEOUT_MS = 10_000;

/**
 * Posts a message once.
 * @throws Error naming the status when the receiver did not answer 2xx, or the network's error.
 */
export async function postMessage(message: Message, target: WebhookTarget, nowMs: number): Promise<void> {
  const { headers, body } = signMessage(message, target.secret, nowMs);
  const response = await fetch(target.url, {
    method: 'POST',
    headers,
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`The webhook answered ${response.status}.`);
}
