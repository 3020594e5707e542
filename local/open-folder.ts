import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { WebhookTarget } from '../functions/fire/webhook.ts';
import type { Definitions } from '../functions/shared/definitions.ts';
import type { CompiledRules } from '../functions/shared/identity/resolve.ts';
import type { TrackingPlan } from '../schemas/tracking-plan.ts';
import { VirtualClock } from './clock.ts';
import { SqliteDocStore } from './doc-store.ts';
import { type EmbeddedLake, openLake } from './lake.ts';
import { lockFolder } from './lock.ts';
import { liveRules } from './rules/desk.ts';
import { openDatabase } from './sqlite.ts';
import { Meta, migrateState } from './state.ts';

export interface AppOptions {
  /** Data folder; made when absent. */
  readonly dir: string;
  /** Real time, epoch ms. */
  realNow(): number;
  readonly allowedOrigins?: readonly string[];
  readonly webhook?: WebhookTarget;
  readonly publicUrl?: string;
  readonly definitions?: Definitions;
  /** The tracking plan; the one that ships in `schemas/` unless given. */
  readonly plan?: TrackingPlan;
}

/** Where the virtual clock's lead over the real one is kept, ms. */
export const CLOCK_OFFSET = 'clock.offset_ms';

/** A data folder that this process has to itself, and what everything else stands on. */
export interface OpenFolder {
  readonly options: AppOptions;
  readonly lake: EmbeddedLake;
  readonly rules: CompiledRules;
  readonly store: SqliteDocStore;
  readonly db: DatabaseSync;
  readonly clock: VirtualClock;
  readonly meta: Meta;
  unlock(): void;
}

/** Opens a data folder, made anew where it does not exist. @throws Error when another process has it open */
export async function openFolder(options: AppOptions): Promise<OpenFolder> {
  mkdirSync(join(options.dir, 'keys'), { recursive: true, mode: 0o700 });
  const unlock = lockFolder(options.dir);
  const db = openDatabase(join(options.dir, 'state.db'), { sync: 'checkpoint' });
  migrateState(db);
  const store = new SqliteDocStore(db);
  const rules = await liveRules(store);
  const meta = new Meta(db);
  const clock = new VirtualClock(options.realNow, meta.getNumber(CLOCK_OFFSET, 0));
  const lake = await openLake({ db, dir: options.dir });
  return { options, lake, rules, store, db, clock, meta, unlock };
}
