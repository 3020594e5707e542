import { expect, it } from 'vitest';
import { resolve } from '../../functions/shared/identity/resolve.ts';
import { bridgedGraph } from '../support/bridged-graph.ts';
import { evidenceOf, SIX_OF_EACH, scoreApart, scoreGraph } from '../support/bridged-score.ts';

const graph = bridgedGraph(20_000);

it('draws the published graph: the first edges, and as many identifiers', () => {
  const hexOf = (key: string): string => `${key.slice(-10, -8)}:${key.slice(-8)}`;
  const first = graph.edges.slice(0, 5).map(({ a, b }) => `${hexOf(a)} ${hexOf(b)}`);
  expect(first).toEqual([
    ...['dv:00000000 op:00000001', 'dv:00000000 em:00000002', 'em:00000002 dv:00000000'],
    ...['op:00000001 dv:00000000', 'ck:00000003 ck:00000004'],
  ]);
});

it('keeps people apart whom a shared device bridges, where both hold a strong identifier', () => {
  const score = scoreGraph(graph, SIX_OF_EACH);
  expect(score).toMatchObject({ strongJoined: 0, fellApart: 0 });
  const bridges = graph.edges.filter(({ bridge }) => bridge).length;
  expect(score.refused.attach_never_merge).toBeGreaterThan(bridges / 2);
});

it('scores people who are joined or fall apart as that', () => {
  const { evidence, sightings } = evidenceOf(graph);
  const trusting = resolve(
    evidence.map((edge) => ({ ...edge, verified: true })),
    sightings,
    SIX_OF_EACH,
  );
  expect(scoreApart(graph, trusting, SIX_OF_EACH).strongJoined).toBeGreaterThan(0);
  const alone = scoreApart(graph, resolve([], sightings, SIX_OF_EACH), SIX_OF_EACH);
  expect(alone).toMatchObject({ joined: 0, fellApart: graph.people.filter((ids) => ids.length > 1).length });
});
