import { describe, expect, it } from 'vitest';
import { hashKey, storedKey } from '../../functions/shared/sources/keys.ts';
import type { SourceStore, StoredSource } from '../../functions/shared/sources/store.ts';
import type { SourceDefinition } from '../../schemas/source.ts';
import { testDesk } from '../support/source-desk.ts';

export interface SourceStoreUnderTest {
  readonly name: string;
  /** A new, empty store, and what its binding's collector finds under a key or an alias. */
  open(now: () => number): Promise<{
    readonly store: SourceStore;
    collectorFinds(key: string): Promise<{ readonly source_id: string; readonly disabled?: true } | undefined>;
    close(): Promise<void>;
  }>;
}

const START = Date.parse('2026-11-22T00:00:00Z');
const HOUR = 3_600_000;
const asking = { by: 'lin', why: 'because' };

export const definitionOf = (more: Partial<SourceDefinition> = {}): SourceDefinition => ({
  source_id: 'site',
  name: 'Web shop',
  channel: 'web',
  class: 'public',
  allowed_origins: [],
  default_region: 'CN',
  time_zone: 'Asia/Shanghai',
  owner: 'Web team',
  ...more,
});

/** What every store of sources does, whatever it is made of. */
export const sourceStoreSuite = ({ name, open }: SourceStoreUnderTest): void =>
  void describe(`a store of sources: ${name}`, () => {
    async function setUp() {
      const clock = { ms: START };
      const opened = await open(() => clock.ms);
      const desk = testDesk({ store: opened.store, now: () => clock.ms });
      const finds = async (key: string) => (await opened.collectorFinds(key))?.source_id;
      return { clock, desk, finds, ...opened };
    }

    it('gives back what was put, and knows nothing else', async () => {
      const { store, desk, close } = await setUp();
      const { stored } = await desk.create(definitionOf({ aliases: ['segment:a'], activity: 3 }), asking);
      await desk.putSecret('site', { name: 'token', value: 'hush', overlapMs: 0 }, asking);
      await desk.create(definitionOf({ source_id: 'app' }), asking);
      const [app, site] = await store.list();
      expect(app?.definition.source_id).toBe('app');
      expect(site).toEqual(await store.get('site'));
      expect(site).toMatchObject({
        definition: definitionOf({ aliases: ['segment:a'], activity: 3 }),
        version: 2,
        keys: [stored],
        secrets: [{ name: 'token', created_at: '2026-11-22T00:00:00.000Z' }],
      });
      expect(Buffer.from(site?.secrets[0]?.sealed ?? []).toString()).toBe('site|hush');
      expect([await store.get('nobody'), await store.changes('nobody', 10)]).toEqual([undefined, []]);
      await close();
    });

    it('opens to keys and aliases as long as they are there', async () => {
      const { clock, desk, finds, collectorFinds, close } = await setUp();
      const first = await desk.create(definitionOf({ protocol: 'segment', aliases: ['segment:a', 'path:/a'] }), asking);
      expect(await Promise.all([first.key, 'segment:a', 'path:/a', 'segment:b'].map(finds))).toEqual([
        ...['site', 'site', 'site'],
        undefined,
      ]);
      const second = await desk.rotate('site', HOUR, asking);
      clock.ms += HOUR - 1;
      expect(await Promise.all([first.key, second.key].map(finds))).toEqual(['site', 'site']);
      clock.ms += 1;
      expect(await Promise.all([first.key, second.key].map(finds))).toEqual([undefined, 'site']);
      await desk.change('site', { aliases: ['path:/a'] }, asking);
      await desk.disable('site', asking);
      clock.ms += HOUR;
      expect(await Promise.all(['segment:a', 'path:/a'].map(finds))).toEqual([undefined, 'site']);
      expect((await collectorFinds(second.key))?.disabled).toBe(true);
      await desk.enable('site', asking);
      await desk.removeKey('site', second.stored.id, asking);
      clock.ms += HOUR;
      expect(await finds(second.key)).toBeUndefined();
      expect((await collectorFinds('path:/a'))?.disabled).toBeUndefined();
      await close();
    });

    it('gives an alias to one source, and back when it is let go', async () => {
      const { desk, close } = await setUp();
      await desk.create(definitionOf({ aliases: ['segment:a'] }), asking);
      const other = definitionOf({ source_id: 'app', aliases: ['segment:a'] });
      await expect(desk.create(other, asking)).rejects.toMatchObject({ code: 'taken' });
      await expect(desk.get('app')).rejects.toMatchObject({ code: 'not_found' });
      await desk.change('site', { aliases: null }, asking);
      await desk.create(other, asking);
      await close();
    });

    it('makes one of two changes at the same time, and says so of the other', async () => {
      const { store, desk, close } = await setUp();
      const { source } = await desk.create(definitionOf(), asking);
      const next = (of: StoredSource, by: string) => ({
        ...of,
        expected: of.version,
        keys: [...of.keys, storedKey(by, START)],
        change: { at: '', by, why: '', action: 'rotate', detail: '' },
      });
      const done = await Promise.all(['a', 'b', 'c'].map((by) => store.commit(next(source, by))));
      expect(done.toSorted()).toEqual(['changed', 'changed', 'done']);
      const after = await store.get('site');
      expect(after?.keys).toHaveLength(2);
      expect((await store.changes('site', 5)).map(({ action }) => action)).toEqual(['rotate', 'create']);
      await close();
    });

    it('keeps who changed what and why, the last two hundred times', async () => {
      const { desk, close } = await setUp();
      await desk.create(definitionOf(), asking);
      for (let i = 0; i < 202; i++) await desk.change('site', { name: `Shop ${i}` }, { by: 'wu', why: `reason ${i}` });
      const changes = await desk.changes('site', 200);
      expect(changes).toHaveLength(200);
      const at = '2026-11-22T00:00:00.000Z';
      expect(changes[0]).toEqual({ at, by: 'wu', why: 'reason 201', action: 'change', detail: 'name' });
      expect(changes.at(-1)).toMatchObject({ why: 'reason 2' });
      expect(await desk.changes('site', 2)).toHaveLength(2);
      await close();
    });

    it('stores neither a key nor an alias that it could give away', async () => {
      const { store, desk, close } = await setUp();
      const { key } = await desk.create(definitionOf(), asking);
      const kept = JSON.stringify(await store.list());
      expect(kept).not.toContain(key);
      expect(kept).toContain(hashKey(key));
      await close();
    });
  });
