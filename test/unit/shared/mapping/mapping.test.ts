import { describe, expect, it } from 'vitest';
import { isFinding } from '../../../../functions/shared/finding.ts';
import type { MappingContext } from '../../../../functions/shared/mapping/functions.ts';
import { compileMapping, MAX_MAPPED_EVENTS } from '../../../../functions/shared/mapping/mapping.ts';
import type { MappingDefinition } from '../../../../schemas/mapping.ts';

const CONTEXT: MappingContext = {
  source_id: 'erp',
  channel: 'erp',
  received_at: '2026-11-22T02:10:00.000Z',
  time_zone: 'Asia/Shanghai',
  default_region: 'CN',
};

const defined = (expression: string, more: Partial<MappingDefinition> = {}): MappingDefinition => ({
  mapping: 'erp-orders',
  version: 3,
  title: { en: 'ERP orders', zh: 'ERP 订单' },
  owner: 'data@shop.example.com',
  purpose: 'Tests.',
  expression,
  ...more,
});

const run = async (expression: string, event: Record<string, unknown> = {}, more: Partial<MappingDefinition> = {}) =>
  (await compileMapping(defined(expression, more))).map(event, CONTEXT);

const value = async (
  expression: string,
  event: Record<string, unknown> = {},
  more: Partial<MappingDefinition> = {},
) => {
  const result = await run(`{"v": ${expression}}`, event, more);
  return isFinding(result) ? result.detail : result[0]?.v;
};

describe('a mapping', () => {
  it('renames, looks into paths, fills in constants and templates, and keeps id and times', async () => {
    const event = {
      type: 'track',
      messageId: 'm1',
      timestamp: 't',
      sentAt: 's',
      properties: { cust: { no: 'u-7' }, nr: 9 },
    };
    const expression = `{
      "type": "track", "event": "Order Completed", "userId": properties.cust.no,
      "properties": { "order_id": "ERP-" & properties.nr, "currency": "CNY" }
    }`;
    expect(await run(expression, event)).toEqual([
      {
        type: 'track',
        event: 'Order Completed',
        userId: 'u-7',
        properties: { order_id: 'ERP-9', currency: 'CNY' },
        messageId: 'm1',
        timestamp: 't',
        sentAt: 's',
      },
    ]);
  });

  it('splits, filters, chooses and coalesces', async () => {
    const lines = [
      { sku: 'a', n: 1 },
      { sku: 'b', n: 0 },
      { sku: 'c', n: 2 },
    ];
    const split = await run(
      'properties.lines[n > 0].{"type": "track", "event": "Line Sold", "userId": "u", "properties": $}',
      { messageId: 'm1', properties: { lines } },
    );
    expect(split).toMatchObject([
      { messageId: 'm1', properties: { sku: 'a' } },
      { messageId: 'm1#1', properties: { sku: 'c' } },
    ]);
    expect(await run('type = "page" ? $ : ()', { type: 'track' })).toEqual([]);
    expect(await value('nick ? nick : name', { name: '张三' })).toBe('张三');
  });

  it.each([
    ['$instant("2026-03-01 10:00:00")', '2026-03-01T02:00:00.000Z'],
    ['$instant("2026/3/1 10:00", "Europe/Berlin")', '2026-03-01T09:00:00.000Z'],
    ['$instant("2026-03-01T10:00:00Z")', '2026-03-01T10:00:00.000Z'],
    ['$instant(1764000000)', '2025-11-24T16:00:00.000Z'],
    ['$instant(missing)', undefined],
    ['$instant("20.11.2026 18:30", "Europe/Berlin", "dd.MM.yyyy HH:mm")', '2026-11-20T17:30:00.000Z'],
    ['$instant("3/1/26 下午3:05", null, "M/d/yy ah:mm")', '2026-03-01T07:05:00.000Z'],
    ['$instant("01/03/2026 12:00:09.007 AM", "UTC", "dd/MM/yyyy hh:mm:ss.SSS a")', '2026-03-01T00:00:09.007Z'],
    [`$instant("20261120T18", "UTC", "yyyyMMdd'T'HH")`, '2026-11-20T18:00:00.000Z'],
    ['$date("1956年5月1日")', '1956-05-01'],
    ['$date("1988/2/29 00:00:00")', '1988-02-29'],
    ['$date("29.02.1988", "dd.MM.yyyy")', '1988-02-29'],
    ['$date("")', undefined],
    ['$phone("138 0013-8000")', '+8613800138000'],
    ['$phone(13800138000)', '+8613800138000'],
    ['$phone("030 901820", "DE")', '+4930901820'],
    ['$phone("12")', undefined],
    ['$phone(missing)', undefined],
    [`$json("[1, {\\"a\\": 2}]")[1].a`, 2],
    ['$json("[1, ")', undefined],
    ['$json(missing)', undefined],
    ['$now()', '2026-11-22T02:10:00.000Z'],
    ['$millis()', 1795313400000],
    ['$amount("￥1,234.50")', 1234.5],
    ['$fromMinor(1990, "CNY")', 19.9],
    ['$fromMinor("1990", "JPY")', 1990],
    ['$toMinor("19.90", "CNY")', 1990],
    ['$toMinor(missing, "CNY")', undefined],
    ['$table("status", 2)', 'paid'],
    ['$table("status", "9", "other")', 'other'],
    ['$table("status", "constructor")', undefined],
    ['$table("status", [2], "other")', 'other'],
    ['$phone("13800138000", {"toString": 1})', undefined],
    ['$fromMinor(1990, {"toString": 1})', 19.9],
    ['$source.channel', 'erp'],
  ])('%s is %s', async (expression, expected) => {
    expect(await value(expression, {}, { tables: { status: { 1: 'open', 2: 'paid' } } })).toBe(expected);
  });

  it.each([
    ['a value that is no time', '$instant("gestern")', 'no time'],
    ['a zone that is none', '$instant("2026-01-01", "Mars/Base")', 'zone database'],
    ['a text that is not of its pattern', '$instant("2026-11-20", null, "dd.MM.yyyy")', 'no time'],
    ['an hour that no clock of twelve has', '$instant("01.01.2026 13:00 PM", null, "dd.MM.yyyy hh:mm a")', 'no time'],
    ['a pattern with other letters', '$instant("2026-11-20", null, "YYYY-MM-DD")', 'mean nothing'],
    ['a pattern without a day', '$instant("2026-11", null, "yyyy-MM")', 'no year, month and day'],
    ['a pattern that is no text', '$date("2026-11-20", 7)', 'is a text'],
    ['an object where an amount is', '$amount({"toString": 1})', 'take a number'],
    ['an object where a day is', '$date({"toString": 1})', 'no day'],
    ['a day that there is not', '$date("2026-02-30")', 'no day'],
    ['what would differ each time', '$random()', 'same for the same event'],
    ['what a sender wrote, as code', '$eval("1 + 1")', '$json reads JSON'],
    ['a text that is no amount', '$amount("viel")', 'number'],
    ['an unknown table', '$table("nope", 1)', 'does not have'],
    ['a function that is none', '$nope(1)', 'T1006'],
  ])('says what fails: %s', async (_, expression, message) => {
    const result = await run(`{"v": ${expression}}`);
    expect(result).toMatchObject({ reason: 'mapping_failed', detail: expect.stringContaining(message) });
  });

  it.each([
    ['recursion without an end', '($f := function($n){ 1 + $f($n) }; {"v": $f(1)})'],
    ['a tail call without an end', '($f := function($n){ $f($n + 1) }; $f(1))'],
    ['a list of millions', '{"v": $sum([1..9000000])}'],
    ['no event', '"text"'],
    ['too many events', `[1..${MAX_MAPPED_EVENTS + 1}].{"type": "track"}`],
  ])('ends in a finding, not in a stall: %s', async (_, expression) => {
    expect(await run(expression)).toMatchObject({ reason: 'mapping_failed' });
  });

  it('never quotes what was sent', async () => {
    const result = await run('{"v": $number(properties.phone)}', { properties: { phone: '13800000000 ext' } });
    expect(result).toMatchObject({ reason: 'mapping_failed' });
    expect(JSON.stringify(result)).not.toContain('13800000000');
  });

  it('cannot reach a prototype', async () => {
    const event = JSON.parse(
      '{"properties": {"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 2}}}}',
    );
    await run('$merge([properties, {"__proto__": {"polluted": 3}}])', event);
    await run('properties ~> |$|{"__proto__": {"polluted": 4}}|', event);
    await run(`$merge([{}, $json('{"__proto__": {"polluted": 5}}')])`, event);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(await value('$lookup($, "__proto__") ? 1 : 0', {})).toBe(0);
  });

  it('gives the same for the same, also when many run at once in contexts of their own', async () => {
    const mapping = await compileMapping(defined('{"at": $instant(properties.at)}'));
    const zones = ['Asia/Shanghai', 'Europe/Berlin', 'UTC'];
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        mapping.map({ properties: { at: '2026-01-01 12:00' } }, { ...CONTEXT, time_zone: zones[n % 3] ?? 'UTC' }),
      ),
    );
    const hours = results.map((result) => (isFinding(result) ? '' : String(result[0]?.at).slice(11, 13)));
    expect(new Set(hours.filter((_, n) => n % 3 === 0))).toEqual(new Set(['04']));
    expect(new Set(hours.filter((_, n) => n % 3 === 1))).toEqual(new Set(['11']));
  });
});

describe('a definition', () => {
  it.each([
    ['an expression that cannot be read', defined('{"a": '), 'near character 6'],
    ['no owner', { ...defined('$'), owner: '' }, '/owner'],
    ['a field that is not known', { ...defined('$'), code: 1 }, 'not valid'],
    ['nothing', undefined, 'not valid'],
  ])('is refused with the place: %s', async (_, definition, message) => {
    await expect(compileMapping(definition)).rejects.toThrow(message);
  });
});
