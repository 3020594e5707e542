/** The kinds of settings that `topology.ts` gives values to. */

/** How much a deployment is made for; the values of each are in `topology.ts`. */
export type Size = 'small' | 'medium' | 'large';

export const SIZES: readonly Size[] = ['small', 'medium', 'large'];

export type ConsumerName = 'clean' | 'stitch';

export interface StreamSettings {
  /** A provisioned shard costs a quarter of an on-demand stream that idles; on demand follows any load. */
  readonly mode: 'provisioned' | 'on_demand';
  /** Of a provisioned stream: 1 MiB/s or 1,000 records/s each. */
  readonly shards?: number;
  /** How long a record can be read again. Beyond 24 hours each shard costs more to keep than to run. */
  readonly retention_hours: number;
}

/** What reads a queue. */
export interface QueueConsumerSettings {
  readonly from: 'raw';
  /** Most messages handed over at once: ten without a window. */
  readonly batch_size: number;
  /** Longest wait for a batch to fill, where messages keep coming; with any window, Lambda may wait for twenty seconds in a nearly empty queue. */
  readonly window_seconds: number;
  /** Batches at a time, 2 at least. Fewer of them are fuller: what comes within a window is shared out among them. */
  readonly concurrency: number;
}

/** What reads a stream. */
export interface StreamConsumerSettings {
  readonly from: 'clean';
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

/**
 * Clean events are packed by hash bucket of their owner: one owner is always in one bucket, so in one shard and in order,
 * while many events share one stream record. The fewer buckets, the more events share; a shard wants a few for each of its
 * concurrent batches.
 */
export interface CleanGrouping {
  readonly owner_buckets: number;
  /** What is packed into one record, before gzip. */
  readonly record_bytes: number;
}

/** Firehose writes a file at whichever comes first; with Parquet, 64 MiB is the least it allows. */
export interface LakeSettings {
  readonly buffer_seconds: number;
  readonly buffer_mib: number;
}

/** What differs from size to size. No function reads any of it: what one needs is in its environment. */
export interface SizeSettings {
  /** What has an order to keep. */
  readonly streams: { readonly clean: StreamSettings };
  readonly consumers: { readonly clean: QueueConsumerSettings; readonly stitch: StreamConsumerSettings };
  readonly clean_grouping: CleanGrouping;
  /** Of the consumers' functions; a core goes with each 1,769 MiB. */
  readonly memory_mib: Readonly<Record<ConsumerName, number>>;
  readonly lake: LakeSettings;
  /** Requests per second that an API lets through, and its burst. */
  readonly limits: Readonly<
    Record<'collect_requests_per_second' | 'collect_burst' | 'serve_requests_per_second' | 'serve_burst', number>
  >;
}
