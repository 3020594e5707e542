import { parsePhoneNumberFromString } from 'libphonenumber-js';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { calendarOf } from '../../../local/seed/calendar.ts';
import { retailMonth } from '../../../local/seed/month.ts';
import { REFUSED_PHONE } from '../../../local/seed/store-visit.ts';
import plan from '../../../schemas/plans/retail.json' with { type: 'json' };
import sources from '../../../schemas/sources/retail.json' with { type: 'json' };
import { by, DAY, events, everything, flatten, HOUR, requests, type Sent, START } from './seed-month.ts';

const phonesOf = (event: Sent): unknown[] =>
  [event.traits?.phone, event.context.traits?.phone].filter((phone) => phone !== undefined);

describe('the generator', () => {
  it('gives the same bytes for the same seed, and others for another', () => {
    const bytes = (seed?: number) => JSON.stringify([...retailMonth({ start: START, days: 6, people: 40, seed })]);
    expect(bytes()).toBe(bytes(1));
    expect(bytes(2)).not.toBe(bytes(1));
  });

  it('makes 15 to 25 thousand events, in order of arrival, within the month', () => {
    expect(everything.length).toBeGreaterThan(15_000);
    expect(everything.length).toBeLessThan(25_000);
    const times = requests.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(START);
    expect(times.at(-1)).toBeLessThan(START + 30 * DAY);
  });

  it('keeps to the limits of the collector', () => {
    for (const { body } of requests) {
      expect(body.batch.length).toBeGreaterThanOrEqual(1);
      expect(body.batch.length).toBeLessThanOrEqual(50);
      expect(JSON.stringify(body).length * 3).toBeLessThan(500 * 1024);
    }
    for (const { messageId } of everything) expect(messageId.length).toBeLessThan(100);
  });

  it('begins on a whole local day wherever the start lies, and needs no more than the household', () => {
    const odd = [...retailMonth({ start: START + 7 * HOUR, days: 12, people: 2 })];
    expect(Math.min(...flatten(odd).map(({ at }) => at))).toBeGreaterThan(START + DAY);
    expect(new Set(flatten(odd).map(({ userId }) => userId))).toContain('m2');
  });

  it.each([
    [{ start: START, people: 1 }, /people must be 2 or more/],
    [{ start: START, days: 0 }, /days must be a whole number/],
  ])('refuses %j', (options, message) => {
    expect(() => [...retailMonth(options)]).toThrow(message);
  });
});

describe('what the clients send', () => {
  it('comes from the ready-made sources only, and from all of them', () => {
    expect([...new Set(events.map(({ source_id }) => source_id))].toSorted()).toEqual(
      sources.map(({ source_id }) => source_id).toSorted(),
    );
  });

  it('is in the tracking plan, but for what is broken on purpose', () => {
    const planned: Record<string, { properties: object; required: string[] }> = plan.events;
    const checks = new Map(
      Object.entries(planned).map(([name, { properties, required }]) => {
        const schema = Type.Unsafe<unknown>({ type: 'object', properties, required });
        return [name, Compile(schema)] as const;
      }),
    );
    for (const { type, event, properties, traits } of events) {
      const name = event ?? type;
      const check = checks.get(name);
      expect(check, name).toBeDefined();
      const data = type === 'identify' ? traits : properties;
      expect(check?.Check(data), `${name} ${JSON.stringify(data)}`).toBe(true);
    }
    const used = new Set(events.map(({ type, event }) => event ?? type));
    expect(Object.keys(planned).filter((name) => !used.has(name))).toEqual([]);
  });

  it('names people the way each channel does', () => {
    for (const { source_id, userId, anonymousId, context } of events) {
      const ids = [userId, anonymousId, context.device?.id].map((id) => id !== undefined);
      const external = (context.externalIds ?? []).map(({ type }) => type);
      if (source_id === 'pos')
        expect([...ids, external.length + Object.keys(context.traits ?? {}).length > 0]).toEqual([
          false,
          false,
          false,
          true,
        ]);
      if (source_id === 'web') expect([ids[1], ids[2], external.length]).toEqual([true, false, 0]);
      if (source_id === 'app') expect(ids.slice(1)).toEqual([true, true]);
      if (source_id === 'miniprogram') expect(external).toContain('openid');
      if (source_id === 'crm') expect(ids.slice(0, 2)).toEqual([true, false]);
      if (source_id === 'service') expect(context.traits?.phone).toBeDefined();
    }
  });

  it('gives openid and unionid their scopes, but for an older release that leaves the scope of the openid out', () => {
    const ids = events.flatMap(({ context }) => context.externalIds ?? []);
    const kinds = new Set(
      ids.map(({ type, scope, collection, encoding }) => [type, scope, collection, encoding].join()),
    );
    expect([...kinds].toSorted()).toEqual([
      'openid,,users,none',
      'openid,wx1f0a2b3c4d5e6f70,users,none',
      'unionid,open-platform-1,users,none',
    ]);
  });

  it('writes phone numbers in many ways, all of which can be read', () => {
    const written = events.flatMap(phonesOf).filter((phone) => phone !== REFUSED_PHONE && phone !== '1380013');
    const read = written.map((phone) => parsePhoneNumberFromString(String(phone), 'CN'));
    expect(read.filter((phone) => phone?.isValid() !== true)).toEqual([]);
    const shapes = new Set(
      written.map((phone) =>
        String(phone)
          .replace(/\d/g, '0')
          .replace(/[０-９]/g, '全'),
      ),
    );
    const told = [
      '0'.repeat(11),
      '+00 000-0000-0000',
      '0'.repeat(15),
      '000 0000 0000',
      `+${'0'.repeat(13)}`,
      '全'.repeat(11),
    ];
    expect([...shapes]).toEqual(expect.arrayContaining(told));
    const exported = events.filter(({ source_id, type }) => source_id === 'crm' && type === 'identify');
    const owners = by(exported, ({ traits }) => traits?.phone);
    for (const rows of owners.values()) expect(new Set(rows.map(({ userId }) => userId)).size).toBe(1);
  });
});

describe('the calendar', () => {
  const iso = (day: number, minutes: number, zone?: string) =>
    new Date(calendarOf(START, 30).local(day, minutes, zone)).toISOString();

  it('keeps wall-clock time on the day that the clocks change', () => {
    // Day 11 is 1 November 2026: New York goes back from UTC-4 to UTC-5 at two in the morning.
    expect(iso(11, 30, 'America/New_York')).toBe('2026-11-01T04:30:00.000Z');
    expect(iso(11, 23 * 60 + 30, 'America/New_York')).toBe('2026-11-02T04:30:00.000Z');
    expect(iso(10, 23 * 60 + 30, 'America/New_York')).toBe('2026-11-01T03:30:00.000Z');
  });

  it('counts days in the zone of the shops', () => {
    expect(iso(0, 0)).toBe('2026-10-20T16:00:00.000Z');
    expect(iso(29, 10 * 60)).toBe('2026-11-19T02:00:00.000Z');
  });
});
