import { describe, expect, it } from 'vitest';
import { measureRecords, peopleFor } from '../../bench/stream-records.ts';
import { SIZES, topologyOf } from '../../functions/shared/topology.ts';
import { deployedAs } from '../../infra/cost/deployed.ts';
import { readCostArgs } from '../../infra/cost/main.ts';
import { totalOf } from '../../infra/cost/report.ts';
import { costOf } from '../../infra/cost/stages.ts';
import { synthesise } from '../support/templates.ts';

const ALARM = 'AWS::CloudWatch::Alarm';
const SMALL = { size: 'small', announce_new_persons: false } as const;

describe('what the cost command prices', () => {
  it('is read from the templates', () => {
    const { template, names } = synthesise();
    const alarms = names.flatMap((name) => Object.keys(template(name).findResources(ALARM)));
    const { counts, data_key_seconds, memory_mib } = deployedAs({ ...SMALL, firewall: false });
    expect(counts.alarms).toBeGreaterThanOrEqual(alarms.length);
    expect(counts.kms_keys).toBeGreaterThan(0);
    const [stitch] = Object.values(template('stitch').findResources('AWS::Lambda::Function'));
    expect(memory_mib.stitch).toBe(stitch?.Properties.MemorySize);
    const queues = Object.values(template('collect').findResources('AWS::SQS::Queue'));
    const reuse = queues.map(({ Properties }) => Properties.KmsDataKeyReusePeriodSeconds);
    expect(reuse).toContain(data_key_seconds);
    expect(data_key_seconds).toBeGreaterThanOrEqual(3_600);
  });

  it.each([true, false])('knows the line of the access log, firewall %s', (firewall) => {
    const { access_log_bytes } = deployedAs({ ...SMALL, firewall });
    expect(access_log_bytes).toBeGreaterThan(100);
    expect(access_log_bytes).toBeLessThan(170);
  });

  it('costs at most 25 dollars a month while nobody sends, firewall and alarms included', () => {
    const { inputs } = readCostArgs(['--events-per-month', '0', '--profile', 'small']);
    expect(totalOf(costOf(inputs()))).toBeLessThanOrEqual(25);
  });

  it.each(SIZES.filter((size) => size !== 'small'))(
    'puts at most 0.02 records on the stream for an event, at a thousand events a second in %s',
    (size) => {
      const run = measureRecords({ size, people: peopleFor(1_000), seconds: 3, events_per_request: 20 });
      expect(run.events).toBe(3_000);
      expect(run.stream_records / run.events).toBeLessThanOrEqual(0.02);
    },
  );

  it('takes a request the moment it comes in small, and has more of them share a record the more there are', () => {
    expect(topologyOf('small').consumers.clean.window_seconds).toBe(0);
    const shares = [40, 400, 4_000].map((perSecond) => {
      const { stream_records, events } = measureRecords({
        ...{ size: 'small', people: peopleFor(perSecond), seconds: 3, events_per_request: 20 },
      });
      return stream_records / events;
    });
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    expect(shares[0]).toBeLessThanOrEqual(0.1);
  });

  it.each([
    [['--events-per-month', 'many'], /--events-per-month must be a number from 0 to/],
    [['--profile', 'tiny'], /--profile must be one of small, medium, large; got "tiny"/],
    [['--events-per-request', '2', '--visitors-per-request', '3'], /cannot be more than --events-per-request/],
    [['--login-share', ''], /--login-share must be a number/],
  ])('refuses %j, saying what is expected', (argv, message) => {
    expect(() => readCostArgs(argv)).toThrow(message);
  });
});
