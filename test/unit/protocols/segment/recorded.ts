import { isObject } from '../../../../functions/shared/json.ts';
import type { ExpectedEvent, RecordedClient } from '../../../support/recorded-client.ts';
import type { Recording } from '../../../support/recordings.ts';

/** Bytes above which an event is refused. */
const MAX_EVENT_BYTES = 32 * 1024;
const TYPES: Readonly<Record<string, string>> = {
  t: 'track',
  i: 'identify',
  p: 'page',
  s: 'screen',
  g: 'group',
  a: 'alias',
};

const itemsOf = (sent: unknown, path: string): Record<string, unknown>[] => {
  if (!isObject(sent)) return [];
  const last = path.split('/').at(-1) ?? '';
  const items = Array.isArray(sent.batch) ? sent.batch : [{ type: TYPES[last] ?? last, ...sent }];
  return items.filter(isObject);
};

const isTooLarge = (event: object): boolean => JSON.stringify(event).length > MAX_EVENT_BYTES;

function expected(event: Record<string, unknown>): ExpectedEvent {
  const { type, messageId } = event;
  const name = type === 'track' ? event.event : type === 'page' || type === 'screen' ? event.name : type;
  return { type: String(type), name: String(name ?? type), event_id: String(messageId) };
}

const client = (folder: string): RecordedClient => ({
  client: folder,
  source: { class: folder.includes('node') ? 'secret' : 'public' },
  keys: ['WRITE_KEY_123', 'WK'],
  statuses: ({ requests }) =>
    requests.map(({ request, sent }) => {
      if (request.method === 'OPTIONS') return 204;
      return itemsOf(sent, request.path).some(isTooLarge) ? 413 : 200;
    }),
  events: ({ requests }: Recording) => {
    const all = requests
      .flatMap(({ request, sent }) => itemsOf(sent, request.path))
      .filter((event) => !isTooLarge(event));
    return [...new Map(all.map((event) => [event.messageId, expected(event)])).values()];
  },
});

/** Segment's and RudderStack's clients. */
export const RECORDED: readonly RecordedClient[] = [
  'segment-analytics-node',
  'segment-analytics-next',
  'rudder-sdk-node',
  'rudder-analytics-js',
].map(client);
