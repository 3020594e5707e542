/**
 * The pipeline's topology, once: streams, consumers, timers, tables and the lake's delivery. `infra` turns it into AWS
 * resources and `local` into in-process ones, so that what runs on the laptop is what is deployed.
 */
export interface StreamSettings {
  /** Provisioned shards cost a quarter of an on-demand stream that idles. 1 MiB/s or 1,000 records/s each. */
  readonly shards: number;
  /** How long a record can be read again. */
  readonly retention_hours: number;
}

export interface ConsumerSettings {
  readonly from: string;
  /** Most stream records handed over at once. */
  readonly batch_size: number;
  /** Longest wait for a batch to fill. */
  readonly window_seconds: number;
  /** Attempts after the first; then the batch's coordinates and bytes go to the on-failure bucket. */
  readonly retries: number;
  /** A record older than this goes to the on-failure bucket. Shorter than the stream's retention. */
  readonly max_age_hours: number;
  /** Halve a failing batch, so that one bad record stands alone. */
  readonly bisect: boolean;
  /** Concurrent batches per shard; records of one partition key stay in order. */
  readonly parallelization: number;
}

export interface TableSettings {
  /** The only key attribute. */
  readonly partition_key: string;
  /** Attribute with the expiry in epoch seconds, where items expire. */
  readonly ttl_attribute?: string;
}

interface Topology {
  readonly streams: Readonly<Record<string, StreamSettings>>;
  readonly consumers: Readonly<Record<string, ConsumerSettings>>;
  readonly clean_grouping: { readonly owner_buckets: number; readonly record_bytes: number };
  readonly raw_packing: { readonly gzip_from_bytes: number };
  readonly timers: {
    readonly group: string;
    readonly precision_seconds: number;
    readonly retries: number;
  };
  readonly tables: Readonly<Record<string, TableSettings>>;
  readonly lake: { readonly prefix: string; readonly buffer_seconds: number; readonly buffer_mib: number };
  readonly bus: {
    readonly name: string;
    readonly source: string;
    readonly campaign_triggered: string;
    readonly person_changes: readonly string[];
  };
  readonly metrics: { readonly namespace: string };
  readonly limits: Readonly<Record<string, number>>;
}

export const TOPOLOGY = {
  streams: {
    raw: { shards: 1, retention_hours: 168 },
    clean: { shards: 1, retention_hours: 72 },
  },
  consumers: {
    clean: {
      from: 'raw',
      batch_size: 200,
      window_seconds: 1,
      retries: 20,
      max_age_hours: 48,
      bisect: true,
      parallelization: 2,
    },
    stitch: {
      from: 'clean',
      batch_size: 100,
      window_seconds: 1,
      retries: 20,
      max_age_hours: 48,
      bisect: true,
      parallelization: 4,
    },
  },
  /**
   * Clean events are packed by hash bucket of their owner: one owner is always in one bucket, so in one shard and in
   * order, while hundreds of events share one stream record. `record_bytes` is what is packed before gzip: about the
   * 25 KB billing unit after it.
   */
  clean_grouping: { owner_buckets: 64, record_bytes: 200_000 },
  /** Raw records above one 25 KB billing unit are worth the CPU of gzip. */
  raw_packing: { gzip_from_bytes: 25_000 },
  /** EventBridge Scheduler fires within a minute of the time asked for. */
  timers: { group: 'oneriver', precision_seconds: 60, retries: 20 },
  tables: {
    persons: { partition_key: 'k' },
    sources: { partition_key: 'key_hash' },
    vault: { partition_key: 'token' },
    outbox: { partition_key: 'send_id', ttl_attribute: 'expires_at' },
  },
  /**
   * Delivery streams are named `<prefix>-<table>`. Firehose writes a Parquet file at whichever comes first; 64 MiB is the least
   * it allows with Parquet.
   */
  lake: { prefix: 'oneriver', buffer_seconds: 60, buffer_mib: 64 },
  bus: {
    name: 'oneriver',
    source: 'oneriver.stitch',
    campaign_triggered: 'Campaign Triggered',
    /** A million new visitors cost a million bus events: leave `person.created` out where nobody listens to it. */
    person_changes: ['person.created', 'person.merged', 'person.split'],
  },
  metrics: { namespace: 'Oneriver' },
  limits: {
    /** Requests per second that the collector's API lets through, and its burst. */
    collect_requests_per_second: 2_000,
    collect_burst: 4_000,
    serve_requests_per_second: 50,
    serve_burst: 100,
    /** A query that scans more is cancelled by the workgroup. */
    sql_scan_bytes: 10_737_418_240,
    sql_rows: 10_000,
    sql_seconds: 25,
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
    log_retention_days: 30,
    failure_retention_days: 90,
    outbox_retention_days: 90,
  },
} as const satisfies Topology;
