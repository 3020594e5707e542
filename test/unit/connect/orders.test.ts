import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import { CURSOR_PREFIX } from '../../../functions/connect/cursor.ts';
import { MAX_WINDOW_ORDERS, OVERLAP_MS } from '../../../functions/connect/poll-jos.ts';
import { pollSource } from '../../../functions/connect/poll-source.ts';
import { encodeRaw } from '../../../functions/shared/raw-record.ts';
import { fetchedSource, NOON, polling, SECRETS } from '../../support/connecting.ts';
import { CLEAN_DEPS } from '../../support/ingest.ts';
import { PlatformServer } from '../../support/platform-server.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const KEY = `${CURSOR_PREFIX}jd`;

/** A shop with so many orders, one each second up to an hour ago, and polls of it. */
async function shop(count: number) {
  const platform = await PlatformServer.start();
  const kept = polling();
  const add = (id: number, modified: number, orderState = 'WAIT_SELLER_STOCK_OUT'): void => {
    platform.orders.push({ orderId: String(id), orderState, modified });
  };
  for (let i = 0; i < count; i += 1) add(i, NOON - HOUR - (count - i) * 1000);
  const poll = (deps: Partial<typeof kept.deps> = {}): Promise<number> =>
    pollSource(fetchedSource('jos', `${platform.url}/routerjson`), SECRETS, {
      ...{ ...kept.deps, ...deps },
      deadline: kept.clock.ms + 40_000,
    });
  const cursor = async () => (await kept.store.get([KEY])).get(KEY)?.body;
  const seen = (): Set<unknown> => new Set(kept.items().map(({ orderId }) => orderId));
  const asked = (): Record<string, string>[] =>
    platform.calls.map(({ form }) => JSON.parse(form.get('360buy_param_json') ?? ''));
  return { platform, add, poll, cursor, seen, asked, ...kept };
}

describe('orders of JD', () => {
  it('are read from the last page to the first, then only what was modified since', async () => {
    const { poll, asked, seen, cursor, clock, add, items, platform } = await shop(250);
    expect(await poll()).toBe(250);
    expect(asked().map(({ page }) => page)).toEqual(['1', '3', '2', '1']);
    expect(seen().size).toBe(250);
    expect(await cursor()).toEqual({ done_until: NOON });
    clock.ms += MINUTE;
    add(900, NOON + 30_000);
    platform.calls.length = 0;
    expect(await poll()).toBe(1);
    expect(asked()).toMatchObject([
      { start_date: '2026-11-22 11:57:00', end_date: '2026-11-22 12:01:00', page: '1', page_size: '100', dateType: 0 },
    ]);
    expect(items().at(-1)).toMatchObject({ orderId: '900' });
  });

  it('are asked for without names, addresses and telephone numbers', async () => {
    const { poll, asked } = await shop(1);
    await poll();
    expect(asked()[0]?.optional_fields).not.toMatch(/consignee|mobile|telephone|address|remark|invoice/i);
  });

  it('are all seen where orders are modified while pages are read', async () => {
    const { poll, platform, seen, clock } = await shop(300);
    const touched: string[] = [];
    platform.afterPage = (page) => {
      // The oldest three leave the window: those behind them move to earlier pages.
      if (page === 1 && touched.length > 0) return;
      for (const order of platform.orders.toSorted((a, b) => a.modified - b.modified).slice(0, 3)) {
        touched.push(order.orderId);
        platform.orders = platform.orders.map((one) =>
          one.orderId === order.orderId ? { ...one, modified: NOON + 1000 + touched.length } : one,
        );
      }
    };
    await poll();
    platform.afterPage = () => undefined;
    clock.ms += MINUTE;
    await poll();
    expect(touched.length).toBeGreaterThan(5);
    expect(seen().size).toBe(300);
  });

  it('are read on after a crash at any point, none is missed, and the cursor never runs ahead of what is durable', async () => {
    for (let crash = 1; crash <= 7; crash += 1) {
      const { poll, deps, state, store, seen, cursor, platform } = await shop(250);
      let steps = 0;
      const step = (): void => {
        steps += 1;
        if (steps === crash) throw new Error('killed');
      };
      const dying = {
        raw: {
          put: async (...put: Parameters<typeof deps.raw.put>) => {
            step();
            await deps.raw.put(...put);
          },
        },
        store: {
          get: store.get.bind(store),
          commit: async (...writes: Parameters<typeof store.commit>) => {
            step();
            return await store.commit(...writes);
          },
        },
      };
      await poll(dying).catch((error: unknown) => expect(String(error)).toContain('killed'));
      const { done_until } = ((await cursor()) ?? { done_until: 0 }) as { done_until: number };
      if (done_until === NOON) expect(seen().size).toBe(250);
      await poll();
      expect({ crash, seen: seen().size }).toEqual({ crash, seen: 250 });
      expect([await cursor(), platform.refused, state.isDown]).toEqual([{ done_until: NOON }, [], false]);
    }
  });

  it('are left to another run that moved the cursor meanwhile', async () => {
    const { poll, store, deps, cursor } = await shop(150);
    const other = {
      store: {
        get: store.get.bind(store),
        commit: async (...writes: Parameters<typeof store.commit>) => {
          await store.commit([{ key: KEY, expected: 0, body: { done_until: NOON - HOUR } }]);
          return await store.commit(...writes);
        },
      },
    };
    expect(await poll({ ...deps, ...other })).toBe(50);
    expect(await cursor()).toEqual({ done_until: NOON - HOUR });
  });

  it('are read in windows that a run gets through, where there are many', async () => {
    const { poll, cursor, seen, asked } = await shop(MAX_WINDOW_ORDERS + 500);
    await poll();
    expect(seen().size).toBe(MAX_WINDOW_ORDERS + 500);
    expect(await cursor()).toEqual({ done_until: NOON });
    expect(Math.max(...asked().map(({ page }) => Number(page)))).toBeLessThanOrEqual(MAX_WINDOW_ORDERS / 100);
  });

  it('are read on where a deployment stood still, in windows of a day, as far as JD shows them', async () => {
    const { poll, store, asked, clock } = await shop(0);
    const done_until = NOON - 200 * 24 * HOUR;
    await store.commit([{ key: KEY, expected: 0, body: { done_until } }]);
    await poll();
    const [first] = asked();
    const from = Date.parse(`${first?.start_date?.replace(' ', 'T')}+08:00`);
    expect(from).toBe(clock.ms - 89 * 24 * HOUR - OVERLAP_MS);
    expect(asked()).toHaveLength(89);
  });

  it('go on in the next run where the time is up', async () => {
    const { poll, clock, cursor, seen, platform } = await shop(250);
    platform.afterPage = () => (clock.ms += 15_000);
    const deadline = clock.ms + 40_000;
    const now = () => clock.ms;
    expect(await poll({ now })).toBeLessThan(250);
    expect(clock.ms).toBeGreaterThanOrEqual(deadline);
    expect(await cursor()).toMatchObject({ reading: { from: NOON - 24 * HOUR - OVERLAP_MS } });
    platform.afterPage = () => undefined;
    await poll();
    expect(seen().size).toBe(250);
  });

  it('say what JD says', async () => {
    const { poll, platform } = await shop(1);
    const answer = (value: object) =>
      platform.faults.push({ kind: 'answer', status: 200, body: JSON.stringify(value) });
    answer({ error_response: { code: '19', zh_desc: '无效access_token', en_desc: 'Invalid access_token' } });
    await expect(poll()).rejects.toThrow('was refused: 19 Invalid access_token 无效access_token');
    const apiResult = { success: false, numberCode: 10400001, englishErrCode: 'params', chineseErrCode: '参数' };
    answer({ jingdong_pop_order_search_responce: { searchorderinfo_result: { apiResult } } });
    await expect(poll()).rejects.toThrow('was refused: 10400001 params 参数');
    answer({ jingdong_pop_order_search_responce: { searchorderinfo_result: { orderTotal: 5 } } });
    await expect(poll()).rejects.toThrow('without a list of orders');
  });

  it('refuse a cursor that is none', async () => {
    const { poll, store } = await shop(1);
    await store.commit([{ key: KEY, expected: 0, body: { done_until: 'yesterday' } }]);
    await expect(poll()).rejects.toThrow('The document connect#jd is no cursor');
  });

  it('are the same event when they are seen again in one state, and never one id with two bodies', async () => {
    const { poll, platform, records, clock } = await shop(0);
    const states = ['WAIT_SELLER_STOCK_OUT', 'WAIT_GOODS_RECEIVE_CONFIRM', 'WAIT_GOODS_RECEIVE_CONFIRM', 'FINISHED_L'];
    for (const orderState of states) {
      clock.ms += MINUTE;
      platform.orders = [{ orderId: '1', orderState, modified: clock.ms - 1000 }];
      await poll();
      clock.ms += MINUTE;
      await poll();
    }
    const events = records.flatMap(({ head, body }) => cleanRecord(encodeRaw(head, body), CLEAN_DEPS).events);
    expect(events).toHaveLength(8);
    const bodies = new Map<string, Set<string>>();
    for (const { event_id, body_hash } of events) {
      bodies.set(event_id, (bodies.get(event_id) ?? new Set()).add(body_hash));
    }
    expect([...bodies.values()].map((set) => set.size)).toEqual([1, 1, 1, 1]);
    expect([...bodies.keys()][0]).toBe('jos:1:WAIT_SELLER_STOCK_OUT');
  });
});
