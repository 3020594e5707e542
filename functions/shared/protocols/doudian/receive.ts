import type { Source } from '../../../../schemas/event.ts';
import type { Finding } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { jsonResponse } from '../../http.ts';
import { isObject } from '../../json.ts';
import { parseHook } from '../hook-events.ts';
import { hookKeys, hookRoute, isKept, passes } from '../hooks.ts';
import { inflated } from '../inflate.ts';
import type { Call, Payload, ReceiveDeps, Receiver, Reply } from '../protocol.ts';
import { foreignApp, hexOf, notSigned, sameText, secretsNamed, wrongSignature } from '../signature.ts';

const SUCCESS = jsonResponse(200, { code: 0, msg: 'success' });
/** What Doudian calls a push that could not be read; it comes again. */
const NOT_READ = 40041;

/** Doudian's pushes (抖店), several in one request. Its source has the secret `app_secret`, and the app key as app id. Five seconds. */
export const receiver: Receiver = {
  name: 'doudian',
  routes: [hookRoute('doudian')],
  signed: true,
  duplicateKey: 'msg_id',
  sentTime: 'none',
  keys: hookKeys,
  open,
  taken: () => SUCCESS,
  failed: (finding) =>
    isKept(finding) ? SUCCESS : jsonResponse(passes(finding) ? 503 : 401, { code: NOT_READ, msg: finding.reason }),
};

async function open(
  call: Call,
  deps: ReceiveDeps & { readonly source: Source | undefined },
): Promise<Payload | Reply | Finding> {
  const { headers } = call.request;
  const body = await inflated(call.request);
  if (isFinding(body)) return body;
  if (isCheck(body)) return { reply: SUCCESS };
  const [app, signature] = [headers['app-id'], headers['event-sign']?.toLowerCase()];
  if (!app || !signature) return notSigned('app-id and event-sign');
  const secrets = await secretsNamed('app_secret', deps);
  if (isFinding(secrets)) return secrets;
  const fits = secrets.map((secret) => sameText(hexOf('md5', app, body, secret), signature));
  if (!fits.includes(true)) return wrongSignature('event-sign');
  const own = deps.source?.app_id;
  if (own !== undefined && app !== own) return foreignApp('The app-id');
  return { route: 'message', body, params: {} };
}

/** Asked whether the address works: nothing but messages with the tag 0. */
function isCheck(body: Buffer): boolean {
  const parsed = parseHook(body);
  const value = isFinding(parsed) ? undefined : parsed.value;
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => isObject(item) && (item.tag === 0 || item.tag === '0'))
  );
}
