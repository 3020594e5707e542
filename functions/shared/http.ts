/** One HTTP exchange, whatever carries it: API Gateway or the embedded server. */
export interface HttpRequest {
  readonly method: string;
  /** Path without query, e.g. `/v1/batch`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The query as it was sent, without the question mark, where the carrier still knows it. */
  readonly rawQuery?: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes as they came, still encoded as Content-Encoding says. */
  readonly body: Buffer;
  readonly ip?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body where it is no text; `body` is empty then. */
  readonly bytes?: Buffer;
}

export const jsonResponse = (status: number, body: unknown, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(body),
});
