import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const KEY_BYTES = 32;
const PRIVATE_FILE_MODE = 0o600;
const PRIVATE_DIRECTORY_MODE = 0o700;
const OTHERS_MAY_READ = 0o077;

/** A key file is there but cannot be used. Nothing is overwritten: a lost key makes what it protects unreadable. */
export class KeyFileError extends Error {
  override name = 'KeyFileError';
}

export interface LocalKeys {
  /** HMAC key that turns personal identifiers into tokens; another key would make every known person a stranger. */
  readonly token: Buffer;
  /** Wraps the data keys of the vault. */
  readonly master: Buffer;
}

/**
 * The keys of a data folder, made at the first start: `keys/token.key` and `keys/master.key`, 32 random bytes as base64,
 * readable by their owner alone.
 * @throws KeyFileError when a file is damaged or others may read it.
 */
export function loadKeys(dataFolder: string): LocalKeys {
  const folder = join(dataFolder, 'keys');
  return { token: loadOrCreateKey(join(folder, 'token.key')), master: loadOrCreateKey(join(folder, 'master.key')) };
}

/** @throws KeyFileError */
export function loadOrCreateKey(path: string): Buffer {
  return readKey(path) ?? createKey(path);
}

function readKey(path: string): Buffer | undefined {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) return undefined;
  if (process.platform !== 'win32' && (mode & OTHERS_MAY_READ) !== 0) {
    throw new KeyFileError(`Others may read the key file ${path}; run chmod 600 on it, or replace data and keys.`);
  }
  const text = readFileSync(path, 'utf8').trim();
  const key = Buffer.from(text, 'base64');
  if (key.byteLength !== KEY_BYTES || key.toString('base64') !== text) {
    throw new KeyFileError(
      `The key file ${path} does not hold ${KEY_BYTES} bytes as base64; restore it from a backup.`,
    );
  }
  return key;
}

/** Written aside, synced, then linked: a crash leaves no half key, and of two processes that start at once one wins. */
function createKey(path: string): Buffer {
  mkdirSync(dirname(path), { recursive: true, mode: PRIVATE_DIRECTORY_MODE });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = openSync(draft, 'wx', PRIVATE_FILE_MODE);
    try {
      writeSync(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkUnlessThere(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(dirname(path));
  const key = readKey(path);
  if (key === undefined) throw new KeyFileError(`The key file ${path} vanished while it was made; start again.`);
  return key;
}

function linkUnlessThere(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Makes the new name durable. Windows cannot open folders, and needs no such thing. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
