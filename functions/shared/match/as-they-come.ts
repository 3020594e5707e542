import type { Definitions } from '../definitions.ts';
import type { DocStore } from '../doc-store.ts';
import type { CompiledRules } from '../identity/resolve.ts';
import { findPersons, type PersonState, stateOf, viewPerson } from '../person/read.ts';
import { readAnew } from '../person/working-set.ts';
import type { Clock } from '../seams.ts';
import { blocksOf, readBlocks, writeBlocks } from './blocks.ts';
import type { MatchModel } from './model.ts';
import { type MatchRecord, scoreTwo } from './online.ts';
import { recordOf } from './person-record.ts';
import { anchorOf, type Proposal, propose } from './propose.ts';

export interface MatchDeps {
  readonly store: DocStore;
  readonly rules: CompiledRules;
  readonly definitions: Definitions;
  readonly clock: Clock;
}

/** Persons that one is compared with. */
const MAX_CANDIDATES = 40;

/** What a person has declared, as a record to compare. */
export function recordOfPerson(state: PersonState, { definitions, rules, clock }: MatchDeps): MatchRecord {
  const { basic } = viewPerson(state, { definitions, rules, now: clock.now() }).profile;
  return recordOf(Object.fromEntries(Object.entries(basic).map(([name, { value }]) => [name, value])));
}

/** The persons that hold the identifiers, each once, under the identifier that was asked for first. */
export async function readPersons(keys: readonly string[], store: DocStore): Promise<PersonState[]> {
  return readAnew(store, async (ws) => {
    const states = new Map<string, PersonState>();
    for (const found of (await findPersons(keys, ws)).values()) {
      if (!states.has(found.person.one_id)) states.set(found.person.one_id, stateOf(found, ws));
    }
    return [...states.values()];
  });
}

/**
 * Compares persons whose traits have just changed with those that share a block with them, by the model that is active. The
 * block index holds identifiers and hashes only: who is compared is read as it is now, so that nothing in the index can be
 * out of date, and nothing personal has to be erased from it.
 * @param keys identifiers that brought traits
 * @returns what to link and what to review, likeliest first
 */
export async function matchAsTheyCome(
  keys: readonly string[],
  model: MatchModel,
  deps: MatchDeps,
): Promise<readonly Proposal[]> {
  const proposals: Proposal[] = [];
  for (const state of await readPersons(keys, deps.store)) {
    const anchor = anchorOf(state, deps.rules);
    if (anchor === undefined) continue;
    const record = recordOfPerson(state, deps);
    const blocks = blocksOf(model, record);
    if (blocks.length === 0) continue;
    const held = new Set(state.person.members);
    const near = (await readBlocks(deps.store, blocks)).filter((key) => !held.has(key)).slice(0, MAX_CANDIDATES);
    for (const other of await readPersons(near, deps.store)) {
      const score = scoreTwo(model, record, recordOfPerson(other, deps));
      const context = { rules: deps.rules, model: model.version, now: deps.clock.now() };
      const proposal = propose([state, other], score, context);
      if (proposal) proposals.push(proposal);
    }
    await writeBlocks(deps.store, blocks, anchor);
  }
  return distinct(proposals);
}

/** Puts a person into the block index, for those who come after it. @throws MatchConflict */
export async function indexPerson(state: PersonState, model: MatchModel, deps: MatchDeps): Promise<void> {
  const anchor = anchorOf(state, deps.rules);
  if (anchor === undefined) return;
  await writeBlocks(deps.store, blocksOf(model, recordOfPerson(state, deps)), anchor);
}

const nameOf = (proposal: Proposal): string =>
  proposal.kind === 'link' ? proposal.event.messageId : proposal.review.review_id;
const sureness = (proposal: Proposal): number =>
  proposal.kind === 'link' ? proposal.event.confidence : proposal.review.confidence;

/** Two that changed at once find each other twice. */
const distinct = (proposals: readonly Proposal[]): Proposal[] =>
  [...new Map(proposals.map((proposal) => [nameOf(proposal), proposal])).values()].sort(
    (a, b) => sureness(b) - sureness(a) || (nameOf(a) < nameOf(b) ? -1 : 1),
  );
