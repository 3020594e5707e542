import { rm } from 'node:fs/promises';

interface Retired {
  readonly waitingFor: Set<object>;
  readonly paths: readonly string[];
}

/** Keeps files that have left the manifest on the disk until the queries that may still read them are over. */
export class FileLeases {
  readonly #active = new Set<object>();
  #retired: Retired[] = [];
  #deletions: Promise<unknown> = Promise.resolve();

  /** Marks a reader; call the answer once when it is done. */
  acquire(): () => void {
    const lease = {};
    this.#active.add(lease);
    return () => {
      this.#active.delete(lease);
      for (const entry of this.#retired) entry.waitingFor.delete(lease);
      this.#deleteUnused();
    };
  }

  /** Deletes the files as soon as no reader that is active now is left. */
  retire(paths: readonly string[]): void {
    this.#retired.push({ waitingFor: new Set(this.#active), paths });
    this.#deleteUnused();
  }

  /** Resolves when the deletions started so far are over. A file that could not be deleted is an orphan for the next start. */
  async settled(): Promise<void> {
    await this.#deletions;
  }

  #deleteUnused(): void {
    const unused = this.#retired.filter((entry) => entry.waitingFor.size === 0).flatMap((entry) => entry.paths);
    this.#retired = this.#retired.filter((entry) => entry.waitingFor.size > 0);
    if (unused.length === 0) return;
    const removal = Promise.allSettled(unused.map((path) => rm(path, { force: true })));
    this.#deletions = Promise.all([this.#deletions, removal]);
  }
}
