import { readdirSync, readFileSync } from 'node:fs';
import type { HttpRequest } from '../../functions/shared/http.ts';

interface RecordedBody {
  length: number;
  text?: string;
  base64?: string;
  json?: unknown;
}

interface RecordedRequest {
  receivedAt: string;
  method: string;
  path: string;
  query?: Record<string, string>;
  rawUrl?: string;
  headers: Record<string, string>;
  body?: RecordedBody;
  rawBodyBase64?: string;
}

export interface Recording {
  /** `<client>/<scenario>` */
  readonly name: string;
  readonly requests: readonly {
    readonly request: HttpRequest;
    /** The JSON in the body, as it was decoded when it was recorded. */
    readonly sent: unknown;
    /** When it arrived, in milliseconds since the epoch. */
    readonly receivedMs: number;
  }[];
}

const ROOT = new URL('../recordings/', import.meta.url);

/** Every recorded scenario of a client, with the exact bytes it sent and the JSON that was in them. */
export const recordingsOf = (client: string): Recording[] =>
  readdirSync(new URL(`${client}/`, ROOT))
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const recorded: { requests: RecordedRequest[] } = JSON.parse(
        readFileSync(new URL(`${client}/${file}`, ROOT), 'utf8'),
      );
      const requests = recorded.requests.map((each) => ({
        request: toRequest(each),
        sent: sentBy(each),
        receivedMs: Date.parse(each.receivedAt),
      }));
      return { name: `${client}/${file.replace('.json', '')}`, requests };
    });

const toRequest = (recorded: RecordedRequest): HttpRequest => ({
  method: recorded.method,
  path: recorded.path,
  query: recorded.query ?? {},
  ...(recorded.rawUrl?.includes('?') && { rawQuery: recorded.rawUrl.slice(recorded.rawUrl.indexOf('?') + 1) }),
  headers: recorded.headers,
  body: bytesOf(recorded),
});

function bytesOf(recorded: RecordedRequest): Buffer {
  const { rawBodyBase64, body } = recorded;
  if (rawBodyBase64 !== undefined) return Buffer.from(rawBodyBase64, 'base64');
  if (body?.base64 !== undefined) return Buffer.from(body.base64, 'base64');
  if (body?.text !== undefined) return Buffer.from(body.text);
  return body?.json === undefined ? Buffer.alloc(0) : rewritten(body);
}

/** A body of which only the outline was kept (`xxx…(60000 chars)`): written out again, and compared by length. */
function rewritten(body: RecordedBody): Buffer {
  const bytes = Buffer.from(JSON.stringify(wholeJson(body.json)));
  if (bytes.length !== body.length) throw new Error(`Rebuilt ${bytes.length} bytes, but ${body.length} were recorded.`);
  return bytes;
}

const wholeJson = (json: unknown): unknown =>
  JSON.parse(JSON.stringify(json), (_, value: unknown) => {
    const outline = typeof value === 'string' ? /^(.)\1*…\((\d+) chars\)$/u.exec(value) : null;
    return outline?.[1] === undefined ? value : outline[1].repeat(Number(outline[2]));
  });

const sentBy = ({ body }: RecordedRequest): unknown => (body?.json === undefined ? undefined : wholeJson(body.json));
