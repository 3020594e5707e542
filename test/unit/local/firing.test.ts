import { join } from 'node:path';
import { expect, it } from 'vitest';
import { identifierDocKey } from '../../../functions/shared/person/docs.ts';
import { App } from '../../../local/app.ts';
import { SqliteDocStore } from '../../../local/doc-store.ts';
import { openDatabase } from '../../../local/sqlite.ts';
import type { Timer } from '../../../schemas/decision.ts';
import { dataFolder } from '../../support/data-folder.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const TIMERS = 120;
const AT_FAULT = 60;

/** No campaign of this name: it was withdrawn, and the timer goes without a decision. */
const timer = (n: number, rest: Partial<Timer> = {}): Timer => ({
  name: `t-${String(n).padStart(3, '0')}`,
  campaign: 'withdrawn',
  at: new Date(NOW - 1_000_000 + n).toISOString(),
  owner: 'anonymous_id:a',
  subject: '',
  trigger_from: '',
  trigger_at: '',
  ...rest,
});

const TORN = 'anonymous_id:torn';
/** Its owner's document cannot be read, so that it throws whenever it fires. */
const atFault = (n: number): Timer => timer(n, { campaign: 'cart-left-30-minutes', owner: TORN });

/** A data folder in which one document is no JSON. */
function folderWithTornDocument(): string {
  const dir = dataFolder();
  const db = openDatabase(join(dir, 'state.db'));
  new SqliteDocStore(db);
  db.prepare('INSERT INTO docs VALUES (?, 1, ?)').run(identifierDocKey(TORN), '{"key":"anonym');
  db.close();
  return dir;
}

async function openWith(timers: readonly Timer[]): Promise<App> {
  const app = await App.open({ dir: folderWithTornDocument(), realNow: () => NOW });
  app.timers.armFrom(
    timers.map((each) => ({ detail_type: 'Campaign Triggered', id: each.name, detail: { timer: each } })),
  );
  return app;
}

it('fires every timer that is due, over as many transactions as it takes, and none that is not', async () => {
  const due = Array.from({ length: TIMERS }, (_, n) => timer(n));
  const app = await openWith([...due, timer(999, { at: new Date(NOW + 1).toISOString() })]);
  await app.pipeline.fireDue();
  expect(app.timers.waiting()).toBe(1);
  await app.close();
});

it('fires the timers before one at fault, and keeps that one and those after it', async () => {
  const app = await openWith(Array.from({ length: TIMERS }, (_, n) => (n === AT_FAULT ? atFault(n) : timer(n))));
  await expect(app.pipeline.fireDue()).rejects.toThrow(/JSON/);
  expect(app.timers.waiting()).toBe(TIMERS - AT_FAULT);
  await app.close();
});
