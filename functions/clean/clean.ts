import type { CleanEvent, QuarantinedEvent, RawHead } from '../../schemas/event.ts';
import type { Finding } from '../../schemas/reasons.ts';
import { isFinding } from '../shared/finding.ts';
import { isObject, objectOr } from '../shared/json.ts';
import { decoderOf } from '../shared/protocols/decoders.ts';
import type { Payload, Unpacked } from '../shared/protocols/protocol.ts';
import { decodeRaw } from '../shared/raw-record.ts';
import { type Arrival, arrivalOf, checkEvent } from '../shared/segment-limits.ts';
import { attest } from './attest.ts';
import { classify } from './classify.ts';
import { readConsent } from './consent.ts';
import { type Credential, takeCredential } from './credential.ts';
import { declare } from './declare.ts';
import { keyEvent } from './dedupe.ts';
import { type CleanDeps, type Draft, newDraft, type RecordContext, type Step } from './draft.ts';
import { identify } from './event-identifiers.ts';
import { timeEvent } from './event-time.ts';
import { MAPPING_VERSION, mapFields, withShared } from './fields.ts';
import { validate } from './plan.ts';
import { quarantineBody, quarantineEvent, quarantineRecord } from './quarantine.ts';
import { recogniseSession } from './session.ts';

export interface CleanResult {
  /** In the order in which they came. */
  readonly events: CleanEvent[];
  readonly quarantined: QuarantinedEvent[];
  /** Raw personal values by token, each once: for the vault, and for nothing else. */
  readonly secrets: { token: string; value: string }[];
  /** Events that the mapping of their source dropped. */
  readonly dropped?: number;
}

/** An event's whole way from the wire to the clean stream, in order. Splitting and the limits come before it. */
const STEPS: readonly Step[] = [
  mapFields,
  timeEvent,
  identify,
  attest,
  recogniseSession,
  validate,
  classify,
  declare,
  keyEvent,
  readConsent,
];

/** One event of a record, on its way. */
export interface Item {
  /** As it was decoded, with what its batch declares for all, credential apart: what quarantine keeps. */
  readonly whole: unknown;
  /** What goes on: `whole`, unless a mapping made another of it. */
  readonly event: unknown;
  /** What the limits go by: the event as it was sent. */
  readonly measured: unknown;
  readonly index: number;
  readonly credential?: Credential | undefined;
  /** Why it cannot go on, where that is known already. */
  readonly finding?: Finding;
}

/** A record that can be read, and its events. */
export interface OpenedRecord {
  readonly head: RawHead;
  readonly body: Buffer;
  readonly items: readonly Item[];
  readonly arrival: Arrival;
  /** Of the mapping that its events went through. */
  readonly mappingVersion?: number;
}

/**
 * Cleans one raw record: every event in it ends up either in `events` or in `quarantined`. Pure; never throws, since one
 * bad record must not fail its batch. The same record always gives the same result. Mappings are `cleanMapped`'s.
 */
export function cleanRecord(record: Uint8Array, deps: CleanDeps): CleanResult {
  const opened = openRecord(record, deps);
  return 'items' in opened ? cleanOpened(opened, deps) : opened;
}

/** Reads a record as far as its events, or says what becomes of it as a whole. */
export function openRecord(record: Uint8Array, { arrivedAt }: CleanDeps): OpenedRecord | CleanResult {
  let opened: ReturnType<typeof decodeRaw>;
  try {
    opened = decodeRaw(record);
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'The raw record cannot be read.';
    return { events: [], quarantined: [quarantineRecord(record, detail, arrivedAt)], secrets: [] };
  }
  const { head, body } = opened;
  const payload: Payload = { route: head.route, body, params: head.params ?? {} };
  const unpacked = decode(payload, head);
  if (isFinding(unpacked)) return { events: [], quarantined: [quarantineBody(unpacked, opened)], secrets: [] };
  const items = unpacked.items.map((item, index) => {
    const { event: whole, credential } = takeCredential(isObject(item) ? withShared(item, unpacked.shared) : item);
    return { whole, event: whole, measured: item, index, credential };
  });
  return { ...opened, items, arrival: arrivalOf(head.protocol, payload, head.source) };
}

/** Cleans the events of a record that was opened. Pure; never throws. */
export function cleanOpened(opened: OpenedRecord, deps: CleanDeps): CleanResult {
  const { head, arrival, items } = opened;
  const context: RecordContext = {
    head,
    receivedMs: Date.parse(head.received_at),
    arrival,
    mappingVersion: opened.mappingVersion ?? MAPPING_VERSION,
    deps,
    secrets: new Map(),
  };
  const result: CleanResult = { events: [], quarantined: [], secrets: [] };
  for (const item of items) {
    const outcome = item.finding ?? cleanItem(item, context);
    if (isFinding(outcome)) {
      result.quarantined.push(quarantineEvent(item.whole, outcome, { ...opened, route: arrival.route }));
    } else result.events.push(outcome);
  }
  for (const [token, value] of context.secrets) result.secrets.push({ token, value });
  return result;
}

/** A defect of a decoder must not fail the batch either. */
function decode(payload: Payload, { protocol, source }: RawHead): Unpacked | Finding {
  const decoder = decoderOf(protocol);
  if (decoder === undefined) {
    return { reason: 'internal_error', field: '', detail: `There is no decoder for the protocol ${protocol}.` };
  }
  try {
    return decoder(payload, source);
  } catch (error) {
    const kind = error instanceof Error ? error.name : 'unknown error';
    return { reason: 'internal_error', field: '', detail: `Decoding failed: ${kind}.` };
  }
}

function cleanItem({ measured, whole, event, index, credential }: Item, context: RecordContext): CleanEvent | Finding {
  try {
    const refused = checkEvent(measured, context.arrival);
    if (refused !== undefined) return refused;
    const draft = newDraft(objectOr(event), { index, credential, sent: objectOr(whole) });
    for (const step of STEPS) {
      const finding = step(draft, context);
      if (finding !== undefined) return finding;
    }
    return assemble(draft, context);
  } catch (error) {
    const detail = `Cleaning failed: ${error instanceof Error ? error.message : String(error)}`;
    return { reason: 'internal_error', field: '', detail };
  }
}

function assemble(draft: Draft, { head, mappingVersion }: RecordContext): CleanEvent {
  const identifiers = draft.identifiers;
  return {
    schema: 'clean-event/1',
    event_id: draft.eventId,
    body_hash: draft.bodyHash,
    type: draft.type,
    name: draft.name,
    channel: head.source.channel,
    source_id: head.source.source_id,
    verified: head.source.class !== 'public',
    occurred_at: new Date(draft.occurredMs).toISOString(),
    received_at: head.received_at,
    request_id: head.request_id,
    local_date: draft.localDate,
    time_zone: draft.timeZone,
    time_zone_known: draft.timeZoneKnown,
    owner: draft.owner,
    identifiers,
    ...(draft.attested.length > 0 && { attested: draft.attested }),
    ...(draft.session !== undefined && { session: draft.session }),
    ...(draft.declared && { declared: draft.declared }),
    properties: draft.properties,
    traits: draft.traits,
    context: draft.context,
    consent: draft.consent,
    mapping_version: mappingVersion,
    flags: draft.flags,
  };
}
