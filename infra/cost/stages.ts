import { flowOf } from './flow.ts';
import { idle } from './idle.ts';
import { clean, collect } from './intake.ts';
import {
  type Context,
  type CostInputs,
  type CostLine,
  FIREHOSE_UNIT,
  GB,
  lambda,
  lineMaker,
  METRIC_LINE_BYTES,
  SECONDS,
} from './model.ts';

/** Metrics that the stages write; each is billed in months in which it was written. */
const CUSTOM_METRICS = 20;
/** Measured on the sample month: Parquet takes this share of the JSON. */
const PARQUET_SHARE = 0.08;
/**
 * Measured on events of a web shop in Parquet with Snappy: id, owner, times, name and remarks, which a look at data quality reads of
 * the partitions of today and yesterday to tell repeats, once by source and once for the events that rules name; and of
 * the weeks before the times and names alone.
 */
const WATCHED_EVENT_BYTES = 50;
const WATCHED_DAYS = 4;
const DAYS = 30;
const LOOKS = 12 * DAYS;
/** Questions of a look, each billed as 10 MB at least. */
const LOOK_QUERIES = 7;
const LEAST_QUERY_TB = 1e-5;

const watchedTb = (events: number): number =>
  LOOKS * Math.max(LOOK_QUERIES * LEAST_QUERY_TB, ((events / DAYS) * WATCHED_DAYS * WATCHED_EVENT_BYTES) / 1e12);
/** A merge reads a landed day and what the table has of it; files that came late, both again; compaction, the day once more. */
const MERGE_SCANS = 5;
/** Calls that stitch waits for one after the other, for a batch. */
const STITCH_CALLS = 6;

/** Request units of DynamoDB: those of one event per visit, and what its kind adds. */
export function unitsOf({ measured, flow, workload }: Context): { write: number; read: number } {
  const newVisits = flow.sessions * workload.new_visitor_share;
  const merges = flow.sessions * workload.login_share;
  const known = Math.max(0, flow.visits - newVisits - merges);
  const { known: k, new_visitor: n, merge: m } = measured.units;
  const sum = (of: 'write' | 'read'): number => known * k[of] + newVisits * n[of] + merges * m[of];
  return { write: sum('write'), read: sum('read') };
}

function stitch(at: Context): CostLine[] {
  const { flow, line, measured, workload, deployed } = at;
  const { write, read } = unitsOf(at);
  const { batches, batch_events } = flow.stitch;
  const cpu = batch_events * measured.stitch_cpu_ms_per_event;
  const waiting = STITCH_CALLS * workload.dynamodb_call_ms + 2 * workload.firehose_call_ms;
  const persons = flow.sessions * workload.new_visitor_share * workload.months_of_history;
  const announced = workload.login_share + (deployed.announce_new_persons ? workload.new_visitor_share : 0);
  const storage = (persons * measured.document_bytes_per_person) / GB;
  return [
    ...lambda(at, 'stitch', { invocations: batches, cpu, waiting }),
    line('stitch', 'DynamoDB writes', 'dynamodb_write_unit', write),
    line('stitch', 'DynamoDB reads', 'dynamodb_read_unit', read),
    line('stitch', 'DynamoDB storage', 'dynamodb_gb_month', storage),
    line('stitch', 'Point-in-time recovery', 'dynamodb_pitr_gb_month', storage),
    line('stitch', 'Metrics in the log', 'logs_gb', (batches * METRIC_LINE_BYTES) / GB),
    line('stitch', 'Bus events', 'eventbridge_event', flow.sessions * announced),
  ].filter(({ quantity }) => quantity > 0);
}

/** Rows of a table come in one Firehose record a batch, which is billed as a multiple of 5 KB. */
const firehoseGb = (batches: number, bytes: number): number =>
  (batches * Math.ceil(bytes / Math.max(1, batches) / FIREHOSE_UNIT) * FIREHOSE_UNIT) / GB;

function lake(at: Context): CostLine[] {
  const { events_per_month: events, flow, line, measured, workload, deployed } = at;
  const { new_visitor_share, login_share, months_of_history } = workload;
  const rows = measured.lake_row_bytes;
  const changes = flow.sessions * (new_visitor_share + login_share);
  const bytes = {
    events: events * rows.events,
    profiles: flow.visits * rows.profiles,
    identity_map: changes * rows.identity_map,
    person_changes: changes * rows.person_changes,
  };
  const gb = Object.values(bytes).reduce((sum, of) => sum + firehoseGb(Math.min(flow.stitch.batches, changes), of), 0);
  const all = Object.values(bytes).reduce((sum, of) => sum + of, 0) / GB;
  const raw = flow.requests * flow.raw_bytes;
  const files = events === 0 ? 0 : 5 * (SECONDS / deployed.topology.lake.buffer_seconds);
  return [
    line('lake', 'Firehose', 'firehose_gb', gb),
    line('lake', 'Conversion to Parquet', 'firehose_convert_gb', gb),
    line('lake', 'Merges', 'athena_tb', (all * PARQUET_SHARE * MERGE_SCANS) / 1_000),
    line('lake', 'Raw archive', 'firehose_gb', firehoseGb(flow.clean.batches, raw)),
    line('lake', 'Files written', 's3_put', files * 3),
    line('lake', 'Storage', 's3_gb_month', (all * PARQUET_SHARE + raw / GB) * months_of_history),
    line('lake', 'Quality watch', 'athena_tb', watchedTb(events)),
    line('lake', 'Queries', 'athena_tb', (events / 1e6) * workload.queries_tb_per_million_events),
  ];
}

function fire(at: Context): CostLine[] {
  const timers = at.flow.sessions * at.workload.campaign_timers_per_session;
  return [
    ...lambda(at, 'fire', { invocations: timers, cpu: 1, waiting: 4 * at.workload.dynamodb_call_ms }),
    at.line('fire', 'Timers', 'scheduler_invocation', timers),
    at.line('fire', 'DynamoDB writes', 'dynamodb_write_unit', 3 * timers),
  ];
}

/**
 * What a deployment costs a month, line by line, without free tiers. Rates are means over the month: peaks cost no more, for
 * everything but shards is billed by use.
 */
export function costOf(inputs: CostInputs): CostLine[] {
  const at: Context = { ...inputs, flow: flowOf(inputs), line: lineMaker(inputs.prices) };
  if (inputs.events_per_month === 0) return idle(at);
  const metrics = at.line('operations', 'Custom metrics', 'metric_month', CUSTOM_METRICS);
  return [...collect(at), ...clean(at), ...stitch(at), ...lake(at), ...fire(at), metrics, ...idle(at)];
}
