/**
 * The registry of reasons: every way in which a record can be refused, quarantined, dropped or merely remarked on, and
 * every way in which a campaign can decide not to send. Answers, metrics, alarms and documentation all come from here.
 */
export type ReasonOutcome = 'refused' | 'quarantined' | 'dropped' | 'flag' | 'decision';
export type Severity = 'info' | 'warning' | 'error';

export interface Reason {
  readonly outcome: ReasonOutcome;
  readonly severity: Severity;
  /** HTTP status, for refusals only. */
  readonly status?: number;
  readonly title: string;
  /** What the reader should do about it. */
  readonly fix: string;
}

const refused = (status: number, title: string, fix: string): Reason => ({
  outcome: 'refused',
  severity: 'error',
  status,
  title,
  fix,
});
const quarantined = (title: string, fix: string): Reason => ({ outcome: 'quarantined', severity: 'error', title, fix });
const dropped = (title: string, fix: string): Reason => ({ outcome: 'dropped', severity: 'info', title, fix });
const flag = (title: string, fix: string): Reason => ({ outcome: 'flag', severity: 'warning', title, fix });
const decision = (title: string, fix: string): Reason => ({ outcome: 'decision', severity: 'info', title, fix });

export const REASONS = {
  unknown_path: refused(
    404,
    'No such route',
    'Use the address that the documents name for the channel; for Segment POST /v1/batch.',
  ),
  method_not_allowed: refused(405, 'Wrong method', 'Use the method named in the Allow header.'),
  missing_key: refused(401, 'No write key', 'Send the write key as Basic user name or as writeKey in the body.'),
  unknown_key: refused(401, 'Unknown write key', 'Check the write key of the source; rotated keys stop working.'),
  source_disabled: refused(
    403,
    'The source is switched off',
    'Switch it on again with npm run source -- enable, or stop sending with its keys.',
  ),
  origin_not_allowed: refused(403, 'Origin not on the allow-list', "Add the page's origin to the source."),
  wrong_protocol: refused(403, 'Key of another protocol', "Use the address that belongs to this source's protocol."),
  signature_missing: refused(401, 'The request is not signed', 'Switch signing on where the platform sends from.'),
  signature_invalid: refused(
    401,
    'The signature does not fit',
    "Compare the source's secret with the platform's; after a rotation keep both for a while.",
  ),
  signature_unverifiable: refused(
    401,
    'The source has no secret to verify with',
    "Give the source the platform's secret; until then it takes nothing.",
  ),
  signature_expired: refused(
    401,
    'The signature is too old or too new',
    "Check the sender's clock: five minutes are allowed. Old requests may be somebody's replay.",
  ),
  foreign_app: refused(
    403,
    'The request is of another app or shop',
    "Compare the app id of the source with the platform's.",
  ),
  decryption_failed: refused(
    403,
    'The message cannot be unsealed',
    "Compare the source's encoding_aes_key with the platform's; after a rotation keep both for a while.",
  ),
  invalid_payload: refused(400, 'The body is not as the protocol says', 'Look at the detail; send it as the SDK does.'),
  unsupported_media_type: refused(
    415,
    'Unsupported Content-Type',
    'Send JSON; for CloudEvents the Content-Type also says which of its forms it is.',
  ),
  unsupported_encoding: refused(415, 'Unsupported Content-Encoding', 'Send the body plain or with gzip.'),
  invalid_gzip: refused(400, 'Body is not valid gzip', 'Compress the body with gzip, or drop Content-Encoding.'),
  invalid_utf8: refused(400, 'Body is not valid UTF-8', 'Encode the JSON as UTF-8.'),
  invalid_json: refused(400, 'Body is not valid JSON', 'Send one JSON object.'),
  not_an_object: refused(400, 'Expected a JSON object', 'Send one JSON object per event.'),
  batch_missing: refused(400, 'The batch array is missing', 'POST /v1/batch takes {"batch":[…]}.'),
  body_too_large: refused(413, 'Body over 500 KiB', 'Send smaller batches.'),
  decompressed_too_large: refused(413, 'Body decompresses too far', 'Send less per request: 500 KiB after gunzip.'),
  too_many_events: refused(400, 'More than 2,500 events in a batch', 'Send at most 2,500 events per batch.'),
  event_too_large: refused(413, 'Event over 32 KiB', 'Move large values out of the event.'),
  too_deep: refused(400, 'JSON deeper than 32 levels', 'Flatten the event.'),
  too_many_properties: refused(400, 'More than 500 properties', 'Send fewer properties per event.'),
  forbidden_key: refused(400, 'Forbidden property name', 'Rename the property: __proto__ is not accepted.'),
  unknown_type: refused(400, 'Unknown event type', 'type is one of those that the detail names.'),
  secret_key_required: refused(
    403,
    'A public key may not declare identity',
    'Send it from a server, with a secret key.',
  ),
  missing_field: refused(400, 'A required field is missing', 'Add the named field.'),
  invalid_field: refused(400, 'A field has the wrong type', 'Correct the named field.'),
  blocked_by_firewall: refused(
    403,
    'Stopped by the firewall',
    'Look for what attacks have in them in path, query and User-Agent; the web ACL counts which of its rules it was.',
  ),
  overloaded: refused(429, 'The stream cannot take more now', 'Send again after Retry-After.'),
  unavailable: refused(503, 'Nothing can be stored now', 'Send again after Retry-After.'),
  not_ready: refused(503, 'Starting up', 'Send again after Retry-After.'),

  mapping_failed: quarantined(
    "The source's mapping cannot map it",
    'Correct the mapping, try it on the last events, then replay these.',
  ),
  no_identifier: quarantined('The event names nobody', 'Send userId, anonymousId or another identifier.'),
  plan_violation: quarantined('The event breaks the tracking plan', 'Correct the named property, or change the plan.'),
  invalid_time: quarantined('The timestamp cannot be read', 'Send ISO 8601 with a zone.'),
  too_many_identifiers: quarantined('More than 20 identifiers', 'Send fewer identifiers per event.'),
  id_conflict: quarantined('The same message id came with another body', 'Give each event its own messageId.'),
  component_too_large: quarantined('Its identifier would join too many others', 'Look at the named identifier.'),
  learned_placeholder: quarantined(
    'An identifier was seen with more others than any human has',
    'It joins nobody any more; the event itself counts. Block the value in the identity rules, and correct what sends it.',
  ),
  profile_too_large: quarantined(
    'The profile of its owner is full',
    'Look at what its source sends: traits, groups, ids.',
  ),
  describes_item: quarantined(
    'It describes a product, and no person',
    'Nothing is lost: it is kept here. Load the catalogue where products are kept, or switch its sending off.',
  ),
  unreadable_record: quarantined('The raw record cannot be read', 'Tell the maintainers: this is a defect.'),
  row_too_large: quarantined('The row is too large', 'Divide it, or close its quote; a row may have 256 KiB.'),
  row_unreadable: quarantined('The row could not be read', 'Correct it in its file, and drop the file again.'),
  internal_error: quarantined('The event could not be processed', 'See the log; replay once it is fixed.'),

  duplicate: dropped('The same event had already been taken in', 'Nothing: retries are expected.'),

  unplanned_event: flag('The tracking plan does not name the event', 'Add it to the plan, or stop sending it.'),
  blocked_identifier: flag('A placeholder was sent as an identifier', 'Send no identifier rather than a placeholder.'),
  invalid_identifier: flag('An identifier could not be normalised', 'Correct its format.'),
  identifier_without_scope: flag('A scoped identifier came without its scope', 'Send the app id with it.'),
  clock_ahead: flag('The event lay in the future and was set to its arrival', "Check the sender's clock."),
  clock_skewed: flag('The time was corrected for clock skew', "Check the sender's clock."),
  time_missing: flag('No timestamp; arrival was taken', 'Send timestamp.'),
  identity_token_invalid: flag(
    'The identity token does not prove what it is sent with',
    "Sign HS256 with the source's secret, for the same userId, with exp at most a day ahead.",
  ),
  identity_token_expired: flag('The identity token had expired', 'Fetch a new token before the old one ends.'),
  identity_token_unverifiable: flag('The source has no secret to verify with', 'Create an identity secret for it.'),
  self_alias: flag('The alias names the same id twice', 'Nothing: it has no effect.'),
  late: flag('More than 7 days late', 'Nothing: it counts in history.'),

  sent: decision('Sent', 'Nothing.'),
  condition_no_longer_true: decision('Not sent: the cancel condition came true', 'Nothing.'),
  precondition_not_met: decision('Not sent: a precondition does not hold', 'Nothing.'),
  no_consent: decision('Not sent: no consent', 'Nothing: this is the wish of the person.'),
  capped: decision('Not sent: the cap is reached', 'Raise the cap if this is too strict.'),
  quiet_hours: decision('Not sent: outside the send window', 'Widen the window if this is too strict.'),
  holdout: decision('Not sent: in the hold-out group', 'Nothing: this is the experiment.'),
  too_late: decision('Not sent: it became due too long ago', 'Nothing: late events found the trigger too late.'),
  shared_person: decision('Not sent: the identifier is shared by several people', 'Nothing: we do not guess.'),
  campaign_inactive: decision('Not sent: the campaign is switched off', 'Switch it on.'),
  erased: decision('Not sent: the person was erased', 'Nothing.'),
} as const satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof REASONS;

/** A refusal, quarantine reason or remark, with the field and one sentence on what was wrong. */
export interface Finding {
  readonly reason: ReasonCode;
  /** JSON pointer; empty for the whole record. */
  readonly field: string;
  readonly detail: string;
}
