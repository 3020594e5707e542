import { describe, expect, it } from 'vitest';
import type { Size } from '../../functions/shared/topology.ts';
import { type StageName, synthesise } from '../support/templates.ts';

/** Everything that a value imports from other stacks. */
function importsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'Fn::ImportValue' ? [String(inner)] : importsIn(inner),
  );
}

const exportsOf = (size: Size, name: StageName): Set<string> =>
  new Set(
    Object.values<{ Export?: { Name: string } }>(synthesise({ size }).template(name).toJSON().Outputs ?? {}).flatMap(
      ({ Export }) => Export?.Name ?? [],
    ),
  );

/**
 * `EXPORT of STACK`, for each value that a stack would take away at a change of size while another one, which is not changed
 * yet, still imports it: CloudFormation refuses that.
 */
function takenAway(from: Size, to: Size, changed: readonly StageName[] = []): string[] {
  const { names, template } = synthesise({ size: from });
  const imported = new Set(
    names.filter((name) => !changed.includes(name)).flatMap((name) => importsIn(template(name).toJSON())),
  );
  return names.flatMap((name) => {
    const kept = exportsOf(to, name);
    return [...exportsOf(from, name)]
      .filter((one) => imported.has(one) && !kept.has(one))
      .map((one) => `${one} of ${name}`);
  });
}

/** What the guide says to deploy first, alone, before a large deployment becomes a smaller one. */
const READERS: readonly StageName[] = ['stitch', 'redrive'];

describe('a change of size', () => {
  it.each([
    ['small', 'medium'],
    ['medium', 'large'],
    ['small', 'large'],
    ['medium', 'small'],
  ] as const)('from %s to %s takes one command', (from, to) => {
    expect(takenAway(from, to)).toEqual([]);
  });

  it('from large takes the readers of the clean stream first, which find what they need', () => {
    expect(takenAway('large', 'medium')).not.toEqual([]);
    expect(takenAway('large', 'medium', READERS)).toEqual([]);
    const there = new Set(synthesise({ size: 'large' }).names.flatMap((name) => [...exportsOf('large', name)]));
    const wanted = READERS.flatMap((name) => importsIn(synthesise({ size: 'medium' }).template(name).toJSON()));
    expect(wanted.filter((one) => !there.has(one))).toEqual([]);
  });
});
