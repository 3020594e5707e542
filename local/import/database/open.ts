import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { readEnv } from '../../../functions/shared/env.ts';
import { DatabasePull } from '../../../schemas/import.ts';
import { DatabaseError, type DatabaseReader } from './reader.ts';

const validator = Compile(DatabasePull);
const OTHERS = 0o077;

/** The description of a pull. @throws DatabaseError naming what is wrong with it */
export function readPull(path: string): DatabasePull {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new DatabaseError(`The description ${path} cannot be read, or is not JSON.`);
  }
  if (!validator.Check(value)) {
    const wrong = validator.Errors(value)[0];
    throw new DatabaseError(
      `The description ${path} is not valid: ${wrong?.instancePath || '/'} ${wrong?.message ?? ''}.`,
    );
  }
  if ((value.table === undefined) === (value.query === undefined))
    throw new DatabaseError(`The description ${path} needs a table or a query, and not both.`);
  return value;
}

/** Connects for a pull whose description lies at `path`. @throws DatabaseError; no message ever holds the address */
export async function openDatabaseOf(pull: DatabasePull, path: string): Promise<DatabaseReader> {
  const url = addressOf(pull, path);
  // Loaded when it is needed: a server that pulls nothing starts without any driver.
  if (pull.kind === 'postgresql') return (await import('./postgres.ts')).openPostgres(url, pull);
  return (await import('./mysql.ts')).openMysql(url, pull);
}

function addressOf({ connection }: DatabasePull, path: string): string {
  if ('url_env' in connection) {
    const name = connection.url_env;
    return readEnv(Type.Object({ [name]: Type.String({ minLength: 1 }) }))[name] ?? '';
  }
  const file = resolve(dirname(path), connection.url_file);
  const mode = statSync(file, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) throw new DatabaseError(`There is no file ${file} with the address of the database.`);
  if ((mode & OTHERS) !== 0)
    throw new DatabaseError(`Others may read ${file}, which holds a password; run: chmod 600 ${file}`);
  return readFileSync(file, 'utf8').trim();
}
