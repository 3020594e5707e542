import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CleanResult } from '../functions/clean/clean.ts';
import { cleanMapped, type MappingDeps } from '../functions/clean/mapped.ts';
import type { FireDeps } from '../functions/fire/fire.ts';
import { quarantineRow } from '../functions/shared/quarantine-row.ts';
import { replayedEntry } from '../functions/shared/replay.ts';
import { TOPOLOGY } from '../functions/shared/topology.ts';
import { type StitchDeps, type StitchResult, stitch } from '../functions/stitch/stitch.ts';
import type { CleanEvent, QuarantinedEvent } from '../schemas/event.ts';
import type { VirtualClock } from './clock.ts';
import type { SqliteDocStore } from './doc-store.ts';
import { fireLot, TIMERS_PER_TRANSACTION } from './firing.ts';
import type { EmbeddedLake } from './lake.ts';
import type { LiveHub } from './live.ts';
import { internalFailure } from './poison.ts';
import type { ProfileRows } from './profiles.ts';
import type { SqliteRawStream, StreamRecord } from './raw-stream.ts';
import type { Counters, Meta } from './state.ts';
import type { TimerTable } from './timers.ts';
import { Transactions } from './transactions.ts';
import type { SqliteVault } from './vault.ts';

export interface PipelineParts {
  readonly db: DatabaseSync;
  readonly raw: SqliteRawStream;
  readonly store: SqliteDocStore;
  readonly vault: SqliteVault;
  readonly lake: EmbeddedLake;
  readonly clock: VirtualClock;
  readonly timers: TimerTable;
  readonly counters: Counters;
  readonly meta: Meta;
  readonly profiles: ProfileRows;
  readonly matching: { touch(result: StitchResult): void };
  readonly live: LiveHub;
  readonly clean: MappingDeps;
  readonly stitch: Omit<StitchDeps, 'bus'>;
  readonly fire: FireDeps;
}

/** Bytes of raw records taken at once; the record count comes from the topology. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
const CHECKPOINT = 'checkpoint.raw';

/**
 * The flow in one process: raw stream → clean → stitch → lake, timers; and timers → fire. Each batch, and each lot of
 * timers, is one SQLite transaction that holds its effects and the checkpoint, so whatever happens, every effect is there
 * exactly once. Nothing inside a transaction waits for the outside.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  #position: number;
  readonly #transactions: Transactions;
  #pumping: Promise<void> | undefined;
  #stopped = false;
  /** The first failure that is not the events' fault (disk full …); the pipeline stands still then. */
  #failure: unknown;

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.#transactions = new Transactions(parts);
    this.#position = parts.meta.getNumber(CHECKPOINT, 0);
    parts.raw.onAppend(() => void this.#pump());
    void this.#pump();
  }

  /** Resolves when everything on the raw stream at the time of the call has been taken care of. @throws what stopped it */
  async settled(): Promise<void> {
    const target = this.#parts.raw.lastSeq();
    while (this.#position < target && this.#failure === undefined && !this.#stopped) await this.#pump();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Brings everything acknowledged so far into the lake's files, profiles included, so that SQL sees it. */
  async materialise(): Promise<void> {
    await this.settled();
    while ((await this.transaction(() => this.#parts.profiles.writeLot())) > 0) await nextTurn();
    await this.#parts.lake.flush();
  }

  /** Why the pipeline stands still, if it does: nothing is lost, but somebody must look. */
  failure(): string | undefined {
    if (this.#failure === undefined) return undefined;
    return this.#failure instanceof Error ? this.#failure.message : 'unknown error';
  }

  /** Raw records that wait. */
  backlog(): number {
    return this.#parts.raw.lastSeq() - this.#position;
  }

  /** Fires every timer that is due now, in order of time. With a held clock each fires at its own instant. */
  async fireDue(until: number = this.#parts.clock.now()): Promise<void> {
    let lot = TIMERS_PER_TRANSACTION;
    while (!this.#stopped && this.#parts.timers.nextDue(until)) {
      try {
        await this.transaction(() => fireLot(until, lot, this.#parts));
      } catch (error) {
        if (lot === 1) throw error;
        lot = 1; // so that those before the timer at fault still fire
      }
    }
  }

  /** Stops after the batch under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#pumping?.catch(() => undefined);
    await this.#transactions.close();
  }

  /** See `Transactions`. */
  transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.#transactions.run(work);
  }

  #pump(): Promise<void> {
    this.#pumping ??= this.#drain().finally(() => {
      this.#pumping = undefined;
    });
    return this.#pumping;
  }

  async #drain(): Promise<void> {
    const limits = { maxRecords: TOPOLOGY.consumers.clean.batch_size, maxBytes: MAX_BATCH_BYTES };
    while (!this.#stopped && this.#failure === undefined) {
      const records = this.#parts.raw.read(this.#position, limits);
      if (records.length === 0) return;
      try {
        await this.#take(records);
      } catch (error) {
        this.#failure = error;
        process.stderr.write(`The pipeline stopped: ${error instanceof Error ? error.message : 'unknown error'}\n`);
      }
      await nextTurn();
    }
  }

  /** Takes a batch; a failing one is halved until the record at fault stands alone and goes to quarantine. */
  async #take(records: readonly StreamRecord[]): Promise<void> {
    const last = records.at(-1);
    if (!last) return;
    try {
      await this.transaction(() => this.#process(records, last.seq));
      this.#position = last.seq;
    } catch (error) {
      if (records.length > 1) {
        const middle = records.length >> 1;
        await this.#take(records.slice(0, middle));
        await this.#take(records.slice(middle));
        return;
      }
      if (isStorageFailure(error)) throw error;
      await this.transaction(async () => {
        const at = new Date(this.#parts.clock.now()).toISOString();
        await this.#quarantine([internalFailure(last.record, error, at)]);
        this.#parts.meta.setNumber(CHECKPOINT, last.seq);
      });
      this.#position = last.seq;
    }
  }

  async #process(records: readonly StreamRecord[], lastSeq: number): Promise<void> {
    const events: CleanEvent[] = [];
    const secrets = new Map<string, string>();
    for (const { record, at } of records) {
      const result = await cleanMapped(record, { ...this.#parts.clean, arrivedAt: new Date(at).toISOString() });
      for (const { token, value } of result.secrets) secrets.set(token, value);
      await this.#quarantine(result.quarantined);
      await this.#noteReplay(record, result);
      for (const event of result.events) events.push(event);
      if (result.dropped) this.#parts.counters.add('clean.dropped', result.dropped);
    }
    // Once for all records, since the vault syncs the disk; before the tokens are committed, which mean nothing without it.
    if (secrets.size > 0) await this.#parts.vault.store(Array.from(secrets, ([token, value]) => ({ token, value })));
    if (events.length > 0) this.note(await stitch(events, { ...this.#parts.stitch, bus: this.bus }));
    this.#parts.meta.setNumber(CHECKPOINT, lastSeq);
  }

  readonly bus: StitchDeps['bus'] = {
    publish: async (published) => {
      this.#parts.counters.add('fire.armed', this.#parts.timers.armFrom(published));
    },
  };

  async #quarantine(items: readonly QuarantinedEvent[]): Promise<void> {
    if (items.length === 0) return;
    const { lake, counters, live, clock } = this.#parts;
    await lake.put(
      'quarantine',
      items.map((item) => quarantineRow(item, 'open', clock.now())),
    );
    counters.add('clean.quarantined', items.length);
    for (const item of items) {
      counters.add(`quarantine.${item.reason}`);
      live.quarantined(item);
    }
  }

  /** A replayed event that became clean closes its quarantine entry. */
  async #noteReplay(record: Uint8Array, result: CleanResult): Promise<void> {
    if (result.quarantined.length > 0 || result.events.length === 0) return;
    const closed = replayedEntry(record);
    if (!closed) return;
    await this.#parts.lake.put('quarantine', [quarantineRow(closed, 'replayed', this.#parts.clock.now())]);
    this.#parts.counters.add('clean.replayed');
    this.#parts.counters.add(`quarantine.${closed.reason}`, -1);
  }

  note(result: StitchResult): void {
    const { counters, profiles, live } = this.#parts;
    profiles.touch(result.touched);
    this.#parts.matching.touch(result);
    counters.add('clean.events', result.events.length);
    for (const { event, outcome, reason } of result.events) {
      if (outcome === 'stitched') counters.add('stitch.events');
      if (outcome === 'duplicate') counters.duplicate(event);
      if (outcome === 'quarantined' || (reason && reason !== 'duplicate')) {
        counters.add('clean.quarantined');
        counters.add(`quarantine.${reason}`);
      }
      counters.add('clean.flags', event.flags.length);
      live.stitched(event, outcome, reason);
    }
    for (const { change, one_id } of result.persons) {
      counters.add(`stitch.${change}`);
      live.person(change, one_id);
    }
  }
}

/** Failures of the disk or the database: trying other events would fail the same way. */
const isStorageFailure = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
