import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { badInputSuite } from '../e2e/bad-input.suite.ts';
import { identityApiSuite } from '../e2e/identity-api.suite.ts';
import { lateEventsSuite } from '../e2e/late-events.suite.ts';
import { malformedSuite, nodeSdkSuite } from '../e2e/sdk-node.suite.ts';
import { deploy, environmentsOf, synthesise } from './cdk.ts';
import { DeployedTarget } from './deployed.ts';
import { doctorSuite } from './doctor.suite.ts';
import { ADDED, LEFT_OUT, thinAssembly } from './left-out.ts';
import { onlyDeployedSuite } from './only-deployed.suite.ts';
import { type Place, placeOrReason } from './place.ts';
import { rawQueueSuite } from './raw-queue.suite.ts';

/** Beyond everything that is waited for by itself. */
const DEPLOY_MS = 3_600_000;
const EVENTS = 1_000;
const MOST_COMPLAINTS = 8;

const found = await placeOrReason();
if (typeof found === 'string') process.stdout.write(`The deploy test is skipped: ${found}\n`);
const place = typeof found === 'string' ? undefined : found;
const folder = mkdtempSync(join(tmpdir(), 'oneriver-deploy-'));

afterAll(async () => {
  await place?.stop();
  rmSync(folder, { recursive: true, force: true });
}, DEPLOY_MS);

const seconds = (since: number): string => `${((performance.now() - since) / 1_000).toFixed(1)} s`;

/** Why a scenario may have failed: what the emulator refused, and the errors of functions. */
function complaints(log: string): string {
  const lines = log
    .split('\n')
    .filter((line) =>
      /not authorized to perform|timed out after| ERROR \[(?!asyncio)|Error: |^ *(fault|why|error|message): /.test(
        line,
      ),
    );
  const last = [...new Set(lines.map((line) => line.slice(0, 500)))].slice(-MOST_COMPLAINTS);
  return last.length === 0 ? '' : `The emulator's log says:\n${last.join('\n')}\n`;
}

/** The templates as they are deployed, and how many resources each entry of the list took out. */
async function templates(): Promise<readonly number[]> {
  await synthesise(folder, place?.environment ?? {});
  const list = place?.emulated === false ? [] : LEFT_OUT;
  const counts = thinAssembly(folder, list);
  for (const [index, { type, reason }] of list.entries()) {
    process.stdout.write(`Left out: ${counts[index]} × ${type}. ${reason}\n`);
  }
  if (place?.own)
    for (const { what, reason } of ADDED) process.stdout.write(`Added to the emulator: ${what}. ${reason}\n`);
  return counts;
}

let counts: readonly number[];
beforeAll(async () => {
  counts = await templates();
}, DEPLOY_MS);

it('leaves nothing out that is not there any more', () => {
  const stale = LEFT_OUT.filter((_, index) => counts[index] === 0);
  expect(stale.map(({ type }) => `take ${type} out of test/deploy/left-out.json`)).toEqual([]);
});

describe.skipIf(!place)('the stacks, deployed', () => {
  let target: DeployedTarget;

  const start = async (where: Place): Promise<void> => {
    where.allow(environmentsOf(folder));
    const since = performance.now();
    const outputs = await deploy(folder, where.environment);
    process.stdout.write(`Deployed ${Object.keys(outputs).length} stacks to ${where.title} in ${seconds(since)}\n`);
    const urlOf = (stack: string, name: string): string => {
      const url = outputs[stack]?.[name];
      if (url === undefined) throw new Error(`Stack ${stack} has no output ${name}.`);
      return where.reachable(url);
    };
    target = await DeployedTarget.open({
      collectUrl: urlOf('oneriver-collect', 'collectUrl'),
      serveUrl: urlOf('oneriver-serve', 'serveUrl'),
      patience_ms: where.patience_ms,
    });
  };

  beforeAll(async () => {
    if (place) await start(place);
  }, DEPLOY_MS);
  afterAll(() => target?.close());
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stdout.write(complaints(place?.log() ?? ''));
  });

  nodeSdkSuite(() => target, EVENTS);
  malformedSuite(() => target);
  badInputSuite(() => target);
  identityApiSuite(() => target);
  lateEventsSuite(() => target);
  onlyDeployedSuite(() => target);
  rawQueueSuite(() => target);
  doctorSuite(() => target);
});
