import { expect, it } from 'vitest';
import { topologyOf } from '../../../functions/shared/topology.ts';
import type { Size } from '../../../functions/shared/topology-settings.ts';
import { batchesPerSecond, cleanRecords, flowOf } from '../../../infra/cost/flow.ts';
import { MEASURED, readPrices, SHIPPED_PRICES, WORKLOAD } from '../../../infra/cost/inputs.ts';
import { type CostInputs, gbSeconds, ofRequest } from '../../../infra/cost/model.ts';
import { costReport, totalOf } from '../../../infra/cost/report.ts';
import { costOf } from '../../../infra/cost/stages.ts';

const memory_mib = { collect: 512, clean: 512, stitch: 512, fire: 512 };
const counts = { alarms: 40, kms_keys: 2, waf_rules: 3, dashboards: 1 };

const inputs = (changes: Partial<CostInputs> & { firewall?: boolean; size?: Size } = {}): CostInputs => {
  const { firewall = true, size = 'small', ...rest } = changes;
  return {
    ...{ events_per_month: 1_000_000, events_per_request: 20, visitors_per_request: 1 },
    deployed: {
      announce_new_persons: false,
      size,
      firewall,
      topology: topologyOf(size),
      counts,
      access_log_bytes: 150,
      data_key_seconds: 3_600,
      memory_mib,
    },
    ...{ workload: WORKLOAD, measured: MEASURED, prices: SHIPPED_PRICES },
    ...rest,
  };
};

const usdOf = (of: CostInputs, item: string): number | undefined =>
  costOf(of).find((line) => `${line.stage}: ${line.item}` === item)?.usd;

it('prices each request once, at the API that the firewall asks for', () => {
  expect(usdOf(inputs(), 'collect: REST API')).toBeCloseTo(50_000 * 3.5e-6);
  expect(usdOf(inputs(), 'collect: WAF requests')).toBeCloseTo(50_000 * 0.6e-6);
  expect(usdOf(inputs({ firewall: false }), 'collect: HTTP API')).toBeCloseTo(50_000 * 1e-6);
  expect(usdOf(inputs({ firewall: false, events_per_request: 1 }), 'collect: HTTP API')).toBeCloseTo(1);
  expect(usdOf(inputs({ firewall: false }), 'collect: WAF requests')).toBeUndefined();
});

it('bills a function for its share of a core, its waiting and at least a millisecond', () => {
  // 2 ms of a whole core are 6.91 ms at 512 MiB; twice as slow, and 12 ms of waiting: 25.8 ms of half a GB.
  const cost = gbSeconds(1_000_000, { cpu: 2, waiting: 12 }, { memory_mib: 512, slowdown: 2 });
  expect(cost).toBeCloseTo(((2 * 2 * 1_769) / 512 + 12) * 0.5 * 1_000, 3);
  expect(gbSeconds(1_000, { cpu: 0, waiting: 0 }, { memory_mib: 1_024, slowdown: 1 })).toBeCloseTo(1);
});

it('goes straight through the measured sizes of a request', () => {
  const [one, twenty] = MEASURED.requests;
  expect(ofRequest(MEASURED, 1, 'raw_bytes')).toBeCloseTo(one?.raw_bytes ?? 0);
  expect(ofRequest(MEASURED, 20, 'raw_bytes')).toBeCloseTo(twenty?.raw_bytes ?? 0);
  const middle = ((one?.raw_bytes ?? 0) + (twenty?.raw_bytes ?? 0)) / 2;
  expect(ofRequest(MEASURED, 10.5, 'raw_bytes')).toBeCloseTo(middle);
});

it('lets events of one visitor meet in a batch when they come in one request, and not when they are many visitors', () => {
  const events = 100_000_000;
  expect(flowOf(inputs({ events_per_month: events })).visits).toBeCloseTo(events / WORKLOAD.events_per_session);
  expect(flowOf(inputs({ events_per_month: events, visitors_per_request: 20 })).visits).toBeCloseTo(
    events / WORKLOAD.events_per_burst,
  );
  expect(flowOf(inputs({ events_per_month: events, visitors_per_request: 5 })).visits).toBeCloseTo(events / 4);
});

it('asks the same for an idle month as the bill names idle, whatever the traffic', () => {
  const idle = costOf(inputs({ events_per_month: 0 }));
  expect(new Set(idle.map(({ stage }) => stage))).toEqual(new Set(['idle']));
  const busy = costOf(inputs({ events_per_month: 1e8 })).filter(({ stage }) => stage === 'idle');
  expect(busy).toEqual(idle);
  // One shard, five and three dollars of WAF, two keys and their requests, five long polls of twenty seconds; of forty alarms
  // ten cost nothing, and neither does the first dashboard.
  const polls = (5 * 730 * 3_600 * 0.4) / 20 / 1e6;
  expect(totalOf(idle)).toBeCloseTo(0.015 * 730 + 5 + 3 + 2 + (12 * 730 * 12 * 3) / 1e6 + polls + 3);
});

it('pays no shards on demand, but hours of the stream and every GB', () => {
  const large = inputs({ size: 'large', events_per_month: 1e9 });
  expect(usdOf(large, 'idle: Stream shards')).toBeUndefined();
  expect(usdOf(large, 'idle: Streams on demand')).toBeCloseTo(730 * 0.04);
  const { records, bytes } = cleanRecords(large, flowOf(large).clean.batch_events);
  const gb = records * Math.max(bytes / records, 1_024);
  expect(usdOf(large, 'clean: Stream clean, in')).toBeCloseTo(gb * 0.08);
});

it('bills a message when it is sent and when it is received, and ten of them when they are deleted', () => {
  // Ten a second for each of two readers: eleven in a batch, and so two calls to delete them.
  const month = 20 * 730 * 3_600;
  const busy = inputs({ size: 'medium', events_per_month: month, events_per_request: 1 });
  expect(usdOf(busy, 'collect: Queue, sends')).toBeCloseTo(month * 0.4e-6);
  expect(usdOf(busy, 'clean: Queue, receives')).toBeCloseTo(month * 0.4e-6);
  expect(usdOf(busy, 'clean: Queue, deletes')).toBeCloseTo((month / 11) * 2 * 0.4e-6);
  const ten = inputs({ ...busy, size: 'medium', workload: { ...WORKLOAD, sqs_messages_per_receive: 10 } });
  expect(usdOf(ten, 'clean: Queue, receives')).toBeCloseTo(month * 0.04e-6);
});

it('bills a message over 64 KiB of base64 as several', () => {
  const [one, twenty] = MEASURED.requests.map((request) => ({ ...request, raw_bytes: 100_000 }));
  const large = inputs({ measured: { ...MEASURED, requests: [one, twenty].filter((size) => size !== undefined) } });
  expect(usdOf(large, 'collect: Queue, sends')).toBeCloseTo(50_000 * 3 * 0.4e-6);
});

it('opens a window with the first arrival, for each lane, and hands full batches over before its end', () => {
  const of = { lanes: 2, window_seconds: 1, batch_size: 200 };
  expect(batchesPerSecond(0, of)).toBe(0);
  expect(batchesPerSecond(0.001, of)).toBeCloseTo(0.001);
  expect(batchesPerSecond(50, of)).toBeCloseTo(2 / 1.04);
  expect(batchesPerSecond(10_000, of)).toBeCloseTo(50);
});

it('hands over what comes at once where there is no window', () => {
  const of = { lanes: 2, window_seconds: 0, batch_size: 10 };
  expect(batchesPerSecond(2, of)).toBeCloseTo(2);
  const small = inputs({ events_per_month: 5_000_000, events_per_request: 20 });
  expect(usdOf(small, 'clean: Lambda invocations')).toBeCloseTo(250_000 * 0.2e-6);
});

it('packs the events of one visitor in one record, and of many visitors in one for each bucket at most', () => {
  const small = inputs();
  expect(cleanRecords(small, 20).records).toBeCloseTo(1 / 20);
  expect(cleanRecords({ ...small, visitors_per_request: 20 }, 20).records).toBeCloseTo((2 * (1 - 0.5 ** 20)) / 20);
  expect(cleanRecords(small, 100_000).records).toBeCloseTo(MEASURED.clean_stream.at(-1)?.records_per_event ?? 0);
  expect(cleanRecords({ ...small, events_per_request: 1 }, 1)).toEqual({
    records: 1,
    bytes: MEASURED.clean_stream[0]?.bytes_per_event,
  });
});

it('grows with the events, and costs less per event the more of them come together', () => {
  const at = (changes: Partial<CostInputs>): number => totalOf(costOf(inputs(changes)));
  expect(at({ events_per_month: 2e8 })).toBeGreaterThan(at({ events_per_month: 1e8 }));
  expect(at({ events_per_month: 1e8, events_per_request: 20 })).toBeLessThan(
    at({ events_per_month: 1e8, events_per_request: 1 }) / 2,
  );
});

it('has a price for every line, and shows all of them, the idle cost and what was assumed', () => {
  const all = inputs({ events_per_month: 1e8 });
  const lines = costOf(all);
  expect(lines.filter(({ usd, quantity }) => !Number.isFinite(usd) || quantity < 0)).toEqual([]);
  const text = costReport(all);
  for (const { item } of lines) expect(text).toContain(item);
  expect(text).toContain(`all in${totalOf(lines).toFixed(2).padStart(54)}`);
  for (const name of Object.keys(WORKLOAD)) expect(text).toContain(`--${name.replaceAll('_', '-')} `);
});

it('bills new persons on the bus only where it is told of them', () => {
  const { announce_new_persons: _, ...deployed } = inputs().deployed;
  const silent = usdOf(inputs({ deployed: { ...deployed, announce_new_persons: false } }), 'stitch: Bus events');
  const told = usdOf(inputs({ deployed: { ...deployed, announce_new_persons: true } }), 'stitch: Bus events');
  const sessions = 1_000_000 / WORKLOAD.events_per_session;
  expect(silent).toBeCloseTo(sessions * WORKLOAD.login_share * 1e-6);
  expect(told).toBeCloseTo(sessions * (WORKLOAD.login_share + WORKLOAD.new_visitor_share) * 1e-6);
});

it('refuses a price list that lacks a price, naming it', () => {
  const { waf_request: _, ...rest } = SHIPPED_PRICES.prices;
  expect(() => readPrices({ ...SHIPPED_PRICES, prices: rest })).toThrow('The price list lacks waf_request.');
  expect(() => readPrices({ ...SHIPPED_PRICES, region: 7 })).toThrow(/wrong at \/region/);
});
