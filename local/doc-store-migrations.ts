import type { DatabaseSync } from 'node:sqlite';
import { SWEEP_KEY, type SweepDoc } from '../functions/shared/identity/active-rules.ts';
import { oneId } from '../functions/shared/identity/resolve.ts';
import {
  type ComponentDoc,
  componentDocKey,
  IDENTIFIER_DOCS,
  identifierDocKey,
} from '../functions/shared/person/docs.ts';

/** Where it stood which identifier a One ID was derived from: `{"key":"user_id:m1"}`. */
const ALIASES = 'a:';
/** Documents that are in memory at once. */
const PAGE = 1000;

/**
 * Identifiers' documents were named after the identifier (`i:user_id:m1`), and every One ID that was given had a document of
 * its own. Now the name is the One ID that the identifier founds or would found, the identifier is in the body, and a component
 * says which of its members were founders once. Takes some 30 µs per document, and as much room in the log as the documents have.
 */
export function nameIdentifiersByOneId(db: DatabaseSync): void {
  noteFormerFounders(db);
  renameIdentifiers(db);
  db.prepare('DELETE FROM docs WHERE key >= ? AND key < ?').run(ALIASES, endOf(ALIASES));
  restartSweepOfIdentifiers(db);
}

/** The first name after all that begin with a prefix. */
const endOf = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);

function noteFormerFounders(db: DatabaseSync): void {
  const page = db.prepare('SELECT key, body FROM docs WHERE key > ? AND key < ? ORDER BY key LIMIT ?');
  const alias = db.prepare('SELECT 1 FROM docs WHERE key = ?');
  const update = db.prepare('UPDATE docs SET body = ? WHERE key = ?');
  const prefix = componentDocKey('');
  for (let after = prefix; ; ) {
    const rows = page.all(after, endOf(prefix), PAGE);
    for (const { key, body } of rows) {
      const doc = JSON.parse(String(body)) as ComponentDoc;
      const founders = new Set(doc.persons.map(({ founder }) => founder));
      const former = Object.keys(doc.sightings).filter(
        (member) => !founders.has(member) && alias.get(ALIASES + oneId(member)) !== undefined,
      );
      if (former.length > 0) update.run(JSON.stringify({ ...doc, former }), String(key));
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = String(last.key);
  }
}

/** By row number, which no new name changes. */
function renameIdentifiers(db: DatabaseSync): void {
  const page = db.prepare('SELECT rowid, key, body FROM docs WHERE rowid > ? ORDER BY rowid LIMIT ?');
  const update = db.prepare('UPDATE docs SET key = ?, body = ? WHERE rowid = ?');
  for (let after = 0; ; ) {
    const rows = page.all(after, PAGE);
    for (const { rowid, key, body } of rows) {
      if (!String(key).startsWith(IDENTIFIER_DOCS)) continue;
      const identifier = String(key).slice(IDENTIFIER_DOCS.length);
      const named = `{"key":${JSON.stringify(identifier)},${String(body).slice(1)}`;
      update.run(identifierDocKey(identifier), named, Number(rowid));
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = Number(last.rowid);
  }
}

/** A change of rules that was going through the identifiers had got to a name that means another place now. */
function restartSweepOfIdentifiers(db: DatabaseSync): void {
  const row = db.prepare('SELECT body FROM docs WHERE key = ?').get(SWEEP_KEY);
  if (row === undefined) return;
  const sweep = JSON.parse(String(row.body)) as SweepDoc;
  const refused = sweep.refused.map((name) =>
    name.startsWith(IDENTIFIER_DOCS) ? identifierDocKey(name.slice(IDENTIFIER_DOCS.length)) : name,
  );
  const after = sweep.phase === 'alone' ? null : sweep.after;
  db.prepare('UPDATE docs SET body = ? WHERE key = ?').run(JSON.stringify({ ...sweep, after, refused }), SWEEP_KEY);
}
