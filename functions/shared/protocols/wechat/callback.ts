import type { Source } from '../../../../schemas/event.ts';
import type { Finding } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { type HttpResponse, jsonResponse } from '../../http.ts';
import type { JsonObject } from '../../json.ts';
import { inflated } from '../inflate.ts';
import { text } from '../parts.ts';
import type { Call, Payload, ReceiveDeps, Reply } from '../protocol.ts';
import { checkSignedTime, foreignApp, notSigned, secretsNamed, wrongSignature } from '../signature.ts';
import { isSigned, type Unsealed, unseal } from './crypto.ts';
import { parseMessage } from './markup.ts';
import { sift } from './sift.ts';

/** In what WeChat and WeCom differ. */
export interface Platform {
  /** WeCom seals everything, the text of its URL check too. */
  readonly isAlwaysSealed: boolean;
  /** Concerns no customer. */
  isNotice(message: JsonObject): boolean;
}

type Deps = ReceiveDeps & { readonly source: Source | undefined };

/** Secrets of a source: tokens that sign, keys that seal (none in plain mode), and the id that sealed texts end in. */
interface Known {
  readonly source: Source;
  readonly tokens: readonly string[];
  readonly keys: readonly string[];
  readonly receiver: string;
}

const SECONDS = /^\d{1,11}$/;
/** The text of a URL check is a number; anything like a message is not read out to whoever has a copy of a request. */
const ECHO = /^[A-Za-z0-9+/=_.-]{1,128}$/;

/** Opens a callback: a URL check is answered, a message is verified, unsealed and reduced to what may be stored. */
export async function openCallback(call: Call, deps: Deps, platform: Platform): Promise<Payload | Reply | Finding> {
  const known = await knownOf(deps, platform);
  if (isFinding(known)) return known;
  return call.request.method === 'POST'
    ? await openMessage(call, known, { platform, now: deps.now })
    : checkUrl(call, known, { platform, now: deps.now });
}

async function knownOf(deps: Deps, { isAlwaysSealed }: Platform): Promise<Known | Finding> {
  const { source } = deps;
  const tokens = await secretsNamed('token', deps);
  if (isFinding(tokens)) return tokens;
  const keys = await secretsNamed('encoding_aes_key', deps);
  if (isFinding(keys) && isAlwaysSealed) return keys;
  if (source?.app_id === undefined) {
    const detail = 'The source has no app_id; give it the id of the app, corp or suite.';
    return { reason: 'signature_unverifiable', field: '', detail };
  }
  return { source, tokens, keys: isFinding(keys) ? [] : keys, receiver: source.app_id };
}

interface Around {
  readonly platform: Platform;
  readonly now: number;
}

function checkUrl({ request }: Call, known: Known, { platform, now }: Around): Reply | Finding {
  const { echostr = '' } = request.query;
  // A plus sign that the platform did not escape is a space by now; base64 has none.
  const sealed = echostr.replaceAll(' ', '+');
  const wrong = platform.isAlwaysSealed
    ? verify('msg_signature', [sealed], { query: request.query, known, now })
    : verify('signature', [], { query: request.query, known, now });
  if (wrong !== undefined) return wrong;
  if (!platform.isAlwaysSealed) return echo(echostr);
  const opened = unsealed(sealed, known);
  return isFinding(opened) ? opened : echo(opened.message.toString('utf8'));
}

function echo(body: string): Reply | Finding {
  if (ECHO.test(body)) return { reply: text(200, body, { 'x-content-type-options': 'nosniff' }) };
  return { reason: 'decryption_failed', field: '', detail: 'The text of the URL check is none.' };
}

async function openMessage(call: Call, known: Known, { platform, now }: Around): Promise<Payload | Finding> {
  const { query } = call.request;
  const body = await inflated(call.request);
  if (isFinding(body)) return body;
  const outer = parseMessage(body);
  if (known.keys.length > 0) {
    const sealed = typeof outer?.Encrypt === 'string' ? outer.Encrypt : '';
    const wrong = verify('msg_signature', [sealed], { query, known, now });
    if (wrong !== undefined) return wrong;
    const opened = unsealed(sealed, known);
    return isFinding(opened)
      ? opened
      : payloadOf(opened.message, parseMessage(opened.message), { call, known, platform });
  }
  const wrong = verify('signature', [], { query, known, now });
  if (wrong !== undefined) return wrong;
  if (outer?.Encrypt !== undefined && outer.MsgType === undefined) {
    const detail = 'The message is sealed, and the source has no secret "encoding_aes_key"; give it the platform\'s.';
    return { reason: 'signature_unverifiable', field: '', detail };
  }
  return payloadOf(body, outer, { call, known, platform });
}

/** What cannot be read is handed on as it is, for the quarantine. */
function payloadOf(
  bytes: Buffer,
  message: JsonObject | undefined,
  { call, known, platform }: { readonly call: Call; readonly known: Known; readonly platform: Platform },
): Payload {
  const { app } = call.path;
  const params: Record<string, string> = app === undefined ? {} : { app };
  if (message === undefined) return { route: 'message', body: bytes, params };
  const kept = sift(message, {
    isNotice: platform.isNotice(message),
    keepsContent: known.source.settings?.keep_content === 'yes',
  });
  return { route: 'message', body: Buffer.from(JSON.stringify(kept)), params };
}

/** Nothing, or why the request is not the platform's of now. */
function verify(
  name: 'signature' | 'msg_signature',
  sealed: readonly string[],
  { query, known, now }: { readonly query: Call['request']['query']; readonly known: Known; readonly now: number },
): Finding | undefined {
  const { timestamp = '', nonce = '' } = query;
  const signature = query[name];
  if (signature === undefined || signature === '' || !SECONDS.test(timestamp)) {
    return notSigned(`${name} and timestamp of the query`);
  }
  if (!isSigned(signature, known.tokens, [timestamp, nonce, ...sealed])) return wrongSignature(name);
  return checkSignedTime(Number(timestamp), now);
}

/** Opens with whichever of the keys fits; the two failures are told apart in the metrics, and nowhere else. */
function unsealed(sealed: string, { keys, receiver }: Known): Unsealed | Finding {
  const opened = keys.flatMap((key) => unseal(sealed, key) ?? []);
  const own = opened.find((each) => each.receiver === receiver);
  if (own !== undefined) return own;
  if (opened.length > 0) return foreignApp('The id in the sealed message');
  const detail = "The message cannot be unsealed with the source's encoding_aes_key.";
  return { reason: 'decryption_failed', field: '', detail };
}

/** What decoding finds wrong once the message is stored: sent again, it would be no better. */
const FINAL: ReadonlySet<string> = new Set(['invalid_payload', 'forbidden_key', 'too_deep', 'too_many_properties']);
const UNSEALING: ReadonlySet<string> = new Set(['decryption_failed', 'foreign_app']);

/** `success` is what both platforms wait for: after anything else they send twice more. */
export const success = (): HttpResponse => text(200, 'success');

/** The answer to what brought nothing in. That a text cannot be unsealed, or is another app's, gives one and the same answer. */
export function failedCallback({ reason }: Finding): HttpResponse | undefined {
  if (FINAL.has(reason)) return success();
  if (!UNSEALING.has(reason)) return undefined;
  const message = 'The message cannot be unsealed, or is for another app. See what the source refused.';
  return jsonResponse(403, { success: false, accepted: 0, refused: [], reason: 'decryption_failed', message });
}
