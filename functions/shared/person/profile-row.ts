import type { LakeRow } from '../../../schemas/lake.ts';
import type { Definitions } from '../definitions.ts';
import type { CompiledRules } from '../identity/resolve.ts';
import { type PersonState, viewPerson } from './read.ts';

/** Lake row of a person as of `now` (epoch ms); personal values stay tokens. The latest row of a person holds. */
export function profileRow(
  state: PersonState,
  context: { definitions: Definitions; rules: CompiledRules; now: number; seq: number },
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
    seq: context.seq,
  };
}

/** Lake row that retires a One ID whose identifiers now belong to another person. */
export const retiredProfileRow = (oneId: string, now: number, seq: number): LakeRow => ({
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
  seq,
});
