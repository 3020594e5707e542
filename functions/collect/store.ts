import type { Source } from '../../schemas/event.ts';
import type { Finding } from '../../schemas/reasons.ts';
import type { HttpRequest } from '../shared/http.ts';
import type { Payload, ReceiveDeps, Receiver } from '../shared/protocols/protocol.ts';
import { encodeRaw } from '../shared/raw-record.ts';
import { type RawStream, StreamOverloaded, StreamUnavailable } from '../shared/seams.ts';

interface Storing {
  readonly request: HttpRequest;
  readonly receiver: Receiver;
  readonly receive: ReceiveDeps;
  readonly raw: RawStream;
  readonly requestId: string;
}

/** Puts the payload on the raw stream. Resolves with nothing once it is durable. */
export async function store(
  { body, route, params, anonymous = false }: Payload,
  source: Source,
  { request, receiver, receive, raw, requestId }: Storing,
): Promise<{ finding: Finding; retryAfterSeconds: number } | undefined> {
  const userAgent = anonymous ? undefined : request.headers['user-agent']?.slice(0, 300);
  const head = {
    v: 1 as const,
    protocol: receiver.name,
    route,
    ...(Object.keys(params).length > 0 && { params }),
    source,
    request_id: requestId,
    received_at: new Date(receive.now).toISOString(),
    ...(request.ip !== undefined && !anonymous && { ip: request.ip }),
    ...(userAgent !== undefined && { user_agent: userAgent }),
  };
  try {
    await raw.put(encodeRaw(head, body));
    return undefined;
  } catch (error) {
    if (error instanceof StreamOverloaded) {
      const finding: Finding = { reason: 'overloaded', field: '', detail: 'The stream cannot take more now.' };
      return { finding, retryAfterSeconds: error.retryAfterSeconds };
    }
    if (!(error instanceof StreamUnavailable)) throw error;
    const finding: Finding = { reason: 'unavailable', field: '', detail: 'Nothing can be stored at the moment.' };
    return { finding, retryAfterSeconds: error.retryAfterSeconds };
  }
}
