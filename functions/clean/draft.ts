import type { CleanEvent, Declaration, EventType, RawHead } from '../../schemas/event.ts';
import type { Identifier, IdentityRules } from '../../schemas/identifier.ts';
import type { Finding } from '../../schemas/reasons.ts';
import type { IdentityKeys } from '../shared/identity-secrets.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Arrival } from '../shared/segment-limits.ts';
import type { Tokenise } from '../shared/tokens.ts';
import type { CompiledPlan } from './compiled-plan.ts';
import type { Credential } from './credential.ts';

export interface CleanDeps {
  readonly rules: IdentityRules;
  readonly plan: CompiledPlan;
  readonly tokenise: Tokenise;
  /** What identity tokens are verified with; without it none proves anything. */
  readonly identityKeys?: IdentityKeys;
  /** Events that arrive later than this are flagged `late`. Default 7. */
  readonly maxLatenessDays?: number;
  /** Arrival of a record whose head cannot be read, as the stream knows it (ISO 8601). Default: the epoch. */
  readonly arrivedAt?: string;
}

/** What all events of one raw record have in common. */
export interface RecordContext {
  readonly head: RawHead;
  readonly receivedMs: number;
  readonly arrival: Arrival;
  /** Of what made our fields of the client's. */
  readonly mappingVersion: number;
  readonly deps: CleanDeps;
  /** Raw personal values by token, for the vault. */
  readonly secrets: Map<string, string>;
}

/** One event on its way through the steps. Each step fills in its own fields and reads those of the steps before it. */
export interface Draft {
  /** The client's event, with what its batch declares for all. Never changed. */
  readonly item: JsonObject;
  /** The same before any mapping. */
  readonly sent: JsonObject;
  /** Position in the batch. */
  readonly index: number;
  /** What the event carried to prove who is signed in; no longer in `item`. */
  readonly credential: Credential | undefined;
  type: EventType;
  name: string;
  properties: JsonObject;
  traits: JsonObject;
  context: JsonObject;
  occurredMs: number;
  timeZone: string;
  timeZoneKnown: boolean;
  localDate: string;
  identifiers: Identifier[];
  /** Key of the first identifier. */
  owner: string;
  /** Keys of the identifiers that the credential vouches for. */
  attested: string[];
  session: CleanEvent['session'];
  /** Token of each personal value found, by the text that the client sent. */
  personal: Map<string, string>;
  /** Of an event that declares something about identity. */
  declared?: Declaration;
  eventId: string;
  bodyHash: string;
  consent: CleanEvent['consent'];
  flags: string[];
}

/** One step: fills in the draft, or says why the event cannot become a clean one. */
export type Step = (draft: Draft, record: RecordContext) => Finding | undefined;

/** A draft to which no step has been applied. */
export const newDraft = (
  item: JsonObject,
  {
    index,
    credential,
    sent = item,
  }: { readonly index: number; readonly credential?: Credential | undefined; readonly sent?: JsonObject },
): Draft => ({
  item,
  sent,
  index,
  credential,
  type: 'track',
  name: '',
  properties: {},
  traits: {},
  context: {},
  occurredMs: 0,
  timeZone: '',
  timeZoneKnown: false,
  localDate: '',
  identifiers: [],
  owner: '',
  attested: [],
  session: undefined,
  personal: new Map(),
  eventId: '',
  bodyHash: '',
  consent: {},
  flags: [],
});
