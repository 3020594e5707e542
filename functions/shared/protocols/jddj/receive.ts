import type { Source } from '../../../../schemas/event.ts';
import type { Finding, ReasonCode } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { type HttpResponse, jsonResponse } from '../../http.ts';
import { hookKeys, hookRoute, isKept, params, passes } from '../hooks.ts';
import { inflated } from '../inflate.ts';
import type { Call, Payload, ReceiveDeps, Receiver, Reply } from '../protocol.ts';
import { foreignApp, notSigned, secretsNamed, wrongSignature } from '../signature.ts';
import { checkPushTime } from './push-time.ts';
import { isSigned, openParam } from './sign.ts';

const answer = (code: string, msg: string): HttpResponse => jsonResponse(200, { code, msg, data: '' });
const SUCCESS = answer('0', 'success');
/** The one code after which JD sends again. */
const RETRY = '-10000';
const CODES: Partial<Record<ReasonCode, string>> = {
  signature_missing: '10014',
  signature_invalid: '10014',
  signature_expired: '10014',
  unknown_key: '10013',
  missing_key: '10013',
  foreign_app: '10013',
};

/**
 * Pushes of JD Daojia (京东到家, now 秒送). JD appends `/djsw/<message>` to the address that it is given. The source has the secret `app_secret`, and
 * the app key as app id. Three seconds; every answer is 200 and its `code` counts: JD sends again for four hours on `-10000`, and never on another.
 */
export const receiver: Receiver = {
  name: 'jddj',
  routes: [hookRoute('jddj'), hookRoute('jddj', '/{topic}'), hookRoute('jddj', '/djsw/{topic}')],
  signed: true,
  duplicateKey: 'billId, statusId and timestamp',
  sentTime: 'none',
  keys: hookKeys,
  open,
  taken: () => SUCCESS,
  failed: (finding) =>
    isKept(finding) ? SUCCESS : answer(passes(finding) ? RETRY : (CODES[finding.reason] ?? '-1'), finding.reason),
};

async function open(
  { request, path }: Call,
  deps: ReceiveDeps & { readonly source: Source | undefined },
): Promise<Payload | Reply | Finding> {
  const body = await inflated(request);
  if (isFinding(body)) return body;
  const form = { ...request.query, ...Object.fromEntries(new URLSearchParams(body.toString('utf8'))) };
  // A token for calling JD's API: a credential of the company's own systems, of no use here, and not to be kept.
  if (path.topic === 'getToken') return { reply: SUCCESS };
  if (!form.sign || !form.timestamp) return notSigned('sign and timestamp');
  const secrets = await secretsNamed('app_secret', deps);
  if (isFinding(secrets)) return secrets;
  const opened = secrets.map((secret) => ({ secret, json: openParam(form, secret) }));
  const fits = opened.filter(({ secret, json }) => isSigned(form, { secret, json }));
  const json = fits.at(0)?.json;
  if (fits.length === 0 || json === undefined) return wrongSignature('sign');
  const expired = checkPushTime(form.timestamp, deps.now);
  if (expired !== undefined) return expired;
  const own = deps.source?.app_id;
  if (own !== undefined && form.app_key !== own) return foreignApp('The app_key');
  return { route: 'message', body: Buffer.from(json), params: params({ topic: path.topic, app: form.app_key }) };
}
