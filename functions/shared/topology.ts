import type { Size, SizeSettings } from './topology-settings.ts';

export type * from './topology-settings.ts';
export { SIZES } from './topology-settings.ts';

/** What is the same in every size: the functions read it, and `infra` and `local` build on it. */
const SAME = {
  /** The queue and the archive are billed by what they carry: all but the smallest raw records are worth the CPU of gzip. */
  raw_packing: { gzip_from_bytes: 1_000 },
  /**
   * Raw records have no order to keep, so they wait in a queue: nobody stands behind a bad one, and no shard is ever full. A message is
   * hidden for six times as long as its function may run, as Lambda asks for; one that failed is let come again sooner, a little later each
   * time. That makes some twenty hours until it is a dead letter, and thirty for
   * one that ends its function each time. A record that is too large for a message outlives any message that points at it.
   */
  raw_queue: {
    retention_days: 14,
    large_retention_days: 15,
    timeout_seconds: 60,
    visibility_seconds: 360,
    max_receives: 120,
  },
  /** EventBridge Scheduler fires within a minute of the time asked for. */
  timers: { group: 'oneriver', precision_seconds: 60, retries: 20 },
  /** What was spilled waits for the next run at most; a run leaves what it cannot do in time to the one after it. */
  drain: { every_minutes: 2, run_seconds: 90, timeout_seconds: 110, parallel: 16 },
  /**
   * A run reads for a slice and leaves the rest to the next; what it puts on the stream leaves room for live events. A file that could not
   * be read through in a slice could never be imported.
   */
  import: {
    slice_seconds: 660,
    timeout_seconds: 900,
    lease_seconds: 120,
    parallel: 2,
    attempts: 5,
    bytes_per_second: 2_000_000,
    max_file_bytes: 21_474_836_480,
  },
  /** Platforms that send nothing by themselves are asked once a minute; a run ends before the next one begins. */
  connect: { run_seconds: 40, timeout_seconds: 55 },
  tables: {
    persons: { partition_key: 'k' },
    imports: { partition_key: 'k' },
    sources: { partition_key: 'key_hash' },
    vault: { partition_key: 'token' },
    outbox: { partition_key: 'send_id', ttl_attribute: 'expires_at' },
  },
  /** Delivery streams are named `<prefix>-<table>`. */
  lake: { prefix: 'oneriver' },
  bus: {
    name: 'oneriver',
    source: 'oneriver.stitch',
    campaign_triggered: 'Campaign Triggered',
  },
  metrics: { namespace: 'Oneriver' },
  limits: {
    /** A query that scans more is cancelled by the workgroup. */
    sql_scan_bytes: 10_737_418_240,
    analyst_scan_bytes: 107_374_182_400,
    upkeep_scan_bytes: 1_099_511_627_776,
    sql_rows: 10_000,
    sql_seconds: 25,
    /** Requests from one address in five minutes before the firewall answers 429; a carrier may hide a city behind one. */
    firewall_requests_per_address: 60_000,
    /** How long a container trusts what it knows of a write key, and of an unknown one. */
    source_cache_seconds: 60,
    unknown_source_cache_seconds: 10,
    /** How long a container trusts the identity secrets it knows: wait as long before signing with a new one. */
    identity_secret_cache_seconds: 300,
    /** How old the identity rules that a container knows may be before it reads them anew. */
    identity_rules_cache_seconds: 60,
    /** How old they may be for stitch where the store does not answer; a change of rules waits as long, and a timeout. */
    identity_rules_trust_seconds: 120,
    stitch_timeout_seconds: 120,
    outbox_retention_days: 90,
  },
} as const;

const RETRIES = { retries: 20, bisect: true };

/** About one 25 KB billing unit of the stream, after gzip. */
const RECORD_BYTES = 200_000;

/** One shard carries a thousand records and one MiB a second; hundreds of events can be in a record. */
const ONE_SHARD = { mode: 'provisioned', shards: 1, retention_hours: 24 } as const;

/**
 * The sizes. Small costs next to nothing while nobody sends; medium takes one shard as far as it goes; large
 * grows by itself. Where a window is set, Lambda may wait for up to twenty seconds when a queue is nearly empty; so small has none, and
 * takes the ten messages that Lambda gives without one. The others are for five requests a second and more: at a thousand events a second,
 * twenty to a request, they make less than 0.02 stream records an event, by few readers of the queue, so that their batches are full, and
 * few buckets. Large cannot have fewer than the five readers that Lambda begins with, so its window is two seconds. A campaign is decided
 * within five.
 */
const BY_SIZE: Readonly<Record<Size, SizeSettings>> = {
  small: {
    streams: { clean: ONE_SHARD },
    consumers: {
      clean: { from: 'raw', batch_size: 10, window_seconds: 0, concurrency: 2 },
      stitch: { from: 'clean', batch_size: 200, window_seconds: 1, max_age_hours: 20, parallelization: 2, ...RETRIES },
    },
    clean_grouping: { owner_buckets: 2, record_bytes: RECORD_BYTES },
    memory_mib: { clean: 512, stitch: 1_024 },
    lake: { buffer_seconds: 300, buffer_mib: 64 },
    limits: {
      collect_requests_per_second: 400,
      collect_burst: 800,
      serve_requests_per_second: 20,
      serve_burst: 40,
    },
  },
  medium: {
    streams: { clean: ONE_SHARD },
    consumers: {
      clean: { from: 'raw', batch_size: 200, window_seconds: 1, concurrency: 2 },
      stitch: { from: 'clean', batch_size: 200, window_seconds: 1, max_age_hours: 20, parallelization: 4, ...RETRIES },
    },
    clean_grouping: { owner_buckets: 8, record_bytes: RECORD_BYTES },
    memory_mib: { clean: 1_024, stitch: 1_769 },
    lake: { buffer_seconds: 120, buffer_mib: 64 },
    limits: {
      collect_requests_per_second: 800,
      collect_burst: 1_600,
      serve_requests_per_second: 50,
      serve_burst: 100,
    },
  },
  large: {
    streams: { clean: { mode: 'on_demand', retention_hours: 72 } },
    consumers: {
      clean: { from: 'raw', batch_size: 200, window_seconds: 2, concurrency: 50 },
      stitch: { from: 'clean', batch_size: 200, window_seconds: 1, max_age_hours: 48, parallelization: 4, ...RETRIES },
    },
    clean_grouping: { owner_buckets: 6, record_bytes: RECORD_BYTES },
    memory_mib: { clean: 1_024, stitch: 1_769 },
    lake: { buffer_seconds: 60, buffer_mib: 64 },
    limits: {
      collect_requests_per_second: 5_000,
      collect_burst: 5_000,
      serve_requests_per_second: 200,
      serve_burst: 400,
    },
  },
};

/**
 * The pipeline's topology, once: queue, stream, consumers, timers, tables and the lake's delivery. `infra` turns that of the
 * deployment's size into AWS resources, and `local` that of the default size into in-process ones.
 */
export const topologyOf = (size: Size) => ({
  ...SAME,
  ...BY_SIZE[size],
  lake: { ...SAME.lake, ...BY_SIZE[size].lake },
  limits: { ...SAME.limits, ...BY_SIZE[size].limits },
});

export type Topology = ReturnType<typeof topologyOf>;

export const DEFAULT_SIZE: Size = 'small';

/** Of the default size. What a function reads of it is the same in all. */
export const TOPOLOGY: Topology = topologyOf(DEFAULT_SIZE);
