import type { Definitions } from '../shared/definitions.ts';
import type { DocStore } from '../shared/doc-store.ts';
import type { HttpRequest } from '../shared/http.ts';
import type { CompiledRules } from '../shared/identity/resolve.ts';
import type { QualityDesk } from '../shared/quality/desk.ts';
import type { Clock, RawStream, SqlEngine, Vault } from '../shared/seams.ts';
import type { SourceDesk } from '../shared/sources/desk.ts';

/** What the routes need of the deployment they answer for. */
export interface ServeDeps {
  readonly store: DocStore;
  readonly sql: SqlEngine;
  /** Present where the caller may see raw personal values; else tokens are shown. */
  readonly vault?: Vault;
  readonly rules: CompiledRules;
  readonly definitions: Definitions;
  readonly clock: Clock;
  /** Token of a personal identifier value, to look persons up by phone or e-mail. */
  tokenise(type: string, normalised: string): string;
  /** ISO 3166 country of phone numbers written without +. */
  readonly defaultRegion: string;
  /** Where declarations go, like any event. */
  readonly raw: RawStream;
  /** A new id for an event that its caller gave none. */
  newId(): string;
  /** Who is answerable for the request; undefined when that is not known, and nothing may then be declared. */
  callerOf(request: HttpRequest): string | undefined;
  /** What the figures of data quality are read from, and by which rules. */
  readonly quality: QualityDesk;
  /** Where sources are looked at and changed. */
  readonly sourceDesk: SourceDesk;
  /** The newest events that a source sent, as they were decoded; absent where requests are in the archive alone. */
  lastEvents?(source_id: string, count: number): Promise<readonly unknown[]>;
  /** Where senders reach the collector, e.g. `https://collect.example.com`. */
  readonly collectUrl: string;
}
