import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { DocStore } from '../shared/doc-store.ts';

const Time = Type.Integer({ minimum: 0 });

/** How far the orders of a source were read. Times are epoch ms, of modification. */
export const Cursor = Type.Object(
  {
    /** Everything that was modified before is durable. */
    done_until: Time,
    /** A window under way: its pages down to `next_page` are still to be read. */
    reading: Type.Optional(
      Type.Object({ from: Time, to: Time, next_page: Type.Integer({ minimum: 1 }) }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
);
export type Cursor = Static<typeof Cursor>;

const validator = Compile(Cursor);

/** Documents of this stage among the others of the table. */
export const CURSOR_PREFIX = 'connect#';

/** Somebody else reads for the same source. */
export class CursorMoved extends Error {
  override name = 'CursorMoved';
}

/** The cursor of one source, as one small document; each move is conditional on the one before. */
export class CursorStore {
  readonly #store: Pick<DocStore, 'get' | 'commit'>;
  readonly #key: string;
  #version = 0;

  constructor(store: Pick<DocStore, 'get' | 'commit'>, source_id: string) {
    this.#store = store;
    this.#key = `${CURSOR_PREFIX}${source_id}`;
  }

  /** Undefined where nothing was read yet. @throws Error for a document that is no cursor */
  async read(): Promise<Cursor | undefined> {
    const found = (await this.#store.get([this.#key])).get(this.#key);
    this.#version = found?.version ?? 0;
    if (found?.body === undefined) return undefined;
    if (validator.Check(found.body)) return found.body;
    throw new Error(`The document ${this.#key} is no cursor; delete it, and the last day is read again.`);
  }

  /** @throws CursorMoved when somebody else has moved it since it was read */
  async move(cursor: Cursor): Promise<void> {
    const { ok } = await this.#store.commit([{ key: this.#key, expected: this.#version, body: cursor }]);
    if (!ok) throw new CursorMoved('Another run reads these orders; it goes on with them.');
    this.#version = (await this.#store.get([this.#key])).get(this.#key)?.version ?? 0;
  }
}
