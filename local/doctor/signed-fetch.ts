import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

type Data = string | ArrayBuffer | ArrayBufferView;

const bytesOf = (data: Data): Uint8Array => {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
};

/** SHA-256 as the signer wants it, plain or keyed. */
export class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: Data) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: Data): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error('This hash is used once.');
  }
}

type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

/** `fetch` for an API that IAM guards: requests are signed with Signature Version 4 for API Gateway. */
export function signedFetch(options: { readonly credentials: Credentials; readonly region: string }) {
  const signer = new SignatureV4({ service: 'execute-api', sha256: Sha256, ...options });
  return async (address: string, init: { method: string; body?: string }): Promise<Response> => {
    const url = new URL(address);
    const { headers } = await signer.sign({
      method: init.method,
      protocol: url.protocol,
      hostname: url.hostname,
      port: url.port === '' ? undefined : Number(url.port),
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, 'content-type': 'application/json' },
      body: init.body,
    });
    return fetch(url, { ...init, headers, signal: AbortSignal.timeout(30_000) });
  };
}
