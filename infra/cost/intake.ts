import { cleanRecords } from './flow.ts';
import {
  type Context,
  type CostLine,
  GB,
  KINESIS_UNIT,
  lambda,
  METRIC_LINE_BYTES,
  ofRequest,
  SECONDS,
} from './model.ts';

/** Text that a message carries, per byte of its record. */
const BASE64 = 4 / 3;
const SQS_CHUNK = 64 * 1_024;
/** Messages that one call deletes. */
const SQS_ENTRIES = 10;
/** Roles that send to the queue (collect, import, connect, serve, redrive): SQS has data keys for each. */
const QUEUE_SENDERS = 5;

/** From a request to the queue. */
export function collect(at: Context): CostLine[] {
  const { flow, line, deployed, measured, workload, events_per_request } = at;
  const cpu = ofRequest(measured, events_per_request, 'collect_cpu_ms');
  const api = deployed.firewall ? 'rest_api_request' : 'http_api_request';
  return [
    line('collect', deployed.firewall ? 'REST API' : 'HTTP API', api, flow.requests),
    ...(deployed.firewall ? [line('collect', 'WAF requests', 'waf_request', flow.requests)] : []),
    ...lambda(at, 'collect', { invocations: flow.requests, cpu, waiting: workload.sqs_send_ms }),
    line('collect', 'Access log', 'logs_gb', (flow.requests * deployed.access_log_bytes) / GB),
    // Nobody decides to trace what comes through an HTTP API.
    ...(deployed.firewall
      ? [line('collect', 'Traces', 'xray_trace', flow.requests * workload.xray_sampled_share)]
      : []),
  ];
}

/** What goes through the queue: sent one by one, deleted ten at a time, and received as they come. */
function queue({ flow, line, deployed, workload }: Context): CostLine[] {
  const chunks = Math.ceil((flow.raw_bytes * BASE64) / SQS_CHUNK);
  const perBatch = flow.requests / Math.max(1, flow.clean.batches);
  const deletes = flow.clean.batches * Math.ceil(perBatch / SQS_ENTRIES);
  const keys = (SECONDS / deployed.data_key_seconds) * (2 * QUEUE_SENDERS + 1);
  return [
    line('collect', 'Queue, sends', 'sqs_request', flow.requests * chunks),
    line('clean', 'Queue, receives', 'sqs_request', (flow.requests / workload.sqs_messages_per_receive) * chunks),
    line('clean', 'Queue, deletes', 'sqs_request', deletes),
    line('collect', 'Data keys of the queue', 'kms_request', keys),
  ];
}

function cleanStream(at: Context): CostLine[] {
  const { line, deployed, flow, events_per_month: events } = at;
  const { records, bytes } = cleanRecords(at, flow.clean.batch_events);
  const each = bytes / records;
  if (deployed.topology.streams.clean.mode === 'provisioned') {
    const units = events * records * Math.ceil(each / KINESIS_UNIT);
    return [line('clean', 'Stream clean, 25 KB units', 'kinesis_put_unit', units)];
  }
  const gb = (events * records * Math.max(each, 1_024)) / GB;
  return [
    line('clean', 'Stream clean, in', 'kinesis_on_demand_gb_in', gb),
    line('clean', 'Stream clean, out', 'kinesis_on_demand_gb_out', gb),
  ];
}

/** From the queue to the clean stream. */
export function clean(at: Context): CostLine[] {
  const { flow, line, measured, workload } = at;
  const { batches, batch_events } = flow.clean;
  const cpu = batch_events * measured.clean_cpu_ms_per_event;
  // The clean stream, then the archive; rows in quarantine are few.
  const waiting = workload.kinesis_put_ms + workload.firehose_call_ms;
  return [
    ...queue(at),
    ...cleanStream(at),
    ...lambda(at, 'clean', { invocations: batches, cpu, waiting }),
    line('clean', 'Metrics in the log', 'logs_gb', (batches * METRIC_LINE_BYTES) / GB),
  ];
}
