import type { Source } from '../../../../schemas/event.ts';
import type { Finding } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { jsonResponse } from '../../http.ts';
import { isObject } from '../../json.ts';
import { firstWord, word } from '../hook-events.ts';
import { hookKeys, hookRoute, isKept, params, passes, peek } from '../hooks.ts';
import { inflated } from '../inflate.ts';
import { text } from '../parts.ts';
import type { Call, Payload, ReceiveDeps, Receiver, Reply } from '../protocol.ts';
import { foreignApp, hexOf, notSigned, sameText, secretsNamed, wrongSignature } from '../signature.ts';
import { openSealed } from './sealed.ts';

const SIGNATURE = 'x-douyin-signature';
/** The text that the platform for third parties waits for; what webhooks are answered is not read. */
const SUCCESS = text(200, 'success');

/**
 * Douyin's webhooks, with the secret `client_secret` and the `client_key` (or the mini program's id) as app id; and the sealed messages of its
 * platform for third parties, with `token` and `encoding_aes_key`. Five seconds, three more attempts, in no order.
 */
export const receiver: Receiver = {
  name: 'douyin',
  routes: [hookRoute('douyin')],
  signed: true,
  duplicateKey: 'Msg-Id',
  sentTime: 'none',
  keys: hookKeys,
  open,
  taken: () => SUCCESS,
  failed: (finding) =>
    isKept(finding) ? SUCCESS : jsonResponse(passes(finding) ? 503 : 401, { message: finding.reason }),
};

type Deps = ReceiveDeps & { readonly source: Source | undefined };

async function open(call: Call, deps: Deps): Promise<Payload | Reply | Finding> {
  const body = await inflated(call.request);
  if (isFinding(body)) return body;
  const message = peek(body);
  if (typeof message.Encrypt === 'string') return openSealed(message, { ...deps, success: SUCCESS });
  if (message.event === 'verify_webhook' && isObject(message.content)) {
    const { challenge } = message.content;
    return { reply: jsonResponse(200, { challenge: typeof challenge === 'object' ? null : challenge }) };
  }
  const { headers } = call.request;
  const signature = headers[SIGNATURE]?.toLowerCase();
  if (!signature) return notSigned('X-Douyin-Signature');
  const secrets = await secretsNamed('client_secret', deps);
  if (isFinding(secrets)) return secrets;
  const fits = secrets.map((secret) => sameText(hexOf('sha1', secret, body), signature));
  if (!fits.includes(true)) return wrongSignature('X-Douyin-Signature');
  const own = deps.source?.app_id;
  if (own !== undefined && word(message.client_key) !== own) return foreignApp('The client_key');
  return { route: 'webhook', body, params: params({ id: firstWord(headers['msg-id']) }) };
}
