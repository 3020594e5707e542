import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Finding } from '../../../schemas/reasons.ts';
import type { HttpRequest } from '../http.ts';
import { MAX_BODY_BYTES } from '../segment-limits.ts';

const inflate = promisify(gunzip);

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * The body's original bytes: gunzipped where the header or the first bytes say so, since some SDKs send gzip without a
 * word. Inflating stops at the limit, so a gzip bomb costs no more memory than an honest body.
 */
export async function inflated(request: Pick<HttpRequest, 'body' | 'headers'>): Promise<Buffer | Finding> {
  const { body, headers } = request;
  const encoding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  if (body.byteLength > MAX_BODY_BYTES) {
    return finding('body_too_large', `The body has ${body.byteLength} bytes; at most ${MAX_BODY_BYTES} are taken.`);
  }
  if (!['', 'identity', 'gzip', 'x-gzip'].includes(encoding)) {
    return finding('unsupported_encoding', `Content-Encoding ${JSON.stringify(encoding.slice(0, 40))} is not known.`);
  }
  if (encoding !== 'gzip' && encoding !== 'x-gzip' && !isGzip(body)) return body;
  try {
    return await inflate(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    const tooLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return tooLarge
      ? finding('decompressed_too_large', `The body has more than ${MAX_BODY_BYTES} bytes after gunzip.`)
      : finding('invalid_gzip', 'The body is not valid gzip.');
  }
}

const finding = (reason: Finding['reason'], detail: string): Finding => ({ reason, field: '', detail });
