import { createDecipheriv } from 'node:crypto';
import type { Finding } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import type { HttpResponse } from '../../http.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { parseExact, without, word } from '../hook-events.ts';
import { params } from '../hooks.ts';
import type { Payload, Reply } from '../protocol.ts';
import { checkSignedTime, foreignApp, hexOf, notSigned, sameText, secretsNamed, wrongSignature } from '../signature.ts';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Random bytes in front: 32 by the samples of the platform, 16 as WeChat has them. */
const LEADS = [32, 16] as const;
const LENGTH_BYTES = 4;
const SEALED = ['Encrypt', 'Nonce', 'TimeStamp', 'MsgSignature'] as const;
/** What opens the merchant's account must not be in any archive. */
const CREDENTIALS = ['Ticket', 'AuthorizationCode', 'AuthorizationCodeExpiresIn'];

type Deps = Parameters<typeof secretsNamed>[1] & { readonly now: number; readonly success: HttpResponse };

/**
 * A message of the platform for third parties: `MsgSignature` is SHA-1 over token, TimeStamp, Nonce and Encrypt, sorted and joined. Tickets are
 * answered and not kept: they are credentials, and say nothing of anybody.
 */
export async function openSealed(message: JsonObject, deps: Deps): Promise<Payload | Reply | Finding> {
  const [sealed, nonce, sent, given] = SEALED.map((name) => word(message[name]) ?? '');
  if (!sealed || !nonce || !sent || !given) return notSigned('Nonce, TimeStamp and MsgSignature');
  const tokens = await secretsNamed('token', deps);
  if (isFinding(tokens)) return tokens;
  const fits = tokens.map((token) => sameText(hexOf('sha1', [token, sent, nonce, sealed].sort().join('')), given));
  if (!fits.includes(true)) return wrongSignature('MsgSignature');
  const expired = /^\d{1,12}$/.test(sent) ? checkSignedTime(Number(sent), deps.now) : wrongSignature('TimeStamp');
  if (expired !== undefined) return expired;
  const keys = await secretsNamed('encoding_aes_key', deps);
  if (isFinding(keys)) return keys;
  const opened = keys.map((key) => unseal(sealed, key)).find((found) => found !== undefined);
  if (opened === undefined) {
    return { reason: 'decryption_failed', field: '', detail: 'The message does not open with the encoding_aes_key.' };
  }
  const own = deps.source?.app_id;
  const apps = [word(opened.TpAppId), word(opened.AppId)].filter((app) => app !== undefined);
  if (own !== undefined && apps.length > 0 && !apps.includes(own)) return foreignApp('The AppId');
  if (opened.Event === 'PUSH' || opened.Ticket !== undefined) return { reply: deps.success };
  const body = Buffer.from(JSON.stringify(without(opened, ...CREDENTIALS)));
  return { route: 'platform', body, params: params({ id: word(message.MsgSignature) }) };
}

/** AES-256-CBC, the key's first 16 bytes as IV, over random ‖ length (4 bytes, big endian) ‖ JSON ‖ app id. Undefined whatever was wrong. */
function unseal(sealed: string, encoded: string): JsonObject | undefined {
  const key = Buffer.from(`${encoded}=`, 'base64');
  const bytes = BASE64.test(sealed) ? Buffer.from(sealed, 'base64') : Buffer.alloc(0);
  if (key.byteLength !== 32 || bytes.byteLength < 48 || bytes.byteLength % 16 !== 0) return undefined;
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(bytes), decipher.final()]);
  for (const lead of LEADS) {
    const start = lead + LENGTH_BYTES;
    if (plain.byteLength < start) continue;
    const end = start + plain.readUInt32BE(lead);
    const found = end > plain.byteLength ? undefined : parseExact(plain.toString('utf8', start, end))?.value;
    if (isObject(found)) return found;
  }
  return undefined;
}
