import type { Finding } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { jsonResponse } from '../../http.ts';
import { goneFor, hookKeys, hookRoute, isKept, params } from '../hooks.ts';
import { inflated } from '../inflate.ts';
import type { Call, Payload, ReceiveDeps, Receiver } from '../protocol.ts';
import { checkSignedTime, notSigned, secretsNamed, wrongSignature } from '../signature.ts';
import { isSignedWebhook } from './verify.ts';

const HEADERS = 'webhook-id, webhook-timestamp and webhook-signature';

/** Any system that sends by Standard Webhooks 1.0.0. Its source has the secret `secret`: `whsec_…`, or `whpk_…` for an asymmetric one. */
export const receiver: Receiver = {
  name: 'webhooks',
  routes: [hookRoute('webhooks')],
  signed: true,
  duplicateKey: 'webhook-id',
  sentTime: 'webhook-timestamp',
  keys: hookKeys,
  open,
  // A sender that is refused an event sends it for days, and then switches the address off: what was refused is in quarantine.
  taken: ({ accepted, refused }) => jsonResponse(200, { accepted, quarantined: refused.length }),
  failed: (finding, call) =>
    isKept(finding) ? jsonResponse(200, { accepted: 0, quarantined: 1 }) : goneFor(finding, call),
};

async function open(
  call: Call,
  deps: ReceiveDeps & { readonly source: Parameters<typeof secretsNamed>[1]['source'] },
): Promise<Payload | Finding> {
  const { headers } = call.request;
  const { 'webhook-id': id, 'webhook-timestamp': sent, 'webhook-signature': signature } = headers;
  if (!id || !sent || !signature || !/^\d{1,12}$/.test(sent)) return notSigned(HEADERS);
  const keys = await secretsNamed('secret', deps);
  if (isFinding(keys)) return keys;
  const body = await inflated(call.request);
  if (isFinding(body)) return body;
  const content = Buffer.concat([Buffer.from(`${id}.${sent}.`), body]);
  if (!isSignedWebhook(signature, content, keys)) return wrongSignature('webhook-signature');
  return checkSignedTime(Number(sent), deps.now) ?? { route: 'message', body, params: params({ id, sent }) };
}
