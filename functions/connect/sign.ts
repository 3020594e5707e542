import { createHash } from 'node:crypto';

/**
 * The signature of Taobao's TOP and TMC and of JD's JOS: MD5 over secret, every parameter's name and value in the order of the names' bytes,
 * and the secret again, as upper-case hex. MD5 is the platforms' choice.
 */
export function platformSign(secret: string, params: Readonly<Record<string, string>>): string {
  const sorted = Object.keys(params).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const text = sorted.map((name) => `${name}${params[name] ?? ''}`).join('');
  return createHash('md5').update(`${secret}${text}${secret}`, 'utf8').digest('hex').toUpperCase();
}
