import { resolve } from '../functions/shared/identity/resolve.ts';
import { bridgedGraph } from '../test/support/bridged-graph.ts';
import { type BridgedScore, evidenceOf, SIX_OF_EACH, scoreApart } from '../test/support/bridged-score.ts';
import { type Cost, measure } from './measure.ts';

export interface ResolveRun {
  readonly people: number;
  readonly identifiers: number;
  readonly edges: number;
  /** From evidence with string ids to persons with One IDs; making the graph is not in it. */
  readonly cost: Cost;
  readonly score: BridgedScore;
}

/** `resolve` on a whole graph at once, in memory: people whom shared devices bridge, see `bridgedGraph`. */
export async function resolveGraph({ people }: { people: number }): Promise<ResolveRun> {
  const graph = bridgedGraph(people);
  const { evidence, sightings } = evidenceOf(graph);
  const results: ReturnType<typeof resolve>[] = [];
  const cost = await measure(() => results.push(resolve(evidence, sightings, SIX_OF_EACH)));
  const [resolution] = results;
  if (!resolution) throw new Error('There is no resolution; the figure would be wrong.');
  const score = scoreApart(graph, resolution, SIX_OF_EACH);
  return { people, identifiers: sightings.length, edges: evidence.length, cost, score };
}
