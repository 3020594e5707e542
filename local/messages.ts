import type { DatabaseSync } from 'node:sqlite';
import type { Channel } from '../functions/shared/seams.ts';
import type { Message } from '../schemas/decision.ts';

export interface StoredMessage extends Message {
  readonly channel: string;
  readonly status: string;
}

/**
 * Messages of campaigns. `outbox` messages rest here to be read; `webhook` messages wait here until their endpoint has
 * taken them. Writing one is part of the transaction that decided it.
 */
export class MessageStore {
  readonly #db: DatabaseSync;
  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** The channel of that name. The same send_id is stored once. */
  channel(name: 'outbox' | 'webhook', now: () => number): Channel {
    const insert = this.#db.prepare(
      `INSERT INTO messages(send_id, channel, body, status, attempts, due_at)
       VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT(send_id) DO NOTHING`,
    );
    const status = name === 'outbox' ? 'delivered' : 'pending';
    return {
      send: async (message) => {
        insert.run(message.send_id, name, JSON.stringify(message), status, now());
      },
    };
  }

  /** Newest first. */
  list(limit: number): StoredMessage[] {
    const rows = this.#db.prepare('SELECT channel, body, status FROM messages ORDER BY seq DESC LIMIT ?').all(limit);
    return rows.map((row) => ({
      ...(JSON.parse(String(row.body)) as Message),
      channel: String(row.channel),
      status: String(row.status),
    }));
  }

  /** Webhook messages whose time has come. */
  due(now: number, limit: number): { message: Message; attempts: number }[] {
    const rows = this.#db
      .prepare(`SELECT body, attempts FROM messages WHERE status = 'pending' AND due_at <= ? ORDER BY due_at LIMIT ?`)
      .all(now, limit);
    return rows.map((row) => ({ message: JSON.parse(String(row.body)) as Message, attempts: Number(row.attempts) }));
  }

  /** When the next webhook message is due, epoch ms. */
  nextDue(): number | undefined {
    const at = this.#db.prepare(`SELECT min(due_at) AS at FROM messages WHERE status = 'pending'`).get()?.at;
    return at === null || at === undefined ? undefined : Number(at);
  }

  delivered(sendId: string): void {
    this.#db.prepare(`UPDATE messages SET status = 'delivered', error = NULL WHERE send_id = ?`).run(sendId);
  }

  /** Notes a failed attempt: again at `dueAt`, or never (undefined). */
  failed(sendId: string, failure: { error: string; dueAt: number | undefined }): void {
    this.#db
      .prepare(`UPDATE messages SET attempts = attempts + 1, error = ?, status = ?, due_at = ? WHERE send_id = ?`)
      .run(failure.error, failure.dueAt === undefined ? 'failed' : 'pending', failure.dueAt ?? 0, sendId);
  }
}
