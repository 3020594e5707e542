import { logFault, takeBatch } from '../../functions/shared/kinesis-batch.ts';
import type { StitchResult } from '../../functions/stitch/stitch.ts';
import type { Tamper } from './deployed.ts';

/** Everything runs as it is deployed. */
export const UNTOUCHED: Tamper = {
  collectPut: (put) => put,
  cleanPut: (put) => put,
  stitch: (take) => take,
  batch: (take) => take,
};

/** Goes on without waiting; what goes wrong then, nobody hears of. */
const unawaited = (work: Promise<unknown>): void => void work.catch(() => undefined);

const NOTHING_DONE: StitchResult = { events: [], persons: [], touched: [], armed: 0 };

/** Ways to break the promise that nothing acknowledged is lost. The simulation must notice each of them. */
export const DEFECTS = {
  'collect-acks-before-write': {
    ...UNTOUCHED,
    collectPut: (put) => async (record, key) => unawaited(put(record, key)),
  },
  'clean-acks-before-write': {
    ...UNTOUCHED,
    cleanPut: (put) => async (events) => unawaited(put(events)),
  },
  'stitch-acks-before-commit': {
    ...UNTOUCHED,
    stitch: (take) => async (records, deps) => {
      unawaited(take(records, deps));
      return NOTHING_DONE;
    },
  },
  /** A failed batch is logged and taken as done. */
  'failures-swallowed': {
    ...UNTOUCHED,
    batch: (take) => (event, work, onFault) =>
      take(
        event,
        (records) => work(records).catch((error) => logFault({ sequence_number: undefined, records: 1, error })),
        onFault,
      ),
  },
  /** The last record of a failed batch is named as the first that failed: those before it are taken as done. */
  'failure-named-too-late': {
    ...UNTOUCHED,
    batch: () => async (event, work, onFault) => {
      const answer = await takeBatch(event, work, onFault).catch(() => undefined);
      if (answer?.batchItemFailures.length === 0) return answer;
      return { batchItemFailures: [{ itemIdentifier: event.Records.at(-1)?.kinesis.sequenceNumber ?? '' }] };
    },
  },
} as const satisfies Record<string, Tamper>;

export type Defect = keyof typeof DEFECTS;
