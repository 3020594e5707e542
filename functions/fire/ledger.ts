import type { Decision } from '../../schemas/decision.ts';
import type { CampaignDefinition } from '../../schemas/definition.ts';
import type { LedgerEntry } from '../shared/campaign/decide.ts';
import type { DocStore, Versioned } from '../shared/doc-store.ts';
import { oneId } from '../shared/identity/resolve.ts';
import { ledgerDocKey } from '../shared/person/docs.ts';
import type { PersonState } from '../shared/person/read.ts';

/** What was decided about one person in one campaign, the newest last. */
interface LedgerDoc {
  readonly entries: readonly LedgerEntry[];
}

/** Decisions kept in one ledger; older ones are in the lake. */
const MAX_LEDGER_ENTRIES = 200;
export const MAX_ATTEMPTS = 8;

/** Other workers kept writing this person's ledger; the timer may be fired again without harm. */
export class LedgerConflict extends Error {
  override name = 'LedgerConflict';
}

/** A ledger as it was read. */
interface Ledger {
  readonly one_id: string;
  readonly doc: Versioned;
}

const entriesIn = (doc: Versioned | undefined): readonly LedgerEntry[] =>
  (doc?.body as LedgerDoc | undefined)?.entries ?? [];

/** All decisions in some ledgers. */
export const entriesOf = (ledgers: readonly Pick<Ledger, 'doc'>[]): LedgerEntry[] =>
  ledgers.flatMap(({ doc }) => entriesIn(doc));

/** The ledgers of every One ID that the person's identifiers may have had. */
export async function readLedgers(
  store: DocStore,
  campaign: CampaignDefinition,
  state: PersonState,
): Promise<Ledger[]> {
  const ids = [...new Set([state.person.one_id, ...state.person.members.map(oneId)])];
  const docs = await store.get(ids.map((id) => ledgerDocKey(campaign.id, id)));
  return ids.map((id) => ({
    one_id: id,
    doc: docs.get(ledgerDocKey(campaign.id, id)) ?? { version: 0, body: undefined },
  }));
}

/** Writes a decision into a ledger. @returns whether nobody else had written into it since it was read */
export async function append(
  store: DocStore,
  campaign: CampaignDefinition,
  { one_id, doc, decision }: { one_id: string; doc: Versioned; decision: Decision },
): Promise<boolean> {
  const entry: LedgerEntry = {
    subject: decision.subject,
    due_at: decision.due_at,
    decided_at: decision.decided_at,
    outcome: decision.outcome,
    decision,
    done: false,
  };
  const entries = [...entriesIn(doc), entry].slice(-MAX_LEDGER_ENTRIES);
  const key = ledgerDocKey(campaign.id, one_id);
  const result = await store.commit([{ key, expected: doc.version, body: { entries } satisfies LedgerDoc }]);
  return result.ok;
}

/** Notes that log and channel have the decision. Losing the race is harmless: it only means one more idempotent send. */
export const markDone = (store: DocStore, campaign: CampaignDefinition, decision: Decision): Promise<void> =>
  rewrite(store, ledgerDocKey(campaign.id, decision.one_id), (entries) =>
    entries.map((entry) => (isOf(entry, decision) ? { ...entry, done: true } : entry)),
  );

/** Takes back a decision that nobody was told of: another one was, about the same timer. */
export const withdraw = (
  store: DocStore,
  campaign: CampaignDefinition,
  { one_id, decision }: { one_id: string; decision: Decision },
): Promise<void> =>
  rewrite(store, ledgerDocKey(campaign.id, one_id), (entries) => entries.filter((entry) => !isOf(entry, decision)));

const isOf = (entry: LedgerEntry, { decision_id }: Decision): boolean => entry.decision.decision_id === decision_id;

async function rewrite(
  store: DocStore,
  key: string,
  change: (entries: readonly LedgerEntry[]) => readonly LedgerEntry[],
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const doc = (await store.get([key])).get(key);
    const body: LedgerDoc = { entries: change(entriesIn(doc)) };
    if ((await store.commit([{ key, expected: doc?.version ?? 0, body }])).ok) return;
  }
}
