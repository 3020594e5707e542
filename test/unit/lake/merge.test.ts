import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint, type LandedFile, type LandingStore } from '../../../functions/lake/landing.ts';
import { MAX_DAYS_PER_RUN, type MergeDeps, mergeLanding } from '../../../functions/lake/merge.ts';
import { EVENTS, type LakeTableName } from '../../../schemas/lake.ts';
import { TwoTierLake } from '../../support/lake-history.ts';

const TABLE = { ...EVENTS, name: 'events' as const };
const at = (day: number, hour = 1): number => Date.UTC(2026, 2, day, hour);
const named = (day: number): string => `2026-03-${String(day).padStart(2, '0')}`;

/** Landing as S3 has it: a file per landed event; removing a file removes its rows, as it would there. */
class FakeLanding implements LandingStore {
  readonly kept = new Map<string, string[]>();
  readonly marks = new Map<string, string>();
  readonly lake: TwoTierLake;
  constructor(lake: TwoTierLake) {
    this.lake = lake;
  }
  async land(day: number, id: string): Promise<void> {
    const row = { event_id: id, owner: 'o', source_id: 's', received_at: `${named(day)} 00:00:00` };
    await this.lake.land('events', named(day), [row]);
    this.kept.set(named(day), [...(this.kept.get(named(day)) ?? []), id]);
  }
  async days() {
    return [...this.kept.keys()].filter((day) => this.kept.get(day)?.length).reverse();
  }
  async files(_: LakeTableName, day: string) {
    return (this.kept.get(day) ?? []).map((id) => ({ key: `${day}/${id}`, bytes: 1 }));
  }
  async merged(_: LakeTableName, day: string) {
    return this.marks.get(day);
  }
  async markMerged(_: LakeTableName, day: string, print: string) {
    this.marks.set(day, print);
  }
  async undelivered() {
    return 0;
  }
  async remove(files: readonly LandedFile[]) {
    for (const { key } of files) {
      const [day = '', id = ''] = key.split('/');
      await this.lake.run(`DELETE FROM events_landing WHERE ingest_day = '${day}' AND event_id = '${id}'`);
      this.kept.set(
        day,
        (this.kept.get(day) ?? []).filter((other) => other !== id),
      );
    }
  }
}

let lake: TwoTierLake;
let landing: FakeLanding;
let statements: string[];
beforeEach(async () => {
  lake = await TwoTierLake.open();
  landing = new FakeLanding(lake);
  statements = [];
});
afterEach(() => lake.close());

const deps = (now: number, more: Partial<MergeDeps> = {}): MergeDeps => ({
  landing,
  run: async (sql) => {
    statements.push(sql);
    await lake.run(sql);
  },
  clock: { now: () => now },
  timeLeft: () => 600_000,
  ...more,
});
const run = async (now: number, more: Partial<MergeDeps> = {}) => await mergeLanding(TABLE, deps(now, more));
const history = async () => (await lake.query('SELECT event_id FROM events_history ORDER BY event_id')).flat();

describe('merging what landed', () => {
  it('takes closed days, oldest first, and leaves today', async () => {
    for (const day of [1, 2, 3]) await landing.land(day, `e${day}`);
    expect(await run(at(3))).toEqual({
      merged_days: 2,
      removed_files: 0,
      waiting_days: 0,
      undelivered_files: 0,
      errors: [],
    });
    expect(await history()).toEqual(['e1', 'e2']);
    expect(statements.map((sql) => /ingest_day = '([\d-]+)'/.exec(sql)?.[1])).toEqual([named(1), named(2)]);
  });

  it('does no day twice, unless something came late', async () => {
    await landing.land(1, 'a');
    await run(at(2));
    expect(await run(at(2, 2))).toMatchObject({ merged_days: 0 });
    expect(statements).toHaveLength(1);
    await landing.land(1, 'late');
    expect(await run(at(2, 3))).toMatchObject({ merged_days: 1 });
    expect(await history()).toEqual(['a', 'late']);
  });

  it('removes files once their day has settled, a run after they were taken', async () => {
    await landing.land(1, 'a');
    await run(at(2));
    expect(await run(at(2, 23))).toMatchObject({ removed_files: 0 });
    expect(await run(at(3))).toMatchObject({ removed_files: 1 });
    expect(await landing.days()).toEqual([]);
    expect(await history()).toEqual(['a']);
  });

  it('never removes what it has not taken: a late file in a settled day is taken first', async () => {
    await landing.land(1, 'a');
    await run(at(2));
    await landing.land(1, 'very late');
    expect(await run(at(9))).toMatchObject({ merged_days: 1, removed_files: 0 });
    expect(await run(at(9, 2))).toMatchObject({ removed_files: 2 });
    expect(await history()).toEqual(['a', 'very late']);
  });

  it('says which days wait, and lets no failing day hold up the others', async () => {
    for (const day of [1, 2]) await landing.land(day, `e${day}`);
    const broken = new Error('no');
    const report = await run(at(3), {
      run: async (sql) => {
        if (sql.includes(named(1))) throw broken;
        await lake.run(sql);
      },
    });
    expect(report).toMatchObject({ merged_days: 1, removed_files: 0, waiting_days: 1, errors: [broken] });
    expect(await history()).toEqual(['e2']);
  });

  it('says how much was never delivered', async () => {
    landing.undelivered = async () => 7;
    expect(await run(at(3))).toMatchObject({ undelivered_files: 7 });
  });

  it('begins nothing when its time is nearly over, or after as many days as a run may take', async () => {
    for (const day of [1, 2]) await landing.land(day, `e${day}`);
    expect(await run(at(3), { timeLeft: () => 59_999 })).toMatchObject({ merged_days: 0, waiting_days: 2 });
    const many = new FakeLanding(lake);
    for (let day = 1; day <= 31; day += 1) many.kept.set(named(day), ['x']);
    for (let day = 1; day <= 5; day += 1) many.kept.set(`2026-02-0${day}`, ['x']);
    const report = await run(Date.UTC(2026, 3, 1), { landing: many });
    expect(report).toMatchObject({ merged_days: MAX_DAYS_PER_RUN, waiting_days: 36 - MAX_DAYS_PER_RUN });
  });

  it('can end at any call and lose nothing: the next runs finish', async () => {
    for (const day of [1, 2]) await landing.land(day, `e${day}`);
    const counted = (fail_at: number) => {
      let calls = 0;
      const step = async <T>(work: () => Promise<T>): Promise<T> => {
        calls += 1;
        if (calls === fail_at) throw new Error('ended');
        const done = await work();
        calls += 1;
        if (calls === fail_at) throw new Error('ended after it was done');
        return done;
      };
      const guarded: LandingStore = {
        days: () => step(() => landing.days()),
        files: (t, day) => step(() => landing.files(t, day)),
        merged: (t, day) => step(() => landing.merged(t, day)),
        markMerged: (t, day, print) => step(() => landing.markMerged(t, day, print)),
        remove: (files) => step(() => landing.remove(files)),
        undelivered: () => step(() => landing.undelivered()),
      };
      return { landing: guarded, run: (sql: string) => step(() => lake.run(sql)) };
    };
    for (let fail_at = 1; fail_at <= 30; fail_at += 1) {
      await run(at(9), counted(fail_at)).catch(() => undefined);
      const both = await lake.query('SELECT count(DISTINCT event_id) FROM events_rows');
      expect(both, `ended at call ${fail_at}`).toEqual([['2']]);
    }
    await run(at(9));
    await run(at(9));
    expect(await history()).toEqual(['e1', 'e2']);
    expect(await landing.days()).toEqual([]);
  });
});

describe('the fingerprint of files', () => {
  it('depends on names and sizes, not on their order', () => {
    const [a, b] = [
      { key: 'a', bytes: 1 },
      { key: 'b', bytes: 2 },
    ];
    expect(fingerprint([a, b])).toBe(fingerprint([b, a]));
    expect(fingerprint([a, b])).not.toBe(fingerprint([a]));
    expect(fingerprint([a])).not.toBe(fingerprint([{ ...a, bytes: 2 }]));
  });
});
