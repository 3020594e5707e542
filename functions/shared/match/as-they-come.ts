import type { Definitions } from '../definitions.ts';
import type { DocStore } from '../doc-store.ts';
import type { CompiledRules } from '../identity/resolve.ts';
import { readKey } from '../identity/rules.ts';
import { isObject } from '../json.ts';
import { findPersons, type PersonState, stateOf, viewPerson } from '../person/read.ts';
import { readAnew } from '../person/working-set.ts';
import { survivorOf } from '../profile/survivorship.ts';
import { wordsOf } from '../profile/words.ts';
import type { Clock } from '../seams.ts';
import { blocksOf, readBlocks, writeBlocks } from './blocks.ts';
import type { MatchModel } from './model.ts';
import { type MatchRecord, scoreTwo } from './online.ts';
import { recordOf } from './person-record.ts';
import { anchorOf, type Proposal, propose } from './propose.ts';
import type { Waterfall } from './score.ts';

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

/** Are traits that the model compares such as anybody could have sent? */
function isHearsay({ aggregate }: PersonState, model: MatchModel, { definitions }: MatchDeps): boolean {
  const compared = new Set(model.columns.map(({ name }) => name));
  return Object.entries(wordsOf(aggregate)).some(([name, cells]) => {
    const { v, unverified } = survivorOf(name, cells, definitions.survivorship).cell;
    const names = isObject(v) ? [name, ...Object.keys(v)] : [name];
    return unverified === true && names.some((each) => compared.has(each));
  });
}

const holdsStrong = ({ person }: PersonState, rules: CompiledRules): boolean =>
  person.members.some((key) => {
    const reading = readKey(key, rules);
    return reading.ok && reading.rule.strong;
  });

/**
 * What is to become of a pair. Two persons with strong identifiers are joined by what is verified of both, else they wait for a
 * human: whoever knows somebody's name, birth date and street could else have the model join his own number to that person. As
 * an event from a page does, a link attaches a browser to whomever its traits speak of.
 */
export function proposeBy(
  model: MatchModel,
  pair: readonly [PersonState, PersonState],
  {
    score,
    doubtful = false,
    deps,
  }: { readonly score: Waterfall; readonly doubtful?: boolean; readonly deps: MatchDeps },
): Proposal | undefined {
  const { rules, clock } = deps;
  const isGuess = pair.every((one) => holdsStrong(one, rules)) && pair.some((one) => isHearsay(one, model, deps));
  return propose(pair, score, { rules, model: model.version, now: clock.now(), doubtful: doubtful || isGuess });
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
      const proposal = proposeBy(model, [state, other], { score, deps });
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
