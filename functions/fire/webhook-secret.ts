import { DecryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { WebhookTarget } from './webhook.ts';

/** The deployment's webhook is missing or its secret cannot be read. */
export class WebhookError extends Error {
  override name = 'WebhookError';
}

/** What the environment says about the webhook; the `whsec_` secret only as KMS wrapped it. */
export interface WebhookSettings {
  readonly WEBHOOK_URL?: string;
  readonly WEBHOOK_WRAPPED_SECRET?: string;
  readonly KEY_ID: string;
}

/** Bound into the ciphertext, so that nothing else that the key wrapped can be used as the secret. */
export const WEBHOOK_CONTEXT = { purpose: 'webhook-secret' };

/** @throws WebhookError when the deployment has no webhook; what KMS throws when the secret cannot be unwrapped. */
export async function webhookOf(settings: WebhookSettings, kms: KMSClient): Promise<WebhookTarget> {
  const { WEBHOOK_URL: url, WEBHOOK_WRAPPED_SECRET: wrapped, KEY_ID: KeyId } = settings;
  if (!url || !wrapped) {
    throw new WebhookError('A campaign sends to the channel webhook, but the deployment has none. Set webhook_url.');
  }
  const reply = await kms.send(
    new DecryptCommand({ CiphertextBlob: Buffer.from(wrapped, 'base64'), KeyId, EncryptionContext: WEBHOOK_CONTEXT }),
  );
  if (!reply.Plaintext) throw new WebhookError('KMS gave no plaintext for the webhook secret.');
  return { url, secret: Buffer.from(reply.Plaintext).toString('utf8').trim() };
}
