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
  /** Firehose writes to Iceberg tables; else to files, which are merged into them. */
  readonly firehose_to_iceberg: boolean;
}

/**
 * What is known of the partitions. For China, from the pages "Amazon Lambda" of "Getting Started with Amazon Web Services in
 * China" and "Considerations and limitations" of Firehose's Iceberg destination, both as of 2026.
 */
const OFFERS: Readonly<Record<Profile, Offers>> = {
  global: {
    failed_batches_to_bucket: true,
    mapping_metrics: true,
    mapping_tags: true,
    function_traces: true,
    firehose_to_iceberg: true,
  },
  china: {
    failed_batches_to_bucket: false,
    mapping_metrics: false,
    mapping_tags: false,
    function_traces: false,
    firehose_to_iceberg: false,
  },
};

/** Regions of other partitions in which Firehose does not write to Iceberg tables, by the same page. */
const WITHOUT_ICEBERG = /^(us-gov-.*|ap-east-2|ap-southeast-[56]|mx-central-1)$/;

/** What there is in a region; where none is known yet, what most regions of the profile have. */
export function offersOf(profile: Profile, region?: string): Offers {
  const offers = OFFERS[profile];
  return region !== undefined && WITHOUT_ICEBERG.test(region) ? { ...offers, firehose_to_iceberg: false } : offers;
}

/** The profile of a region; none where no region is known. */
export const profileOf = (region: string | undefined): Profile | undefined =>
  region === undefined ? undefined : region.startsWith('cn-') ? 'china' : 'global';
