import { createDecipheriv } from 'node:crypto';
import { hexOf, sameText } from '../signature.ts';

type Form = Readonly<Record<string, string>>;

/**
 * Whether `sign` is the upper-case hex MD5 of secret ‖ every other field's name and value, sorted by name ‖ secret. What was encrypted may have
 * been signed as it was sent or as it was before.
 */
export function isSigned(form: Form, { secret, json }: { secret: string; json: string | undefined }): boolean {
  const { sign = '', encrypt_jd_param_json, ...rest } = form;
  const given = sign.toUpperCase();
  const asSent = sameText(signOf(form, secret), given);
  if (encrypt_jd_param_json === undefined || json === undefined) return asSent;
  return sameText(signOf({ ...rest, jd_param_json: json }, secret), given) || asSent;
}

/** @param form with or without `sign` */
export function signOf(form: Form, secret: string): string {
  const fields = Object.keys(form)
    .filter((name) => name !== 'sign')
    .sort();
  const content = fields.map((name) => `${name}${form[name]}`).join('');
  return hexOf('md5', `${secret}${content}${secret}`).toUpperCase();
}

const HEX = /^(?:[0-9a-f]{2})+$/i;

/** The message: plain, or AES-128-CBC with the first 16 characters of the secret as key and the next 16 as IV. Undefined where it does not open. */
export function openParam({ jd_param_json, encrypt_jd_param_json }: Form, secret: string): string | undefined {
  if (!encrypt_jd_param_json) return jd_param_json ?? '{}';
  const [key, iv] = [Buffer.from(secret.slice(0, 16)), Buffer.from(secret.slice(16, 32))];
  if (key.byteLength !== 16 || iv.byteLength !== 16) return undefined;
  const bytes = Buffer.from(encrypt_jd_param_json, HEX.test(encrypt_jd_param_json) ? 'hex' : 'base64');
  try {
    const decipher = createDecipheriv('aes-128-cbc', key, iv);
    return Buffer.concat([decipher.update(bytes), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
