import { logFault, takeBatch } from '../../functions/shared/kinesis-batch.ts';
import type { StitchResult } from '../../functions/stitch/stitch.ts';
import type { Tamper } from './deployment.ts';

/** Everything runs as it is deployed. */
export const UNTOUCHED: Tamper = {
  collectPut: (put) => put,
  cleanPut: (put) => put,
  archivePut: (put) => put,
  stitch: (take) => take,
  batch: (take) => take,
  messages: (take) => take,
  rawQueue: (settings) => settings,
};

/** Goes on without waiting; what goes wrong then, nobody hears of. */
const unawaited = (work: Promise<unknown>): void => void work.catch(() => undefined);

const NOTHING_DONE: StitchResult = { events: [], persons: [], touched: [], armed: 0 };

/** Deliveries from which on clean takes a message apart from the others. */
const SUSPECT_FROM = 4;

/** Ways to break the promise that nothing acknowledged is lost. The simulation must notice each of them. */
export const DEFECTS = {
  'collect-acks-before-write': {
    ...UNTOUCHED,
    collectPut: (put) => async (record) => unawaited(put(record)),
  },
  'clean-acks-before-write': {
    ...UNTOUCHED,
    cleanPut: (put) => async (events) => unawaited(put(events)),
  },
  'archive-acks-before-write': {
    ...UNTOUCHED,
    archivePut: (put) => async (records) => unawaited(put(records)),
  },
  'stitch-acks-before-commit': {
    ...UNTOUCHED,
    stitch: (take) => async (records, deps) => {
      unawaited(take(records, deps));
      return NOTHING_DONE;
    },
  },
  /** Clean answers for a whole batch of messages while it still works at it. */
  'messages-acked-before-work': {
    ...UNTOUCHED,
    messages: (take) => (event, deps) =>
      take(event, { ...deps, work: async (records) => unawaited(deps.work(records)) }),
  },
  /** What may be poison is out of the way before it is done. */
  'suspects-removed-before-work': {
    ...UNTOUCHED,
    messages: (take) => async (event, deps) => {
      const suspects = event.Records.filter(
        ({ attributes }) => Number(attributes.ApproximateReceiveCount) >= SUSPECT_FROM,
      );
      if (suspects.length > 0) {
        const held = await deps.held();
        await held.remove(suspects.map(({ receiptHandle }) => receiptHandle)).catch(() => undefined);
      }
      return await take(event, deps);
    },
  },
  /** Whatever comes back is taken together with what ends the function, until it is a dead letter as well. */
  'suspects-not-taken-apart': {
    ...UNTOUCHED,
    messages: (take) => (event, deps) => {
      const Records = event.Records.map((record) => ({
        ...record,
        attributes: { ...record.attributes, ApproximateReceiveCount: '1' },
      }));
      return take({ Records }, deps);
    },
  },
  /** Lambda deletes what the answer does not name. */
  'failed-messages-not-named': {
    ...UNTOUCHED,
    messages: (take) => async (event, deps) => {
      await take(event, deps);
      return { batchItemFailures: [] };
    },
  },
  /** A failed batch of the stream is logged and taken as done. */
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
} satisfies Record<string, Tamper>;

export type Defect = keyof typeof DEFECTS;

/** Shorter than many runs of clean. */
const SHORT_SECONDS = 3;
/** So many that an outage is over before a message is a dead letter, and few enough that no message is forgotten before. */
const MANY_RECEIVES = 500;

/** What is slow or wasteful and breaks nothing: the simulation must stay quiet. */
export const HARMLESS = {
  /** Messages are shown to others while they are worked at: everything is done several times. */
  'visibility-shorter-than-run': {
    ...UNTOUCHED,
    rawQueue: (settings) => ({ ...settings, visibility_seconds: SHORT_SECONDS, max_receives: MANY_RECEIVES }),
  },
  /** Nothing is postponed or removed while a function runs. */
  'held-messages-left-alone': {
    ...UNTOUCHED,
    messages: (take) => (event, deps) =>
      take(event, {
        ...deps,
        held: async () => {
          throw new Error('Nobody may ask.');
        },
      }),
  },
} satisfies Record<string, Tamper>;

/** Ways to tamper with what is deployed, by name. */
export const TAMPERS = { ...DEFECTS, ...HARMLESS };

export type TamperName = keyof typeof TAMPERS;
