import type { DocStore } from '../doc-store.ts';
import { MAX_BODY_BYTES } from '../doc-store.ts';
import type { MatchModel } from './model.ts';

/**
 * The documents of matching, and the keys they live under.
 *
 * `match:active`          version of the model that scores now
 * `match:model:<version>` a model; the version is a hash of its content, so it never changes
 * `match:review:<id>`     a pair for a human to decide
 * `match:block:<hash>`    identifiers of persons that share a value worth comparing them for
 */
export const ACTIVE_MODEL = 'match:active';
export const modelDocKey = (version: string): string => `match:model:${version}`;
export const reviewDocKey = (id: string): string => `match:review:${id}`;
export const blockDocKey = (hash: string): string => `match:block:${hash}`;

interface ActiveDoc {
  readonly version: string;
}

/** Attempts to write a document that others write too. */
const MAX_ATTEMPTS = 8;

/** Others kept writing a document of matching; the work may be done again without harm. */
export class MatchConflict extends Error {
  override name = 'MatchConflict';
}

/**
 * Changes one document under the version that was read; `change` gets the body and may give `undefined` to leave it.
 * @throws MatchConflict after several attempts
 */
export async function change<T>(
  store: DocStore,
  key: string,
  next: (body: T | undefined) => T | undefined,
): Promise<T | undefined> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const doc = (await store.get([key])).get(key);
    const body = next(doc?.body as T | undefined);
    if (body === undefined) return undefined;
    if ((await store.commit([{ key, expected: doc?.version ?? 0, body }])).ok) return body;
  }
  throw new MatchConflict(`The document ${key.slice(0, 40)} stayed in conflict after ${MAX_ATTEMPTS} attempts.`);
}

/** Part of a document that a model may fill; what is left out are its rarest shared values, which then count as rare. */
const MAX_MODEL_BYTES = MAX_BODY_BYTES * 0.9;

/** The model as it can be stored: some seconds of work for one with very many shared values. */
export function fitModel(model: MatchModel): MatchModel {
  let kept = model;
  for (let most = 4096; JSON.stringify(kept).length * 3 > MAX_MODEL_BYTES && most > 0; most >>= 1) {
    const frequencies = model.frequencies.map(({ byValue, rare }) => ({
      byValue: Object.fromEntries(
        Object.entries(byValue)
          .sort(([, a], [, b]) => b - a)
          .slice(0, most),
      ),
      rare,
    }));
    kept = { ...model, frequencies };
  }
  return kept;
}

/** Stores a model and makes it the one that scores from now on. */
export async function activateModel(store: DocStore, model: MatchModel): Promise<void> {
  const stored = fitModel(model);
  await change<MatchModel>(store, modelDocKey(model.version), (known) => (known === undefined ? stored : undefined));
  await change<ActiveDoc>(store, ACTIVE_MODEL, () => ({ version: model.version }));
}

/** The model that scores now; undefined before the first was trained. */
export async function activeModel(store: DocStore): Promise<MatchModel | undefined> {
  const active = (await store.get([ACTIVE_MODEL])).get(ACTIVE_MODEL)?.body as ActiveDoc | undefined;
  if (active === undefined) return undefined;
  const key = modelDocKey(active.version);
  return (await store.get([key])).get(key)?.body as MatchModel | undefined;
}
