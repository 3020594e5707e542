import type { Source } from '../../../../schemas/event.ts';
import type { Finding } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { jsonResponse } from '../../http.ts';
import { firstWord, word } from '../hook-events.ts';
import { hookKeys, hookRoute, isKept, params, passes, peek } from '../hooks.ts';
import { inflated } from '../inflate.ts';
import type { Call, Payload, ReceiveDeps, Receiver, Reply } from '../protocol.ts';
import { foreignApp, hexOf, notSigned, sameText, secretsNamed, wrongSignature } from '../signature.ts';

/** Youzan looks for the word in the body, whatever the status: no other answer may hold it. */
const SUCCESS = jsonResponse(200, { code: 0, msg: 'success' });

/**
 * Youzan's pushes. Its source has the secret `client_secret`, and as app id the app's `client_id` or the shop's `kdt_id`. Five seconds; what
 * is not answered with the word `success` comes again for hours, and once four of five fail, everything waits.
 */
export const receiver: Receiver = {
  name: 'youzan',
  routes: [hookRoute('youzan')],
  signed: true,
  duplicateKey: 'msg_id',
  sentTime: 'none',
  keys: hookKeys,
  open,
  taken: () => SUCCESS,
  failed: (finding) =>
    isKept(finding) ? SUCCESS : jsonResponse(passes(finding) ? 503 : 401, { code: 1, msg: finding.reason }),
};

async function open(
  call: Call,
  deps: ReceiveDeps & { readonly source: Source | undefined },
): Promise<Payload | Reply | Finding> {
  const { headers } = call.request;
  const body = await inflated(call.request);
  if (isFinding(body)) return body;
  const message = peek(body);
  if (message.test === true || message.test === 'true') return { reply: SUCCESS };
  const signature = headers['event-sign']?.toLowerCase();
  const client = firstWord(headers['client-id'], message.client_id);
  if (!signature || client === undefined) return notSigned('Event-Sign and Client-Id');
  const secrets = await secretsNamed('client_secret', deps);
  if (isFinding(secrets)) return secrets;
  const fits = secrets.map((secret) => sameText(hexOf('md5', client, body, secret), signature));
  if (!fits.includes(true)) return wrongSignature('Event-Sign');
  const own = deps.source?.app_id;
  const apps = [client, word(message.kdt_id), word(message.root_kdt_id)];
  if (own !== undefined && !apps.includes(own)) return foreignApp('The client_id or kdt_id');
  return { route: 'message', body, params: params({ type: headers['event-type'] }) };
}
