import { expect, it } from 'vitest';
import { compileRules } from '../../functions/shared/identity/resolve.ts';
import { bridgedGraph } from '../support/bridged-graph.ts';
import { SIX_OF_EACH, scoreGraph } from '../support/bridged-score.ts';
import { SHIPPED_RULES } from '../support/identity.ts';

const PEOPLE = 350_000;
const graph = bridgedGraph(PEOPLE);

/**
 * 1,777 devices bridge two people. 1,258 bridges are refused. Of the other 519 one side holds nothing but cookies, devices
 * and open ids: it looks like one more device of the other, and nothing in the evidence says otherwise.
 */
it('keeps 348,964 of 350,000 people apart, and nobody falls apart', () => {
  expect([graph.people.flat().length, graph.edges.length]).toEqual([1_128_355, 1_558_487]);
  expect(scoreGraph(graph, SIX_OF_EACH)).toEqual({
    ...{ apart: 348_964, joined: 1036, strongJoined: 0, fellApart: 0 },
    refused: { attach_never_merge: 1257, limit: 1 },
  });
});

/** Here two union ids are two people, and a cookie seen with two phones is shared: the graph gives one person such things. */
it('with the shipped rules joins fewer still, and keeps apart what one person may not hold', () => {
  const score = scoreGraph(graph, compileRules(SHIPPED_RULES));
  expect(score).toMatchObject({ apart: 349_164, joined: 836, strongJoined: 0 });
  expect(Object.keys(score.refused).sort()).toEqual(['attach_never_merge', 'limit', 'shared', 'unique']);
});
