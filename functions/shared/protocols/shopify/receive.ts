import { createHmac } from 'node:crypto';
import type { Source } from '../../../../schemas/event.ts';
import type { Finding } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { jsonResponse } from '../../http.ts';
import { hookKeys, hookRoute, isKept, params } from '../hooks.ts';
import { inflated } from '../inflate.ts';
import type { Call, Payload, ReceiveDeps, Receiver } from '../protocol.ts';
import { foreignApp, notSigned, sameText, secretsNamed, wrongSignature } from '../signature.ts';

const SIGNATURE = 'x-shopify-hmac-sha256';

/**
 * Shopify's webhooks. Its source has the secret `client_secret` (for an hour after a change, Shopify signs with the old one) and the shop's
 * domain as app id. Any 2xx within five seconds is success; anything else comes again, and a subscription that fails for four hours is
 * deleted, so what can never become better is taken and quarantined.
 */
export const receiver: Receiver = {
  name: 'shopify',
  routes: [hookRoute('shopify')],
  signed: true,
  duplicateKey: 'X-Shopify-Webhook-Id',
  sentTime: 'none',
  keys: hookKeys,
  open,
  taken: ({ accepted, refused }) => jsonResponse(200, { accepted, quarantined: refused.length }),
  failed: (finding) => (isKept(finding) ? jsonResponse(200, { accepted: 0, quarantined: 1 }) : undefined),
};

async function open(
  call: Call,
  deps: ReceiveDeps & { readonly source: Source | undefined },
): Promise<Payload | Finding> {
  const { headers } = call.request;
  const signature = headers[SIGNATURE];
  if (!signature) return notSigned(SIGNATURE);
  const secrets = await secretsNamed('client_secret', deps);
  if (isFinding(secrets)) return secrets;
  const body = await inflated(call.request);
  if (isFinding(body)) return body;
  const fits = secrets.map((secret) => sameText(createHmac('sha256', secret).update(body).digest('base64'), signature));
  if (!fits.includes(true)) return wrongSignature(SIGNATURE);
  const shop = headers['x-shopify-shop-domain'];
  const own = deps.source?.app_id;
  if (own !== undefined && shop !== own) return foreignApp('The shop domain');
  const topic = headers['x-shopify-topic'];
  const id = headers['x-shopify-webhook-id'];
  const triggered = headers['x-shopify-triggered-at'];
  return { route: 'message', body, params: params({ topic, shop, id, triggered }) };
}
