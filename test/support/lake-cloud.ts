import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** S3 and Athena, as far as the lake's function calls them: objects in memory, and queries that are noted and succeed. */
export async function lakeCloud(objects: Map<string, string>) {
  const queries: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    const target = String(request.headers['x-amz-target'] ?? '').split('.')[1];
    if (target !== undefined) {
      if (target === 'StartQueryExecution') queries.push(JSON.parse(body).QueryString);
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      return response.end(JSON.stringify(ANSWERS[target] ?? {}));
    }
    const { status = 200, text } = s3(objects, { method: request.method ?? '', url: request.url ?? '', body });
    response.statusCode = status;
    response.setHeader('content-type', 'application/xml');
    response.end(text);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise((done) => server.close(done).closeAllConnections());
  return { url: `http://127.0.0.1:${port}`, queries, close };
}

const ANSWERS: Readonly<Record<string, unknown>> = {
  StartQueryExecution: { QueryExecutionId: 'q' },
  GetQueryExecution: { QueryExecution: { Status: { State: 'SUCCEEDED' } } },
};

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

type Asked = { readonly method: string; readonly url: string; readonly body: string };

function s3(objects: Map<string, string>, { method, url, body }: Asked): { status?: number; text: string } {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
  if (method === 'POST') {
    for (const [, name = ''] of body.matchAll(/<Key>(.*?)<\/Key>/g)) objects.delete(name);
    return { text: '<DeleteResult/>' };
  }
  if (method === 'PUT') {
    // The SDK may send the body in chunks, with its own lines around it.
    objects.set(key, /[0-9a-f]{64}/.exec(body)?.[0] ?? body);
    return { text: '' };
  }
  if (key !== '') {
    const text = objects.get(key);
    return text === undefined ? { status: 404, text: '<Error><Code>NoSuchKey</Code></Error>' } : { text };
  }
  return { text: listing([...objects.keys()], searchParams.get('prefix') ?? '', searchParams.get('delimiter')) };
}

function listing(keys: readonly string[], prefix: string, delimiter: string | null): string {
  const found = keys.filter((key) => key.startsWith(prefix));
  const cut = (key: string): string => `${prefix}${key.slice(prefix.length).split('/')[0]}/`;
  const inner = delimiter
    ? [...new Set(found.map(cut))].map((one) => `<CommonPrefixes><Prefix>${one}</Prefix></CommonPrefixes>`)
    : found.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`);
  return `<ListBucketResult><KeyCount>${found.length}</KeyCount>${inner.join('')}</ListBucketResult>`;
}
