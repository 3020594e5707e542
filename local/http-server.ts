import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../functions/shared/http.ts';

/** What answers a request; undefined means that it has taken the response over (a stream). */
export type Answer = (
  request: HttpRequest,
  raw: { request: IncomingMessage; response: ServerResponse },
) => Promise<HttpResponse | StaticFile | undefined>;

export interface StaticFile {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A body longer than this is not read to its end; what answers sees one byte more than it may accept. */
const MAX_BODY_BYTES = 5 * 1024 * 1024;
/** How much of an oversized body is still read, so that its sender gets to see the answer. */
const MAX_DRAIN_BYTES = 64 * 1024 * 1024;

const INVALID_URL = jsonResponse(400, {
  error: 'invalid_url',
  message: 'The request names no valid URL; send a path.',
});

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes - chunk.byteLength <= MAX_BODY_BYTES) chunks.push(chunk);
    if (bytes > MAX_DRAIN_BYTES) break;
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** Undefined when the request's target is no URL. */
function toRequest(request: IncomingMessage, body: Buffer): HttpRequest | undefined {
  const asked = request.url ?? '/';
  const url = URL.parse(asked, 'http://local');
  if (!url) return undefined;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    rawQuery: asked.includes('?') ? asked.slice(asked.indexOf('?') + 1) : '',
    headers,
    body,
    ...(request.socket.remoteAddress === undefined ? {} : { ip: request.socket.remoteAddress }),
  };
}

async function handle(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  try {
    const body = await readBody(request);
    const readable = toRequest(request, body);
    const answered = readable ? await answer(readable, { request, response }) : INVALID_URL;
    if (!answered) return;
    const bytes = 'bytes' in answered ? (answered.bytes ?? answered.body) : answered.body;
    response.writeHead(answered.status, { ...answered.headers, 'content-length': Buffer.byteLength(bytes) });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    const kind =
      error instanceof Error ? `${error.name}: ${error.stack?.split('\n')[1]?.trim() ?? ''}` : 'unknown error';
    process.stderr.write(`A request failed: ${kind}\n`);
    if (response.headersSent) response.destroy();
    else {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end(
        '{"error":"internal_error","message":"The request failed; the server log says where. Try it again."}',
      );
    }
  }
}

/** An HTTP server with bounded headers, bodies and times. Listen on a loopback address only. */
export function createHttpServer(answer: Answer): Server {
  const server = createServer(
    { maxHeaderSize: 40 * 1024, headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 15_000 },
    (request, response) => void handle(request, response, answer),
  );
  return server;
}

/** Listens on 127.0.0.1 and nowhere else. @throws Error that says what to do, when the port is taken */
export async function listenOnLoopback(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `Port ${port} of 127.0.0.1 is taken; stop what listens there, or choose another: --port 0 takes a free one.`;
      reject(error.code === 'EADDRINUSE' ? new Error(taken, { cause: error }) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}
