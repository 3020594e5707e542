import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DocStore } from '../../functions/shared/doc-store.ts';
import { DynamoDocStore } from '../../functions/shared/dynamo-doc-store.ts';
import { compileRules } from '../../functions/shared/identity/resolve.ts';
import { RULES_SPREAD_MS, RulesInForce } from '../../functions/shared/identity/rules-in-force.ts';
import { scanAll } from '../../functions/shared/person/closures.ts';
import { profileRows } from '../../functions/shared/person/profile-rows.ts';
import { stitch } from '../../functions/stitch/stitch.ts';
import { StoreDesk } from '../../local/rules/store-desk.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import type { LakeRow } from '../../schemas/lake.ts';
import { type DynamoDbLocal, dynamoDbLocalMissing, startDynamoDbLocal } from './dynamodb-local.ts';
import { SHIPPED_RULES } from './identity.ts';
import { MemoryDocStore } from './memory-doc-store.ts';
import { cleanEvent, SHIPPED, type StitchWorld, stitchWorld } from './stitch.ts';
import { expectSwept } from './sweep-properties.ts';

/** Some ten thousand calls to a database in Java, on two cores that other tests use as well. */
const PATIENCE_MS = 240_000;
const missing = dynamoDbLocalMissing();
if (missing) console.warn(`Skipped: ${missing}.`);

/** A phone belongs to one person, and what a till calls itself is nobody's. */
const tight: IdentityRules = {
  ...SHIPPED_RULES,
  version: 2,
  types: SHIPPED_RULES.types.map((rule) => (rule.type === 'phone' ? { ...rule, limit: 1 } : rule)),
  blocked_patterns: ['till-\\d+'],
};
const loose: IdentityRules = { ...SHIPPED_RULES, version: 3 };

/** Six identifiers of each member, in three events; some tills by themselves. */
const historyOf = (members: number): readonly CleanEvent[] => [
  ...Array.from({ length: members }, (_, n) => {
    const at = (minute: number) => ({
      verified: true,
      occurred_at: `2026-03-14T${String(n % 24).padStart(2, '0')}:0${minute}:00.000Z`,
    });
    return [
      cleanEvent([`user_id:m${n}`, `phone:a${n}`, `anonymous_id:c${n}`], at(0)),
      cleanEvent([`user_id:m${n}`, `phone:b${n}`, `device_id:d${n}`], { ...at(1), name: 'Order Completed' }),
      cleanEvent([`user_id:m${n}`, `anonymous_id:till-${n}`], at(2)),
    ];
  }).flat(),
  ...Array.from({ length: 25 }, (_, n) => cleanEvent([`anonymous_id:till-${1000 + n}`])),
];
const LATE = Array.from({ length: 12 }, (_, n) =>
  cleanEvent([`user_id:m${n}`, `phone:b${n}`], {
    source_id: 'app',
    verified: true,
    occurred_at: '2026-03-15T10:00:00.000Z',
  }),
);

/** The operator's machine went away. */
class Killed extends Error {}

/** One deployment: the table, a function that takes events, and whoever changes its rules. */
class Deployment {
  readonly world: StitchWorld;
  readonly said: string[] = [];
  readonly #store: DocStore;
  readonly #rules: RulesInForce;

  constructor(store: DocStore) {
    this.#store = store;
    this.world = stitchWorld({ store });
    this.world.clock.tick = 1;
    const { clock } = this.world;
    const onFault = (error: unknown): void => {
      throw error;
    };
    this.#rules = new RulesInForce({ store, shipped: SHIPPED_RULES, clock, onFault, trustSeconds: 120 });
  }

  /** As the function does; the version of the rules it went by. */
  async take(events: readonly CleanEvent[]): Promise<number> {
    const rules = await this.#rules.get();
    for (let from = 0; from < events.length; from += 20) {
      const { touched } = await stitch(events.slice(from, from + 20), { ...this.world.deps, rules });
      await this.world.lake.put('profiles', await this.rowsOf(touched, rules.rules));
    }
    return rules.rules.version;
  }

  async rowsOf(keys: readonly string[], rules: IdentityRules): Promise<LakeRow[]> {
    const now = this.world.clock.now();
    return await profileRows(keys, { ...this.world.deps, rules: compileRules(rules), now });
  }

  /** A new process each time. */
  desk(sleep: (ms: number) => Promise<void>): StoreDesk {
    return new StoreDesk({
      ...this.world.deps,
      store: this.#store,
      shipped: SHIPPED_RULES,
      sleep,
      say: (line) => void this.said.push(line),
      tokenise: (_, value) => value,
      defaultRegion: 'CN',
      by: 'anna',
    });
  }

  /** Lets the time pass that the runner waits. */
  readonly pass = async (ms: number): Promise<void> => {
    this.world.clock.at += ms;
  };
}

/** All documents as they are now, to be read one by one. */
async function copyOf(store: DocStore): Promise<MemoryDocStore> {
  const copy = new MemoryDocStore();
  for (const prefix of ['i:', 'c:', 's:']) {
    for await (const [key, { body }] of scanAll(store, prefix)) await copy.commit([{ key, expected: 0, body }]);
  }
  return copy;
}

const oneIdsOf = (lake: readonly LakeRow[]): Record<string, unknown> => {
  const last = new Map<unknown, LakeRow>();
  for (const row of lake) if (Number(row.seq) >= Number(last.get(row.owner)?.seq ?? -1)) last.set(row.owner, row);
  return Object.fromEntries(Array.from(last, ([owner, row]) => [String(owner), row.one_id]).sort());
};

/** What must hold of a change of rules on DynamoDB, with six identifiers of each member. */
export function rulesOnDynamo(members: number): void {
  const history = historyOf(members);
  describe.skipIf(missing !== undefined)(
    `rules of ${6 * members} identifiers on DynamoDB`,
    { timeout: PATIENCE_MS },
    () => {
      let dynamo: DynamoDbLocal;
      let table: string;
      let deployment: Deployment;
      let first: Record<string, unknown>;
      const identityMap = () => oneIdsOf(deployment.world.lake.of('identity_map'));

      beforeAll(async () => {
        dynamo = await startDynamoDbLocal();
        table = await dynamo.createTable();
        deployment = new Deployment(new DynamoDocStore({ client: dynamo.client(), table }));
        await deployment.take(history);
        first = identityMap();
      });
      afterAll(() => dynamo?.stop());

      it('are previewed, which writes nothing', async () => {
        expect(Object.keys(first)).toHaveLength(6 * members + 25);
        const rows = JSON.stringify(deployment.world.lake.rows).length;
        const report = await deployment.desk(deployment.pass).diff(tight);
        expect(report.persons.before).toBe(members + 25);
        expect(report.isolated.newly).toMatchObject({ by_reason: { blocked: members + 25 } });
        expect(report.splits.count).toBe(members);
        expect(JSON.stringify(deployment.world.lake.rows)).toHaveLength(rows);
      });

      it('are tightened while functions still go by the old ones and the runner dies, again and again', async () => {
        const { world } = deployment;
        const waits: number[] = [];
        const used: number[] = [];
        let kill = true;
        const sleep = async (ms: number): Promise<void> => {
          waits.push(ms);
          const at = 3 * used.length;
          // A function that has not read the rules anew undoes nothing, since nothing was swept yet.
          used.push(await deployment.take(LATE.slice(at, at + 3)));
          if (kill) throw new Killed();
          await deployment.pass(ms);
          await deployment.take([]);
        };
        await deployment.desk(sleep).apply(tight, 'a phone belongs to one person');
        await expect(deployment.desk(sleep).done()).rejects.toThrow(Killed);
        kill = false;
        for (const fatal of [members >> 3, members]) {
          const begin = world.lake.of('identity_map').length;
          world.lake.fail = (name) => {
            if (name === 'identity_map' && world.lake.of(name).length - begin > fatal) throw new Killed();
          };
          await expect(deployment.desk(sleep).done()).rejects.toThrow(Killed);
        }
        world.lake.fail = () => undefined;
        const { active, sweep } = await deployment.desk(sleep).done();
        expect([active.version, sweep?.phase, sweep?.refused]).toEqual([2, 'done', []]);
        expect(used.slice(0, 3), 'in the wait that was for nothing, and before each phase').toEqual([1, 1, 1]);
        expect(new Set(waits)).toEqual(new Set([RULES_SPREAD_MS]));
        expect(await deployment.take(LATE.slice(3 * used.length))).toBe(2);
        await expectSwept([...history, ...LATE], world, {
          store: await copyOf(world.deps.store),
          rules: compileRules(tight),
        });
      });

      it('leave no profile in the lake as it was before', async () => {
        const last = new Map<unknown, LakeRow>();
        for (const row of deployment.world.lake.of('profiles')) last.set(row.one_id, row);
        const keys = Object.keys(first);
        const content = ({ updated_at: _, seq: __, ...row }: LakeRow): LakeRow => row;
        const now = new Map((await deployment.rowsOf(keys, tight)).map((row) => [row.one_id, content(row)]));
        expect(now.size).toBeGreaterThan(3 * members);
        for (const [one_id, row] of now) expect(content(last.get(one_id) ?? {})).toEqual(row);
      });

      it('give the same ids back when they are loosened again', async () => {
        const desk = deployment.desk(deployment.pass);
        await desk.apply(loose, 'the tills were corrected');
        expect((await desk.done()).sweep).toMatchObject({ version: 3, phase: 'done' });
        expect(identityMap()).toEqual(first);
        const { world } = deployment;
        await expectSwept([...history, ...LATE], world, { store: await copyOf(world.deps.store), rules: SHIPPED });
      });

      describe('by command', () => {
        const dir = mkdtempSync(join(tmpdir(), 'oneriver-rules-'));
        afterAll(() => rmSync(dir, { recursive: true, force: true }));

        async function identity(...args: string[]): Promise<{ output: string; errors: string }> {
          const cli = fileURLToPath(new URL('../../local/identity.ts', import.meta.url));
          const flags = ['--disable-warning=ExperimentalWarning', cli, ...args, '--table', table, '--region', 'local'];
          const env = {
            PATH: process.env.PATH,
            AWS_ENDPOINT_URL: dynamo.endpoint,
            AWS_ACCESS_KEY_ID: 'local',
            AWS_SECRET_ACCESS_KEY: 'local',
          };
          return promisify(execFile)(process.execPath, flags, { env }).then(
            ({ stdout, stderr }) => ({ output: stdout, errors: stderr }),
            ({ stdout, stderr }) => ({ output: String(stdout), errors: String(stderr) }),
          );
        }

        function rulesFile(version: number, blocked: readonly string[]): string {
          const path = join(dir, `rules-${version}.json`);
          writeFileSync(path, JSON.stringify({ ...tight, version, blocked_values: blocked }));
          return path;
        }

        it('are shown with their history, and tried', async () => {
          expect((await identity('show')).output).toMatch(/Version 3 is in force[\s\S]*2 → 3 {2}anna: the tills/);
          const { output } = await identity('diff', '--rules', rulesFile(4, []), '--json');
          expect(JSON.parse(output).splits.count).toBe(members);
          expect((await identity('resume')).output).toContain('Sweep to version 3: done');
        });

        it('are not changed without a reason, and name a phone only where the key of tokens is', async () => {
          expect((await identity('apply', '--rules', rulesFile(4, []))).errors).toContain('Say why');
          const { errors } = await identity('diff', '--rules', rulesFile(5, ['phone:13800138000']));
          expect(errors).toContain('--vault');
          expect(errors).not.toContain('13800138000');
        });
      });
    },
  );
}
