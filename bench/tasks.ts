import { measureDynamo } from './dynamo.ts';
import { measureArrivals } from './dynamo-arrivals.ts';
import { measureKinds } from './dynamo-kinds.ts';
import { resolveGraph } from './resolve.ts';
import { scaleStore } from './scale-task.ts';
import { pipelineServer } from './server.ts';
import { cleanStage, collectStage, floor, lakeStage, stitchStage } from './stages.ts';

/** What a child process can be asked for; see `runTask`. */
const TASKS: Readonly<Record<string, (options: never) => Promise<unknown>>> = {
  floor,
  collect: collectStage,
  clean: cleanStage,
  stitch: stitchStage,
  lake: lakeStage,
  server: pipelineServer,
  dynamo: measureDynamo,
  'dynamo-kinds': measureKinds,
  'dynamo-arrivals': measureArrivals,
  resolve: resolveGraph,
  scale: scaleStore,
};

async function main([name = '', options = '{}']: readonly string[]): Promise<void> {
  const task = TASKS[name];
  if (!task) throw new Error(`There is no task "${name}"; there are ${Object.keys(TASKS).join(', ')}.`);
  const result = await task(JSON.parse(options) as never);
  process.send?.({ result });
}

/** Whoever asked is gone: nobody wants the result, and a server must not stay behind. */
const abandon = (): void => process.exit(1);
process.once('disconnect', abandon);

main(process.argv.slice(2)).then(
  () => {
    process.off('disconnect', abandon);
    process.disconnect?.();
  },
  (error: unknown) => {
    process.off('disconnect', abandon);
    process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.disconnect?.();
    process.exitCode = 1;
  },
);
