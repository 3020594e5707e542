import type { Definitions } from '../definitions.ts';
import type { DocStore } from '../doc-store.ts';
import { type ChangedPersons, IdentityDiff } from '../identity/diff.ts';
import type { IdentityDiffReport } from '../identity/diff-report.ts';
import type { CompiledRules } from '../identity/resolve.ts';
import type { Aggregate } from '../profile/aggregate.ts';
import { AudienceDiff, type AudienceReport } from './audiences.ts';
import { closures, scanAll } from './closures.ts';
import { IDENTIFIER_DOCS, type IdentifierDoc, identifierDocKey } from './docs.ts';

export interface RulesPreview extends IdentityDiffReport {
  readonly audiences: AudienceReport;
}

/** Identifiers whose aggregates are read at once. */
const LOT = 500;

/**
 * Replays all evidence of the store under other rules and reports what they would change; nothing is written. Events may
 * flow meanwhile: what they change is in the report or not.
 */
export async function previewRules(
  store: DocStore,
  context: { before: CompiledRules; after: CompiledRules; definitions: Definitions; now: number },
): Promise<RulesPreview> {
  const diff = new IdentityDiff(context);
  const audiences = new AudienceDiff(context.definitions, context.now);
  for await (const closure of closures(store)) {
    const changed = diff.add(closure);
    if (changed.before.length + changed.after.length > 0) audiences.add(changed, await aggregatesOf(changed, store));
  }
  for await (const [, { body }] of scanAll(store, IDENTIFIER_DOCS)) {
    const doc = body as IdentifierDoc | undefined;
    if (doc?.component === null) diff.addAlone(doc.key);
  }
  return { ...diff.report(), audiences: audiences.report() };
}

async function aggregatesOf(changed: ChangedPersons, store: DocStore): Promise<Map<string, Aggregate>> {
  const keys = new Set([...changed.before, ...changed.after].flatMap((person) => person.members));
  const list = Array.from(keys, identifierDocKey);
  const aggregates = new Map<string, Aggregate>();
  for (let from = 0; from < list.length; from += LOT) {
    for (const { body } of (await store.get(list.slice(from, from + LOT))).values()) {
      const doc = body as IdentifierDoc | undefined;
      if (doc) aggregates.set(doc.key, doc.aggregate);
    }
  }
  return aggregates;
}
