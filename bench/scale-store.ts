import { closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { stitch } from '../functions/stitch/stitch.ts';
import { SqliteDocStore } from '../local/doc-store.ts';
import { openDatabase } from '../local/sqlite.ts';
import type { CleanEvent } from '../schemas/event.ts';
import { historyOf, IDENTIFIERS, namesOf, SCALE_DAY, type ScaleKind, scalePerson } from './scale-people.ts';
import { stitchDeps } from './stages.ts';

/** Histories of different length per kind: person `n` has `1 + n % VARIANTS` visits. */
export const VARIANTS = 6;
/** Number of the person that the documents of a template are of; no person of the store has it. */
const TEMPLATE = 2 ** 31 - 1;
const PERSONS_PER_TRANSACTION = 20_000;

/** A document's key or body, cut where a person's own name stands: text, name, text, name … */
interface Template {
  readonly texts: readonly string[];
  readonly names: readonly number[];
}

interface DocumentTemplate {
  readonly key: Template;
  readonly body: Template;
}

const deps = { ...stitchDeps({ put: async () => undefined }), clock: { now: () => SCALE_DAY } };

function cut(text: string, names: readonly string[]): Template {
  const places = names.filter((name) => name !== '').map((name) => name.replace(/[.]/g, '\\$&'));
  const parts = text.split(new RegExp(`(${places.join('|')})`));
  const named = parts.filter((_, at) => at % 2 === 1);
  return { texts: parts.filter((_, at) => at % 2 === 0), names: named.map((name) => names.indexOf(name)) };
}

const fill = ({ texts, names }: Template, of: readonly string[]): string =>
  texts.reduce((text, part, at) => `${text}${of[names[at - 1] ?? -1]}${part}`);

/** Names of timers hold a One ID's hash, which cannot be filled in: people ask for their timers again when they come. */
const withoutTimers = (body: string): string => body.replace(/"armed":\[[^\]]*\]/, '"armed":[]');

/** The documents that stitch makes of one person's history, but for the names of timers. */
async function templateOf(kind: ScaleKind, pool: readonly CleanEvent[], visits: number): Promise<DocumentTemplate[]> {
  const person = { ...scalePerson(TEMPLATE), kind };
  const history = historyOf(person, pool, visits);
  const db = openDatabase(':memory:');
  await stitch(history, { ...deps, store: new SqliteDocStore(db), newId: () => person.component });
  const names = namesOf(person, history);
  const rows = db.prepare('SELECT key, body FROM docs').all();
  db.close();
  return rows.map(({ key, body }) => ({ key: cut(String(key), names), body: cut(withoutTimers(String(body)), names) }));
}

type Templates = Readonly<Record<ScaleKind, readonly (readonly DocumentTemplate[])[]>>;

async function templatesOf(pool: readonly CleanEvent[]): Promise<Templates> {
  const variants = (kind: ScaleKind): Promise<DocumentTemplate[][]> =>
    Promise.all(Array.from({ length: VARIANTS }, (_, at) => templateOf(kind, pool, at + 1)));
  return { visitor: await variants('visitor'), member: await variants('member'), customer: await variants('customer') };
}

/** For filling only, where a crash costs nothing: no log on the disk, no sync, and room for the whole index. */
const FILLING = 'PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -1500000';

/**
 * Makes a database of documents for people who hold that many identifiers: the documents that stitch makes of a few people's
 * histories, with the names of each person in them. @returns how many people; their numbers are 0 and up
 */
export async function fillStore(path: string, identifiers: number, pool: readonly CleanEvent[]): Promise<number> {
  const templates = await templatesOf(pool);
  const db = new DatabaseSync(path);
  // Makes the tables; nothing is read or written through it.
  new SqliteDocStore(db);
  db.exec(FILLING);
  const insert = db.prepare('INSERT INTO docs(key, version, body) VALUES (?, ?, ?)');
  let [held, persons] = [0, 0];
  while (held < identifiers) {
    db.exec('BEGIN');
    for (const until = persons + PERSONS_PER_TRANSACTION; persons < until && held < identifiers; persons += 1) {
      const person = scalePerson(persons);
      const names = namesOf(person, historyOf(person, pool, 1));
      const documents = templates[person.kind][persons % VARIANTS] ?? [];
      for (const { key, body } of documents) insert.run(fill(key, names), persons + 1, fill(body, names));
      held += IDENTIFIERS[person.kind];
    }
    db.exec('COMMIT');
  }
  db.close();
  // Else the disk is still busy with gigabytes of filling while the first events are timed.
  const file = openSync(path, 'r+');
  fsyncSync(file);
  closeSync(file);
  return persons;
}
