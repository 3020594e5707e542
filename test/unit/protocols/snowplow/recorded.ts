import { isObject } from '../../../../functions/shared/json.ts';
import type { ExpectedEvent, RecordedClient } from '../../../support/recorded-client.ts';
import type { Recording } from '../../../support/recordings.ts';

const NAMES: Readonly<Record<string, readonly [type: string, name: string]>> = {
  pv: ['page', 'page'],
  tr: ['track', 'Order Completed'],
  ti: ['track', 'transaction_item'],
};

/** The events of payload_data or of the query of a picture. */
function sentBy({ requests }: Recording): Record<string, unknown>[] {
  return requests.flatMap(({ request, sent }) => {
    if (request.method === 'GET') return [request.query];
    return isObject(sent) && Array.isArray(sent.data) ? sent.data.filter(isObject) : [];
  });
}

const described = ({ ue_pr, ue_px }: Record<string, unknown>): { schema: string; data: { name?: string } } =>
  JSON.parse(typeof ue_pr === 'string' ? ue_pr : Buffer.from(String(ue_px), 'base64url').toString()).data;

function nameOf(event: Record<string, unknown>): readonly [type: string, name: string] {
  if (event.e === 'se') return ['track', `${event.se_ca} ${event.se_ac}`];
  if (event.e !== 'ue') return NAMES[String(event.e)] ?? ['track', String(event.e)];
  const { schema, data } = described(event);
  const name = schema.split('/')[1] ?? '';
  return name === 'screen_view' ? ['screen', data.name ?? ''] : ['track', name];
}

const expected = (event: Record<string, unknown>): ExpectedEvent => {
  const [type, name] = nameOf(event);
  const owner = event.uid === undefined ? {} : { owner: `user_id:${event.uid}` };
  return { type, name, event_id: String(event.eid), ...owner };
};

const client = (folder: string, keys: readonly string[]): RecordedClient => ({
  client: folder,
  source: { class: 'public' },
  keys,
  statuses: ({ requests }) => requests.map(({ request }) => (request.method === 'OPTIONS' ? 204 : 200)),
  events: (recording) => [...new Map(sentBy(recording).map((event) => [event.eid, expected(event)])).values()],
});

/** Snowplow's trackers, by their application id; one of them posts to a path of its own. */
export const RECORDED: readonly RecordedClient[] = [
  client('snowplow-node-tracker', ['snowplow:my-app', 'path:/com.acme/track']),
  client('snowplow-browser-tracker', ['snowplow:my-app']),
];
