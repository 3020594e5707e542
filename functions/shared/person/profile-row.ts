import type { LakeRow } from '../../../schemas/lake.ts';
import type { Definitions } from '../definitions.ts';
import type { CompiledRules } from '../identity/resolve.ts';
import type { ComponentDoc } from './docs.ts';
import { type PersonState, viewPerson } from './read.ts';

/** Above every clock in milliseconds: rows were ordered by one before. */
const FIRST_SEQ = 2 ** 52;
const EVENTS_SPAN = 2 ** 32;
const CHANGES_SPAN = 2 ** 20;

/**
 * Orders the states of one person, whoever looked at them and whatever the clocks said: by changes of membership, then by
 * events. Within 2^53.
 */
export const profileSeq = (component: ComponentDoc | undefined, events: number): number =>
  FIRST_SEQ + Math.min(component?.changes ?? 0, CHANGES_SPAN - 1) * EVENTS_SPAN + Math.min(events, EVENTS_SPAN - 1);

/** Lake row of a person as of `now` (epoch ms); personal values stay tokens. The row with the greatest `seq` holds, then the latest. */
export function profileRow(
  state: PersonState,
  context: { definitions: Definitions; rules: CompiledRules; now: number },
): LakeRow {
  const view = viewPerson(state, context);
  return {
    one_id: view.one_id,
    shared: view.shared,
    first_seen: view.first_seen,
    last_seen: view.last_seen,
    events: view.profile.behaviour.events,
    identifiers: JSON.stringify(view.identifiers.map((identifier) => identifier.key)),
    basic: JSON.stringify(view.profile.basic),
    tags: JSON.stringify(view.tags),
    consents: JSON.stringify(view.consents),
    active: true,
    updated_at: new Date(context.now).toISOString(),
    seq: profileSeq(state.component, view.profile.behaviour.events),
  };
}

/** Lake row that retires a One ID whose identifier now belongs to another person, in this component. */
export const retiredProfileRow = (oneId: string, now: number, component: ComponentDoc | undefined): LakeRow => ({
  one_id: oneId,
  shared: false,
  first_seen: new Date(now).toISOString(),
  last_seen: new Date(now).toISOString(),
  events: 0,
  identifiers: '[]',
  basic: '{}',
  tags: '{}',
  consents: '{}',
  active: false,
  updated_at: new Date(now).toISOString(),
  seq: profileSeq(component, Number.POSITIVE_INFINITY),
});
