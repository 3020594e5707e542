import type { PollDeps } from '../../functions/connect/poll-source.ts';
import { isOutbound, type SecretsByName } from '../../functions/connect/settings.ts';
import { sourceOf } from '../../functions/shared/sources/definition.ts';
import type { StoredSource } from '../../functions/shared/sources/store.ts';
import type { Source } from '../../schemas/event.ts';
import type { Connector } from './connector.ts';
import type { ConnectorState } from './journal.ts';
import { Poller } from './poller.ts';
import { TmcLink } from './tmc-link.ts';

export interface ConnectorsParts {
  readonly sources: {
    readonly store: { state(): string; all(): readonly StoredSource[] };
    secretsOf(source_id: string): Promise<SecretsByName>;
  };
  readonly deps: PollDeps;
}

interface Running {
  readonly version: number;
  readonly connector: Connector;
}

/** The connectors of all sources that nobody sends for: each begins, ends and begins anew as its source is made, switched off or changed. */
export class Connectors {
  readonly #parts: ConnectorsParts;
  readonly #running = new Map<string, Running>();
  #known = '';
  #ending: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(parts: ConnectorsParts) {
    this.#parts = parts;
  }

  poke(): void {
    if (this.#stopped) return;
    const known = this.#parts.sources.store.state();
    if (known !== this.#known) this.#reconcile();
    this.#known = known;
    for (const { connector } of this.#running.values()) connector.poke();
  }

  /** By source. */
  states(): ConnectorState[] {
    return [...this.#running].toSorted().map(([, { connector }]) => connector.journal.state);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const id of [...this.#running.keys()]) this.#end(id);
    await this.#ending;
  }

  #reconcile(): void {
    const all = this.#parts.sources.store.all();
    const wanted = new Map(
      all
        .filter(({ definition }) => isOutbound(definition) && definition.disabled === undefined)
        .map((stored) => [stored.definition.source_id, stored]),
    );
    for (const [id, { version }] of this.#running) if (wanted.get(id)?.version !== version) this.#end(id);
    for (const [id, { definition, version }] of wanted) {
      if (!this.#running.has(id)) this.#running.set(id, { version, connector: this.#begin(sourceOf(definition)) });
    }
  }

  #begin(source: Source): Connector {
    const { sources, deps } = this.#parts;
    const secrets = () => sources.secretsOf(source.source_id);
    const isLink = source.protocol === 'tmc' && !/^https?:/.test(source.settings?.url ?? '');
    return isLink ? new TmcLink(source, secrets, deps) : new Poller(source, secrets, deps);
  }

  #end(id: string): void {
    const ended = this.#running.get(id)?.connector.stop();
    this.#running.delete(id);
    this.#ending = Promise.all([this.#ending, ended]);
  }
}
