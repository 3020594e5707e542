import { describe, expect, it } from 'vitest';
import { SIZES, type Size } from '../../functions/shared/topology.ts';
import type { Deployment } from '../../infra/deployment.ts';
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
const takenAway = (from: Size, to: Size): string[] => takenFrom(from, (name) => exportsOf(to, name));

function takenFrom(from: Size, keptBy: (name: StageName) => ReadonlySet<string>): string[] {
  const { names, template } = synthesise({ size: from });
  const imported = new Set(names.flatMap((name) => importsIn(template(name).toJSON())));
  return names.flatMap((name) => {
    const kept = keptBy(name);
    return [...exportsOf(from, name)]
      .filter((one) => imported.has(one) && !kept.has(one))
      .map((one) => `${one} of ${name}`);
  });
}

describe('a change of size', () => {
  it.each([
    ['small', 'medium'],
    ['medium', 'large'],
    ['small', 'large'],
    ['large', 'medium'],
    ['large', 'small'],
    ['medium', 'small'],
  ] as const)('from %s to %s takes one command', (from, to) => {
    expect(takenAway(from, to)).toEqual([]);
  });

  it('would be seen to take a value away that another stack still imports', () => {
    expect(takenFrom('large', () => new Set()).length).toBeGreaterThan(20);
  });
});

/** Every resource of a deployment, by stack and id: its type, and the name that it was given, where it has one. */
function resourcesOf(deployment: Partial<Deployment>): Map<string, { type: string; name: string | undefined }> {
  const { names, template } = synthesise(deployment);
  return new Map(
    names.flatMap((stack) => {
      const { Resources } = template(stack).toJSON() as { Resources: Record<string, Resource> };
      return Object.entries(Resources).map(([id, { Type, Properties = {} }]) => {
        const [, given] = Object.entries(Properties).find(([key]) => NAMES.test(key) && isOwnName(Type, key)) ?? [];
        return [`${stack}/${id}`, { type: Type, name: typeof given === 'string' ? `${Type} ${given}` : undefined }];
      });
    }),
  );
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
}

const NAMES = /Name$/;
/** Not a name of another resource, and not of what may exist twice. */
const isOwnName = (type: string, key: string): boolean =>
  !['FunctionName', 'DatabaseName', 'StageName'].includes(key) &&
  !/NamedQuery$|::RestApi$|V2::Api$|IAM::Policy$/.test(type);

describe('a change of settings', () => {
  const kinds = SIZES.flatMap((size) => [true, false].map((firewall) => ({ size, firewall })));
  const all = kinds.map((kind) => resourcesOf(kind));

  it('makes no resource one of another type under the same id, which CloudFormation refuses', () => {
    const types = new Map<string, Set<string>>();
    for (const [id, { type }] of all.flatMap((one) => [...one])) types.set(id, (types.get(id) ?? new Set()).add(type));
    expect([...types].filter(([, found]) => found.size > 1).map(([id]) => id)).toEqual([]);
  });

  it('makes no resource anew under a name that the old one still has', () => {
    const ids = new Map<string, Set<string>>();
    for (const [id, { name }] of all.flatMap((one) => [...one]))
      if (name !== undefined) ids.set(name, (ids.get(name) ?? new Set()).add(id));
    expect(ids.size).toBeGreaterThan(40);
    expect([...ids].filter(([, found]) => found.size > 1).map(([name]) => name)).toEqual([]);
  });
});
