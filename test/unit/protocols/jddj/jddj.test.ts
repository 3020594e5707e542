import { createCipheriv, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { signOf } from '../../../../functions/shared/protocols/jddj/sign.ts';
import { StreamOverloaded } from '../../../../functions/shared/seams.ts';
import { hookPost, hookServer, NOW } from '../../../support/hook-sender.ts';

const SECRET = '0123456789abcdefFEDCBA9876543210';
const PATH = '/v1/hooks/jddj/hook/djsw';
const server = () => hookServer({ protocol: 'jddj', app_id: 'K', secrets: { app_secret: ['old', SECRET] } });
const TIME = '2026-11-22 10:09:00';
const JSON_PARAM = `{"billId":"2026001","statusId":"32000","timestamp":"${TIME}"}`;

/** Signs by the description, with none of the product's code. */
function sign(form: Record<string, string>, secret: string): string {
  const content = Object.keys(form)
    .sort()
    .map((name) => `${name}${form[name]}`)
    .join('');
  return createHash('md5').update(`${secret}${content}${secret}`).digest('hex').toUpperCase();
}

function push(topic: string, param = JSON_PARAM, { secret = SECRET, app_key = 'K', timestamp = TIME } = {}) {
  const form = { token: 'T', app_key, timestamp, format: 'json', v: '1.0', jd_param_json: param };
  return formPost(topic, { ...form, sign: sign(form, secret) });
}

const formPost = (topic: string, form: Record<string, string>) =>
  hookPost(`${PATH}/${topic}`, new URLSearchParams(form).toString(), {
    'content-type': 'application/x-www-form-urlencoded',
  });

const SUCCESS = { code: '0', msg: 'success', data: '' };

it('verifies the vector', () => {
  const path = new URL('../../../recordings/_test-vectors/self-computed.json', import.meta.url);
  const vectors: { name: string; inputs: { app_secret: string; params: Record<string, string> }; value: string }[] =
    JSON.parse(readFileSync(path, 'utf8'));
  const vector = vectors.find(({ name }) => name.startsWith('jd daojia'));
  expect(signOf(vector?.inputs.params ?? {}, vector?.inputs.app_secret ?? '')).toBe(vector?.value);
});

describe('messages', () => {
  it.each([
    ['newOrder', 'Order Updated', 'created'],
    ['orderWaitOutStore', 'Order Updated', 'to_ship'],
    ['deliveryOrder', 'Order Updated', 'shipped'],
    ['finishOrder', 'Order Updated', 'received'],
    ['applyCancelOrder', 'Order Updated', 'cancel_requested'],
    ['userCancelOrder', 'Order Cancelled', 'cancelled'],
    ['newAfterSaleBill', 'Order Updated', 'refund_created'],
    ['constructor', 'Order Updated', 'to_ship'],
  ])('%s is %s, %s', async (topic, name, status) => {
    const hook = server();
    expect(JSON.parse((await hook.send(push(topic))).body)).toEqual(SUCCESS);
    expect(hook.cleaned()).toMatchObject({
      quarantined: [],
      events: [
        {
          event_id: `jddj:2026001:32000:${TIME}`,
          name,
          owner: 'order_id:jddj.K:2026001',
          occurred_at: '2026-11-22T02:09:00.000Z',
          properties: { order_id: '2026001', status, status_id: '32000', platform_event: topic },
        },
      ],
    });
    // The token opens the company's account at JD.
    expect(Buffer.concat(hook.raw.records).toString('utf8')).not.toMatch(/"T"|token/);
  });

  it('by their status where the address names none; nothing of the courier', async () => {
    const hook = server();
    const param = `{"orderId":9,"statusId":20040,"timestamp":"${TIME}","deliveryManPhone":"13800138000"}`;
    const { path, ...request } = push('x', param);
    await hook.send({ ...request, path: '/v1/hooks/jddj/hook' });
    expect(path).toContain('djsw');
    const { events } = hook.cleaned();
    expect(events).toMatchObject([{ name: 'Order Cancelled', properties: { order_id: '9' } }]);
    expect(JSON.stringify(events)).not.toContain('13800138000');
  });

  it.each(['hex', 'base64'] as const)(
    'encrypted, in %s, signed with what was sealed or with what is inside',
    async (encoding) => {
      const cipher = createCipheriv('aes-128-cbc', SECRET.slice(0, 16), SECRET.slice(16));
      const encrypt_jd_param_json = Buffer.concat([cipher.update(JSON_PARAM), cipher.final()]).toString(encoding);
      const form = { token: 'T', app_key: 'K', timestamp: TIME, format: 'json', v: '1.0' };
      for (const signed of [
        { ...form, jd_param_json: JSON_PARAM },
        { ...form, encrypt_jd_param_json },
      ]) {
        const hook = server();
        const sent = { ...form, encrypt_jd_param_json, sign: sign(signed, SECRET) };
        expect(JSON.parse((await hook.send(formPost('newOrder', sent))).body)).toEqual(SUCCESS);
        expect(hook.cleaned().events).toMatchObject([{ properties: { order_id: '2026001' } }]);
      }
    },
  );

  it('a token is acknowledged and not kept', async () => {
    const hook = server();
    expect(JSON.parse((await hook.send(formPost('getToken', { token: 's3cret' }))).body)).toEqual(SUCCESS);
    expect(hook.raw.records).toEqual([]);
  });

  it('a push that comes again has the same id and the same content', async () => {
    const hook = server();
    await hook.send(push('newOrder'));
    await hook.send(push('newOrder', JSON_PARAM, { timestamp: '2026-11-22 10:04:00' }));
    const [first, second] = hook.cleaned().events;
    expect(second).toMatchObject({ event_id: first?.event_id, body_hash: first?.body_hash });
  });
});

describe('answers 200 with a code that says whether to come again', () => {
  const codeOf = async (request: ReturnType<typeof push>) => {
    const hook = server();
    const answer = await hook.send(request);
    expect(answer.status).toBe(200);
    return [JSON.parse(answer.body).code, hook.last()?.refused, hook.raw.records.length];
  };

  it.each([
    ['another secret', push('newOrder', JSON_PARAM, { secret: 'x' }), '10014', 'signature_invalid'],
    ['no signature', formPost('newOrder', { jd_param_json: JSON_PARAM }), '10014', 'signature_missing'],
    ['another app', push('newOrder', JSON_PARAM, { app_key: 'other' }), '10013', 'foreign_app'],
    ['an unknown address', { ...push('newOrder'), path: '/v1/hooks/jddj/x' }, '10013', 'unknown_key'],
    [
      'a time of more than four hours ago',
      push('newOrder', JSON_PARAM, { timestamp: '2026-11-22 06:04:00' }),
      '10014',
      'signature_expired',
    ],
    [
      'a time to come',
      push('newOrder', JSON_PARAM, { timestamp: '2026-11-22 10:16:00' }),
      '10014',
      'signature_expired',
    ],
    ['a time that is none', push('newOrder', JSON_PARAM, { timestamp: 'now' }), '10014', 'signature_invalid'],
  ])('%s', async (_, request, code, reason) => {
    expect(await codeOf(request)).toEqual([code, [reason], 0]);
  });

  it('a push signed hours ago counts, as JD sends again for four', async () => {
    expect(NOW).toBe(Date.parse('2026-11-22T10:10:00+08:00'));
    expect(await codeOf(push('newOrder', JSON_PARAM, { timestamp: '2026-11-22 06:11:00' }))).toEqual(['0', [], 1]);
    expect(await codeOf(push('newOrder', JSON_PARAM, { secret: 'old' }))).toEqual(['0', [], 1]);
  });

  it('-10000 when the stream can take no more, or the secret is not there yet', async () => {
    const hook = server();
    hook.raw.fail = new StreamOverloaded(5);
    expect(JSON.parse((await hook.send(push('newOrder'))).body).code).toBe('-10000');
    const bare = hookServer({ protocol: 'jddj' });
    expect(JSON.parse((await bare.send(push('newOrder'))).body).code).toBe('-10000');
  });

  it('0 for a message that would never become better, which is in quarantine', async () => {
    const hook = server();
    expect(JSON.parse((await hook.send(push('newOrder', '[]'))).body)).toEqual(SUCCESS);
    expect(hook.cleaned().quarantined.map(({ reason }) => reason)).toEqual(['not_an_object']);
  });
});
