import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { once } from '../../functions/shared/once.ts';
import { largeKey, messageOf, pointerTo } from '../../functions/shared/raw-message.ts';
import { encodeRaw } from '../../functions/shared/raw-record.ts';
import type { Source } from '../../schemas/event.ts';
import sources from '../../schemas/sources/retail.json' with { type: 'json' };
import { httpEvent, restEvent } from '../support/api-events.ts';
import { type Answer, type Call, fakeAws } from '../support/fake-aws.ts';
import { sqsRecord } from '../support/raw-queue.ts';
import { logOf } from '../support/run-handler.ts';

/** What no log may hold, in whatever shape: as sent, without spaces, normalised, or encoded. */
const PHONE = '138 1234 5678';
const MARKERS = [
  PHONE,
  '13812345678',
  '1234 5678',
  'marker.person',
  'Markermann',
  '王小标',
  'Markerstrasse',
  'msecretkey',
];
const MAIL = 'marker.person@example.com';
const SOURCE = sources.find(({ class: of }) => of === 'secret') as Source;
const KEY = 'msecretkey-0123456789';

const traits = {
  phone: PHONE,
  email: MAIL,
  name: 'Anna Markermann',
  姓名: '王小标',
  address: { street: 'Markerstrasse 1' },
};
const EVENTS = [
  { type: 'identify', messageId: 'm-1', userId: 'u-1', traits, context: { ip: '192.0.2.7' } },
  {
    type: 'track',
    messageId: 'm-2',
    userId: MAIL,
    event: 'Order Completed',
    properties: { ...traits, q: `<b>${MAIL}` },
  },
  { type: 'track', messageId: 'm-3', event: 'Markermann', properties: traits, timestamp: 'Markermann' },
  {
    type: 'page',
    messageId: 'm-4',
    anonymousId: PHONE,
    name: 'Anna Markermann',
    properties: { url: `https://x/?m=${MAIL}` },
  },
  'Markermann',
];
const BATCH = JSON.stringify({ batch: EVENTS });

const authorization = `Basic ${Buffer.from(`${KEY}:`).toString('base64')}`;
const headers = { authorization, 'User-Agent': 'Markermann/1', Cookie: MAIL };
const requests = [
  restEvent({ url: '/v1/batch', headers, body: Buffer.from(BATCH) }, 'v1'),
  restEvent({ url: '/v1/batch', headers: { ...headers, 'Content-Encoding': 'gzip' }, body: gzipSync(BATCH) }, 'v1'),
  httpEvent({ url: `/v1/track?email=${MAIL}`, headers, body: JSON.stringify(EVENTS[1]) }),
  httpEvent({ url: '/v1/track', headers, body: `{"name":"Markermann", ${MAIL}` }),
  httpEvent({ url: '/v1/track', headers: { ...headers, 'Content-Encoding': 'gzip' }, body: Buffer.from(MAIL) }),
  httpEvent({ url: '/v1/Markermann', headers, body: PHONE }),
];

const inStream = (records: readonly (readonly [key: string, data: Uint8Array])[]) => ({
  Records: records.map(([partitionKey, data], i) => ({
    eventID: String(i),
    kinesis: {
      partitionKey,
      sequenceNumber: String(i),
      data: Buffer.from(data).toString('base64'),
      approximateArrivalTimestamp: 1_767_225_600,
    },
  })),
});
const head = {
  v: 1 as const,
  protocol: 'segment' as const,
  route: 'batch',
  source: SOURCE,
  request_id: 'r-1',
  received_at: '2026-01-01T00:00:00.000Z',
  user_agent: 'Markermann/1',
};
const inQueue = (...bodies: readonly string[]) => ({
  Records: bodies.map((body, n) => sqsRecord(body, { id: `message-${n}`, receives: n + 1 })),
});
const rawRecords = [
  inQueue(messageOf(encodeRaw(head, Buffer.from(BATCH)))),
  inQueue(messageOf(encodeRaw(head, Buffer.from(`{"batch":[{"name":"Markermann" ${MAIL}`)))),
  inQueue(messageOf(Buffer.from(`{"Markermann": ${MAIL}\n${BATCH}`))),
  inQueue(messageOf(gzipSync(BATCH).subarray(0, 40))),
  // Text that nobody of ours has put there, a record that has to be fetched, and some that have come too often already.
  inQueue(BATCH, MAIL, `{"kept":"${MAIL}"}`, pointerTo(largeKey('0'.repeat(64))), messageOf(Buffer.from(BATCH)), PHONE),
];
const api = (method: string, url: string, body?: unknown) =>
  httpEvent({
    method,
    url,
    headers: { 'User-Agent': 'Markermann' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const questions = [
  api('POST', '/api/persons/search', { identifiers: [`phone:${PHONE}`, `email:${MAIL}`] }),
  api('POST', '/api/sql', { sql: `SELECT * FROM events WHERE name = 'Anna Markermann' AND mail = '${MAIL}'` }),
  api('GET', `/api/persons/${encodeURIComponent(MAIL)}/explain?a=${MAIL}`),
  api('POST', '/api/identity/bind', { a: `phone:${PHONE}`, b: 'user_id:u-1', why: 'Markermann' }),
  { ...api('POST', '/api/sql'), body: `{"sql": ${MAIL} Markermann` },
];
const timers = [
  { name: 'Markermann', at: MAIL, phone: PHONE },
  { 'detail-type': 'Campaign Triggered', detail: { timer: { campaign: 'Markermann', at: MAIL } } },
  { 'detail-type': 'Campaign Triggered', detail: PHONE },
];
const tasks = [
  { task: 'merge', table: 'events' },
  { task: 'upkeep', table: 'events', retention_days: 30 },
  { task: 'Markermann' },
];

const ENVIRONMENT = {
  ALLOWED_ORIGINS: '',
  BUS_NAME: 'bus',
  ANNOUNCE_NEW_PERSONS: 'false',
  CLEAN_STREAM: 'clean',
  DEFAULT_REGION: 'CN',
  KEY_ID: 'key',
  LAKE_BUCKET: 'lake',
  LAKE_PREFIX: 'lake',
  OUTBOX_TABLE: 'outbox',
  OWNER_BUCKETS: '4',
  PERSONS_TABLE: 'persons',
  ARCHIVE_STREAM: 'archive',
  RECORD_BYTES: '200000',
  SOURCES_TABLE: 'sources',
  SOURCES_KEY_ID: 'key',
  SPILL_BUCKET: 'failures',
  SQL_DATABASE: 'oneriver',
  SQL_WORKGROUP: 'oneriver',
  TIMER_DEAD_LETTER_ARN: 'arn:aws:sqs:eu-central-1:1:dead',
  TIMER_GROUP: 'timers',
  TIMER_ROLE_ARN: 'arn:aws:iam::1:role/timers',
  VAULT_TABLE: 'vault',
};

/** The client asks a queue at the address that its URL names. */
const environment = (url: string) => ({ ...ENVIRONMENT, AWS_ENDPOINT_URL: url, RAW_QUEUE_URL: `${url}/1/raw` });

const base64 = (text: string) => Buffer.from(text).toString('base64');
const wrapped = { token: { S: 'token-key:v1' }, wrapped_key: { B: base64('wrapped') } };

/** AWS when all is well: nobody is known yet, everything is taken. */
function well({ operation, body }: Call): Answer {
  const text = body.toString();
  if (operation === 'DynamoDB.GetItem') {
    if (text.includes('"sources"')) return { json: { Item: { source: { S: JSON.stringify(SOURCE) } } } };
    return { json: text.includes('token-key') ? { Item: wrapped } : {} };
  }
  if (operation === 'DynamoDB.BatchGetItem') return { json: { Responses: {}, UnprocessedKeys: {} } };
  if (operation === 'KMS.Decrypt' || operation === 'KMS.GenerateDataKey')
    return { json: { KeyId: 'key', Plaintext: base64('k'.repeat(32)), CiphertextBlob: base64('wrapped') } };
  // The client of the queue holds what it is told against what it sent.
  if (operation === 'SQS.SendMessage')
    return { json: { MessageId: 'm', MD5OfMessageBody: hash('md5', JSON.parse(text).MessageBody) } };
  const taken = {
    FailedRecordCount: 0,
    FailedPutCount: 0,
    FailedEntryCount: 0,
    Records: [],
    RequestResponses: [],
    Entries: [],
  };
  return { json: taken };
}

/** AWS when it takes nothing, and says why in words that quote what it was given. */
const refusing =
  (error: string, status: number, until: (call: Call) => boolean) =>
  (call: Call): Answer =>
    until(call)
      ? well(call)
      : { error, status, says: `Value '${MAIL}' ${MARKERS.join(' ')} at 'x' is bad: ${call.body.toString('utf8')}` };

const reads = ({ operation }: Call) => /Get|Decrypt/.test(operation);
const MOODS: readonly (readonly [name: string, answer: (call: Call) => Answer])[] = [
  ['is well', well],
  ['finds everything invalid', refusing('ValidationException', 400, () => false)],
  ['takes no writes', refusing('ValidationException', 400, reads)],
  ['fails', refusing('InternalFailure', 500, () => false)],
];

/** The clean events that clean makes of the raw ones, as they lie on the stream. */
const cleanRecords = once(async () => {
  const aws = await fakeAws(well);
  await logOf('clean', environment(aws.url), rawRecords);
  await aws.close();
  const put = aws.calls.filter(({ operation }) => operation === 'Kinesis.PutRecords');
  const records = put.flatMap(
    ({ body }): { PartitionKey: string; Data: string }[] => JSON.parse(body.toString()).Records,
  );
  expect(records.length).toBeGreaterThan(0);
  const broken = inStream([
    ['owner-1', gzipSync(BATCH).subarray(0, 60)],
    ['owner-1', Buffer.from(BATCH)],
  ]);
  return [...records.map(({ PartitionKey, Data }) => inStream([[PartitionKey, Buffer.from(Data, 'base64')]])), broken];
});

const INVOCATIONS: Readonly<Record<string, () => Promise<readonly unknown[]>>> = {
  collect: async () => requests,
  clean: async () => rawRecords,
  stitch: cleanRecords,
  fire: async () => timers,
  serve: async () => questions,
  redrive: async () => [{}],
  lake: async () => tasks,
};

describe.each(Object.entries(INVOCATIONS))('the log of %s', (stage, eventsOf) => {
  it.each(MOODS)('names nobody when AWS %s', async (_, answer) => {
    const aws = await fakeAws(answer);
    const log = await logOf(stage, environment(aws.url), await eventsOf());
    await aws.close();
    expect(aws.calls.length + log.length, 'the function did something').toBeGreaterThan(0);
    if (stage === 'clean') expect(log, 'messages failed, and the log says so').toContain("fault: 'messages failed'");
    const lines = log.split('\n').filter((line) => MARKERS.some((marker) => line.includes(marker)));
    expect(lines.map((line) => line.slice(0, 300))).toEqual([]);
    expect(log).not.toMatch(new RegExp(MARKERS.map((marker) => base64(marker).slice(0, 12)).join('|')));
  });
});
