/** Which services there are: `china` in the two regions of mainland China, `global` in all others. */
export type Profile = 'global' | 'china';

/** What the stacks would use and a partition may lack. */
export interface Offers {
  /** Lambda puts the bytes of a batch that it gave up on into a bucket; else a queue is told where it lies in the stream. */
  readonly failed_batches_to_bucket: boolean;
  /** Event source mappings count what they read and drop. */
  readonly mapping_metrics: boolean;
  /** Event source mappings take tags. */
  readonly mapping_tags: boolean;
  /** Lambda writes X-Ray traces. */
  readonly function_traces: boolean;
}

/**
 * What is known of the partitions; for China, from the page "Amazon Lambda" of "Getting Started with Amazon Web Services in
 * China", as of 2026. Where only some regions lack something (Firehose's Iceberg destination is one), no stack uses it.
 */
export const OFFERS: Readonly<Record<Profile, Offers>> = {
  global: {
    failed_batches_to_bucket: true,
    mapping_metrics: true,
    mapping_tags: true,
    function_traces: true,
  },
  china: {
    failed_batches_to_bucket: false,
    mapping_metrics: false,
    mapping_tags: false,
    function_traces: false,
  },
};

/** The profile of a region; none where no region is known. */
export const profileOf = (region: string | undefined): Profile | undefined =>
  region === undefined ? undefined : region.startsWith('cn-') ? 'china' : 'global';
