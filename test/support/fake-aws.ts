import { createServer as createHttp, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What was called, e.g. `Kinesis.PutRecords` or `S3.PUT`, and with what. */
export interface Call {
  readonly operation: string;
  readonly body: Buffer;
}

/** How a call is answered: with JSON, or with an error that quotes whatever it likes. */
export type Answer =
  | { readonly json: unknown }
  | { readonly error: string; readonly status: number; readonly says: string };

const SERVICES: Readonly<Record<string, string>> = {
  DynamoDB: 'DynamoDB',
  Kinesis: 'Kinesis',
  Firehose: 'Firehose',
  TrentService: 'KMS',
  AWSEvents: 'Events',
  AmazonAthena: 'Athena',
  AmazonSQS: 'SQS',
};

/** A request of either version of HTTP: the client of Kinesis speaks the second. */
interface Request extends AsyncIterable<Uint8Array> {
  readonly headers: IncomingHttpHeaders;
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

interface Response {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** The operation by the target of the JSON protocols, e.g. `DynamoDB_20120810.GetItem`; else by path and method. */
function operationOf({ headers, method, url }: Request): string {
  const [target = '', name = ''] = String(headers['x-amz-target'] ?? '').split('.');
  const service = SERVICES[target.split('_')[0] ?? ''];
  if (service !== undefined) return `${service}.${name}`;
  return `${url?.startsWith('/schedules/') ? 'Scheduler' : 'S3'}.${method}`;
}

async function bodyOf(request: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

/** All of AWS at one address, for as long as a test wants to know what a function does when AWS answers so. */
export async function fakeAws(answer: (call: Call) => Answer) {
  const calls: Call[] = [];
  const serve = async (request: Request, response: Response): Promise<unknown> => {
    const call = { operation: operationOf(request), body: await bodyOf(request) };
    calls.push(call);
    const given = answer(call);
    const isXml = call.operation.startsWith('S3.');
    response.setHeader('x-amzn-requestid', 'fake');
    response.setHeader('content-type', isXml ? 'application/xml' : 'application/x-amz-json-1.1');
    if ('json' in given) return response.end(isXml ? '' : JSON.stringify(given.json));
    response.statusCode = given.status;
    response.setHeader('x-amzn-errortype', given.error);
    return response.end(
      isXml
        ? `<Error><Code>${given.error}</Code><Message>${given.says}</Message></Error>`
        : JSON.stringify({ __type: given.error, message: given.says, Message: given.says }),
    );
  };
  const [http, http2] = [createHttp(serve), createHttp2(serve)];
  const [plain, second] = [await portOf(http), await portOf(http2)];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy());
  };
  // One address for both versions: the first bytes of a connection tell which one it is.
  const front = createServer((socket) => {
    keep(socket).once('data', (first) => {
      const inner = keep(connect(first.toString('latin1').startsWith('PRI ') ? second : plain, '127.0.0.1'));
      inner.write(first);
      socket.pipe(inner).pipe(socket);
    });
  });
  return {
    url: `http://127.0.0.1:${await portOf(front)}`,
    calls,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([front, http, http2].map((server) => new Promise((done) => server.close(done))));
    },
  };
}
