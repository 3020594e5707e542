import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CanaryTarget, flyCanary } from '../../local/doctor/canary.ts';
import { render, summary } from '../../local/doctor/finding.ts';
import { httpTarget, type Send } from '../../local/doctor/http-target.ts';
import { signedFetch } from '../../local/doctor/signed-fetch.ts';
import { type RunningServer, startServer } from '../support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const json = { 'content-type': 'application/json' };
const send: Send = (address, init) => fetch(address, { ...init, headers: json });
/** What an embedded server tells of merges: it has no bus that others may listen to, and the lake has the same. */
const onBus = async (oneId: string): Promise<boolean> =>
  Number(
    await server.value(
      `SELECT count(*) FROM person_changes WHERE change = 'person.merged' AND '${oneId}' IN (one_id, other_one_id)`,
    ),
  ) === 1;
const target = (writeKey = server.keys.web ?? ''): CanaryTarget =>
  httpTarget({ collector: server.url, api: `${server.url}/`, writeKey, send });

/** A clock that moves only while somebody waits. */
function options(id: string) {
  let now = Date.now();
  return {
    ...{ id, now: () => now, patience_ms: { person: 6_000, bus: 4_000, row: 6_000 } },
    sleep: async (ms: number) => {
      now += ms;
    },
  };
}

describe('the canary of the doctor', () => {
  it('is followed from its request to a person and to one row of the lake', async () => {
    const findings = await flyCanary({ ...target(), onBus }, options('doctor-1'));
    expect(findings.map(({ check, status }) => `${check} ${status}`)).toEqual([
      'canary: accepted ok',
      'canary: person ok',
      'canary: bus ok',
      'canary: row ok',
    ]);
    const person = await server.person({ identifier: 'anonymous_id:doctor-1' });
    expect(person.identifiers.map(({ key }) => key).toSorted()).toEqual([
      ...['anonymous_id:doctor-1', 'anonymous_id:doctor-1-other', 'device_id:doctor-1-device'],
    ]);
    const [merge] = await server.sql("SELECT one_id, other_one_id FROM person_changes WHERE change = 'person.merged'");
    expect(merge).toContain(person.one_id);
    expect(merge).toContain(findings[1]?.detail);
    expect(summary(findings)).toEqual({ text: '4 ok, 0 warnings, 0 failed, 0 skipped', well: true });
  });

  it('stops at a key that the collector does not know, and repeats what it answered', async () => {
    const findings = await flyCanary(target('nobody'), options('doctor-2'));
    expect(findings).toMatchObject([
      { check: 'canary: accepted', status: 'failed', detail: expect.stringMatching(/^HTTP 401/) },
    ]);
  });

  it('says where an accepted event was lost, and what to look at', async () => {
    const nobody = await flyCanary({ ...target(), personOf: async () => undefined }, options('doctor-3'));
    expect(nobody.at(-1)).toMatchObject({ check: 'canary: person', status: 'failed', detail: 'nobody after 6 s' });
    expect(render(nobody.at(-1) ?? expect.fail())).toContain('\n    It is accepted and waits.');

    const silent = await flyCanary(
      { ...target(), onBus: async () => false, rowsOf: async () => 0 },
      options('doctor-4'),
    );
    expect(silent.map(({ status }) => status)).toEqual(['ok', 'ok', 'failed', 'failed']);
    expect(silent[2]).toMatchObject({
      detail: 'no person.merged after 4 s, though two became one',
      fix: 'Are events of the bus spilled? See npm run redrive.',
    });
    expect(silent.at(-1)?.detail).toBe('no row after 6 s');

    const twice = await flyCanary({ ...target(), rowsOf: async () => 2 }, options('doctor-5'));
    expect(twice.at(-1)).toMatchObject({ status: 'failed', detail: '2 rows for one event' });
    expect(twice[2]).toMatchObject({ check: 'canary: bus', status: 'skipped', detail: 'nobody listens to the bus' });
  });

  it('takes what a step throws for a finding', async () => {
    const broken = { ...target(), personOf: () => Promise.reject(new TypeError('no route')) };
    const findings = await flyCanary(broken, options('doctor-6'));
    expect(findings.at(-1)).toMatchObject({ status: 'failed', detail: 'TypeError: no route' });
  });
});

it('signs requests to the API as IAM asks for', async () => {
  const seen: Request[] = [];
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    seen.push(new Request(input, init));
    return new Response('{}');
  };
  try {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
    const signed = signedFetch({ credentials, region: 'eu-central-1' });
    await signed('https://api.example.com/api/sql?x=1', { method: 'POST', body: '{}' });
  } finally {
    globalThis.fetch = real;
  }
  const [request] = seen;
  expect(request?.headers.get('authorization')).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/execute-api\/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
  );
  // SHA-256 of the two bytes {}.
  expect(request?.headers.get('x-amz-content-sha256')).toBe(
    '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  );
});
