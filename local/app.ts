import { join } from 'node:path';
import { type CollectDeps, collect } from '../functions/collect/collect.ts';
import type { ServeDeps } from '../functions/serve/deps.ts';
import { serve } from '../functions/serve/serve.ts';
import { type Definitions, loadDefinitions } from '../functions/shared/definitions.ts';
import type { HttpRequest, HttpResponse } from '../functions/shared/http.ts';
import { mappingsInForce } from '../functions/shared/mapping/mapping-store.ts';
import type { SqlEngine } from '../functions/shared/seams.ts';
import type { SourceDesk } from '../functions/shared/sources/desk.ts';
import { tokeniser } from '../functions/shared/tokens.ts';
import { cleanDeps } from './clean-deps.ts';
import type { VirtualClock } from './clock.ts';
import { collectDeps } from './collect-deps.ts';
import type { Connectors } from './connect/connectors.ts';
import { connectorsOf } from './connect/of-app.ts';
import { freshSql } from './fresh-sql.ts';
import { Imports } from './import/imports.ts';
import { loadKeys } from './keys.ts';
import type { EmbeddedLake } from './lake.ts';
import { LiveHub } from './live.ts';
import { Matching } from './matching/matching.ts';
import { MessageStore } from './messages.ts';
import { type AppOptions, CLOCK_OFFSET, type OpenFolder, openFolder } from './open-folder.ts';
import { newId } from './operator.ts';
import { Pipeline } from './pipeline.ts';
import { ProfileRows } from './profiles.ts';
import { EmbeddedQuality } from './quality-desk.ts';
import { SqliteRawStream } from './raw-stream.ts';
import { RulesDesk } from './rules/desk.ts';
import { serveDeps } from './serve-deps.ts';
import { sourceDesk } from './source-desk.ts';
import { SourceRegistry } from './sources.ts';
import { openDatabase } from './sqlite.ts';
import { Counters, type Meta } from './state.ts';
import { Ticker } from './ticker.ts';
import { TimerTable } from './timers.ts';
import { SqliteVault } from './vault.ts';

/** The whole embedded deployment over one data folder: every stage, its state, and the calls that reach it. */
export class App {
  readonly dir: string;
  readonly clock: VirtualClock;
  readonly sources: SourceRegistry;
  readonly sourceDesk: SourceDesk;
  readonly live: LiveHub;
  readonly pipeline: Pipeline;
  readonly matching: Matching;
  readonly imports: Imports;
  readonly connectors: Connectors;
  readonly quality: EmbeddedQuality;
  readonly cleaning: ReturnType<typeof cleanDeps>;
  readonly rules: RulesDesk;
  readonly lake: EmbeddedLake;
  readonly messages: MessageStore;
  readonly counters: Counters;
  readonly definitions: Definitions;
  readonly sql: SqlEngine;
  readonly timers: TimerTable;
  readonly raw: SqliteRawStream;
  readonly #close: () => Promise<void>;
  readonly #meta: Meta;
  readonly #collect: CollectDeps;
  readonly #serve: ServeDeps;
  readonly #ticker: Ticker;

  private constructor(folder: OpenFolder) {
    const { options, lake, rules, store, db, clock, meta, unlock } = folder;
    const keys = loadKeys(options.dir);
    const tokenise = tokeniser(keys.token);
    const definitions = options.definitions ?? loadDefinitions();
    const vaultDb = openDatabase(join(options.dir, 'vault.db'));
    const vault = new SqliteVault(vaultDb, { master: keys.master });
    const shared = { store, lake, clock, rules, definitions };
    const stitch = { ...shared, newId, random: Math.random, sleep: async () => undefined };
    this.dir = options.dir;
    this.clock = clock;
    this.#meta = meta;
    this.definitions = definitions;
    this.timers = new TimerTable(db);
    this.lake = lake;
    this.live = new LiveHub(options.realNow);
    this.counters = new Counters(db);
    this.messages = new MessageStore(db);
    this.sources = new SourceRegistry(options.dir, { extraOrigins: options.allowedOrigins ?? [], clock });
    this.sourceDesk = sourceDesk(this.sources, clock);
    this.raw = new SqliteRawStream(openDatabase(join(options.dir, 'raw.db')), { clock });
    const channels = {
      outbox: this.messages.channel('outbox', () => clock.now()),
      webhook: this.messages.channel('webhook', () => clock.now()),
    };
    const { plan } = options;
    const now = clock.now();
    // No cache: the store keeps what it parsed, and a change counts at once.
    const mappingOf = mappingsInForce({ store, clock, seconds: 0 });
    this.cleaning = cleanDeps(options.dir, {
      rules,
      tokenise,
      plan: options.plan,
      sources: this.sources,
      now,
      mappingOf,
    });
    this.pipeline = new Pipeline({
      db,
      raw: this.raw,
      store,
      vault,
      lake,
      clock,
      timers: this.timers,
      counters: this.counters,
      meta,
      profiles: new ProfileRows({ db, store, lake, clock, definitions, rules }),
      matching: { touch: (result) => this.matching.touch(result) },
      live: this.live,
      clean: this.cleaning,
      stitch,
      fire: { ...shared, channels },
    });
    this.sql = freshSql(this.pipeline, lake.engine);
    const { raw, sql, sources, counters } = this;
    const transaction = this.pipeline.transaction.bind(this.pipeline);
    const settled = this.pipeline.settled.bind(this.pipeline);
    this.matching = new Matching({ ...shared, db, meta, raw, sql, newId, transaction, settled });
    this.quality = new EmbeddedQuality({ ...this, db, plan });
    this.rules = new RulesDesk({ ...shared, pipeline: this.pipeline, stitch, tokenise, defaultRegion: 'CN' });
    this.#collect = collectDeps({ clock, sources, raw, counters, publicUrl: options.publicUrl });
    const { sourceDesk: desk, quality, cleaning } = this;
    const answering = { sql, vault, tokenise, raw, quality, cleaning, sourceDesk: desk };
    this.#serve = serveDeps({ ...shared, ...answering, publicUrl: options.publicUrl });
    this.imports = new Imports({ ...this, store, clean: this.cleaning, realNow: options.realNow });
    this.connectors = connectorsOf({ ...this, store, realNow: options.realNow });
    this.#ticker = new Ticker({ ...this, webhook: options.webhook });
    this.#close = async () => {
      this.live.end();
      await this.#ticker.stop();
      await this.connectors.stop();
      await this.imports.stop();
      await this.matching.stop();
      await this.rules.stop();
      await this.pipeline.stop();
      this.raw.close();
      this.sources.close();
      await lake.close();
      vaultDb.close();
      db.close();
      unlock();
    };
  }

  /** Opens a data folder, made anew where it does not exist; what a crash left undone is finished. */
  static async open(options: AppOptions): Promise<App> {
    return new App(await openFolder(options));
  }

  /** A request to the collector. */
  collect(request: HttpRequest): Promise<HttpResponse> {
    return collect(request, this.#collect);
  }

  /** A request to the read API; it sees everything acknowledged before it. */
  async serve(request: HttpRequest): Promise<HttpResponse> {
    await this.pipeline.settled();
    return serve(request, this.#serve);
  }

  /** Fires timers and delivers webhooks as time goes by; goes on with a change of rules that a crash has left undone. */
  startTicking(): void {
    this.#ticker.start();
    this.rules.resume();
  }

  /**
   * Moves the clock forward to `ms`, firing on the way every timer at its own instant, then lets it run on. Moving back is
   * not possible: what has been decided stays decided.
   */
  async advanceTo(ms: number): Promise<void> {
    await this.#ticker.pausedWhile(async () => {
      await this.holdAt(ms);
      this.clock.runFrom(ms);
      this.#meta.setNumber(CLOCK_OFFSET, this.clock.offsetMs());
    });
    this.live.send({ kind: 'clock', now: new Date(this.clock.now()).toISOString() });
  }

  /** As `advanceTo`, but the clock then stands still: for a month of traffic in a few seconds. */
  async holdAt(ms: number): Promise<void> {
    await this.pipeline.settled();
    await this.pipeline.fireDue(ms);
    this.clock.holdAt(ms);
  }

  /** Stops cleanly; everything acknowledged is on the disk. */
  close(): Promise<void> {
    return this.#close();
  }
}
