import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import { bodyHash } from '../../../functions/clean/dedupe.ts';
import { CLEAN_DEPS, rawRecord, SERVER, tokenise, WEB } from '../../support/ingest.ts';

const PHONE = tokenise('phone', '+8613800138000');
const EMAIL = tokenise('email', 'a@example.com');

function clean(event: object, source = WEB) {
  const { events, secrets } = cleanRecord(
    rawRecord('batch', { batch: [{ userId: 'u', ...event }] }, source),
    CLEAN_DEPS,
  );
  const [only] = events;
  if (only === undefined) throw new Error('The event was quarantined.');
  return { ...only, secrets };
}

const track = (properties: object) => clean({ type: 'track', event: 'E', properties }).properties;

describe('classification', () => {
  it('puts tokens for phones and addresses, and keeps names', () => {
    const traits = { name: '张三', phone: '138-0013-8000', email: 'A@example.com', level: 3 };
    const event = clean({ type: 'identify', traits, context: { traits } });
    const masked = { ...traits, phone: PHONE, email: EMAIL };
    expect([event.traits, event.context.traits]).toEqual([masked, masked]);
    expect(event.secrets).toEqual([
      { token: PHONE, value: '+8613800138000' },
      { token: EMAIL, value: 'a@example.com' },
    ]);
  });

  it.each([
    ['mobile', '13800138000', PHONE],
    ['Phone_Number', 13800138000, PHONE],
    ['手机号', '１３８００１３８０００', PHONE],
    ['e-mail', 'a@example.com', EMAIL],
    ['email', ['a@example.com', 'none'], [EMAIL, 'none']],
    ['phone', { home: '13800138000', brand: 'Apple' }, { home: PHONE, brand: 'Apple' }],
    ['deep', [{ contact: { tel: '13800138000' } }], [{ contact: { tel: PHONE } }]],
    ['phone', '1380013800', tokenise('phone', '1380013800')],
    ['email', 'a@example', tokenise('email', 'a@example')],
    ['phone', 'none', 'none'],
    ['email', null, null],
    ['phone', true, true],
    ['order_id', '13800138000', '13800138000'],
  ])('%s: %j', (name, value, expected) => expect(track({ [name]: value })).toEqual({ [name]: expected }));

  it('finds the value of an identifier wherever else it stands', () => {
    const event = clean(
      {
        type: 'track',
        event: 'E',
        properties: { email: 'a@example.com', login: 'a@example.com', note: 'write to a@example.com!', size: 7 },
        context: {
          page: { url: 'https://x.example/?q=a%40example.com' },
          externalIds: [{ type: 'phone', id: '13800138000' }],
        },
      },
      SERVER,
    );
    expect(event.properties).toEqual({ email: EMAIL, login: EMAIL, note: `write to ${EMAIL}!`, size: 7 });
    expect(event.context).toEqual({
      page: { url: `https://x.example/?q=${EMAIL}` },
      externalIds: [{ type: 'phone', id: PHONE }],
    });
  });

  it('finds phones and addresses in what the plan marks', () => {
    const note = (text: string) =>
      clean({ type: 'track', event: 'Product Viewed', properties: { product_id: 'p', note: text } }).properties.note;
    expect([note('a@example.com'), note('13800138000'), note('1990-01-01'), note('gift')]).toEqual([
      EMAIL,
      PHONE,
      '1990-01-01',
      'gift',
    ]);
  });

  it('makes addresses of machines coarse', () => {
    const ip = (value: unknown) => clean({ type: 'track', event: 'E', context: { ip: value, a: 1 } }).context;
    expect([ip('203.0.113.5'), ip('2001:db8::1'), ip(7)]).toEqual([{ ip: '203.0.113.0', a: 1 }, { a: 1 }, { a: 1 }]);
  });

  it("leaves the client's own event as it was, which its hash is of", () => {
    const event = { type: 'track', event: 'E', userId: 'u', properties: { mobile: '13800138000' } };
    expect(clean(event).body_hash).toBe(bodyHash(event));
  });

  it('tells the vault each value once', () => {
    const event = { type: 'identify', userId: 'u', traits: { phone: '13800138000' } };
    const { secrets } = cleanRecord(rawRecord('batch', { batch: [event, event] }), CLEAN_DEPS);
    expect(secrets).toEqual([{ token: PHONE, value: '+8613800138000' }]);
  });
});
