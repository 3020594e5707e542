import { describe, expect, it } from 'vitest';
import { SIZES } from '../../functions/shared/topology.ts';
import { readDeployment } from '../../infra/deployment.ts';
import { RESOURCE_TYPES } from '../support/resource-types.ts';
import { synthesise } from '../support/templates.ts';

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}
interface Written {
  readonly Resources: Record<string, Resource>;
  readonly Outputs?: Record<string, { Export?: { Name: string }; Value?: unknown }>;
}

/** Every object inside a value, the value included. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield { ...value };
  for (const inner of Object.values(value)) yield* objectsIn(inner);
}

/** Ids of the same template that a resource waits for: what it refers to, and what it says. */
function waitsFor(resource: Resource): Set<string> {
  const ids = new Set([resource.DependsOn ?? []].flat());
  for (const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text } of objectsIn(resource.Properties)) {
    if (typeof Ref === 'string') ids.add(Ref);
    if (Array.isArray(attribute)) ids.add(String(attribute[0]));
    for (const [, id = ''] of JSON.stringify(text ?? '').matchAll(/\$\{(\w+)/g)) ids.add(id);
  }
  return ids;
}

/** Names in an order in which each comes after all that it waits for. @throws Error naming a ring. */
function inOrder(waits: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (done.has(name)) return;
    if (path.includes(name)) throw new Error(`They wait for each other: ${[...path, name].join(' → ')}`);
    for (const other of waits.get(name) ?? []) if (waits.has(other)) visit(other, [...path, name]);
    done.add(name);
  };
  for (const name of waits.keys()) visit(name, []);
  return [...done];
}

/** Services check at creation that these may do what they are made for. */
const CHECKED = ['Function', 'EventSourceMapping', 'EventInvokeConfig']
  .map((name) => `AWS::Lambda::${name}`)
  .concat('AWS::KinesisFirehose::DeliveryStream');

/**
 * What a first deployment that fails takes away again: a stream is billed by the hour, and the name of a timer group is taken.
 * The others may have something in them by then, or are protected.
 */
const GONE_WITH_A_FAILED_CREATION = new Set(['AWS::Kinesis::Stream', 'AWS::Scheduler::ScheduleGroup']);

/** The id that an intrinsic function names. */
function refOf(value: unknown): string {
  for (const { Ref, 'Fn::GetAtt': attribute } of objectsIn(value)) {
    if (Ref !== undefined || attribute !== undefined) return String(Ref ?? [attribute].flat()[0]);
  }
  return '';
}

/** Ids of the roles that properties name as the own ones of a resource. */
const rolesIn = (properties: unknown): string[] =>
  [...objectsIn(properties)].flatMap(({ Role, RoleARN }) => [Role, RoleARN].map(refOf).filter(Boolean));

describe.each(SIZES.flatMap((size) => [`${size} global`, `${size} china`]))('a deployment from nothing, %s', (kind) => {
  const [size, profile] = kind.split(' ');
  const { template, names, stacks } = synthesise(readDeployment((key) => ({ size, profile })[key], {}));
  const written = new Map(names.map((name): [string, Written] => [name, template(name).toJSON() as Written]));
  const exporterOf = new Map(
    [...written].flatMap(([name, { Outputs = {} }]) =>
      Object.values(Outputs).flatMap(({ Export }) => (Export ? [[Export.Name, name] as const] : [])),
    ),
  );
  const needs = new Map(
    [...written].map(([name, { Resources }]) => {
      const imports = [...objectsIn(Resources)].flatMap((one) => one['Fn::ImportValue'] ?? []);
      return [name, new Set(imports.map((wanted) => exporterOf.get(String(wanted)) ?? `nobody exports ${wanted}`))];
    }),
  );

  it('finds each stack after those whose values it takes', () => {
    const unknown = [...needs.values()].flatMap((set) => [...set]).filter((name) => !written.has(name));
    expect(unknown).toEqual([]);
    expect(inOrder(needs)).toHaveLength(names.length);
  });

  it('is told that order by the CDK too, so that one command deploys all', () => {
    for (const [name, set] of needs) {
      const told = new Set(stacks[name as keyof typeof stacks].dependencies.map((stack) => stack.stackName));
      const missing = [...set].filter((other) => !told.has(stacks[other as keyof typeof stacks].stackName));
      expect({ name, missing }).toEqual({ name, missing: [] });
    }
  });

  it.each(names)('has no ring among the resources of %s', (name) => {
    const { Resources } = written.get(name) ?? { Resources: {} };
    const waits = new Map(Object.entries(Resources).map(([id, resource]) => [id, waitsFor(resource)]));
    expect(inOrder(waits)).toHaveLength(waits.size);
  });

  it.each(names)('gives each role of %s its rights before a service checks them', (name) => {
    const { Resources = {} } = written.get(name) ?? {};
    const waits = new Map(Object.entries(Resources).map(([id, resource]) => [id, waitsFor(resource)]));
    const all = (id: string, seen = new Set<string>()): Set<string> => {
      for (const other of waits.get(id) ?? []) if (!seen.has(other)) all(other, seen.add(other));
      return seen;
    };
    const ofType = (type: string) => Object.entries(Resources).filter(([, { Type }]) => Type === type);
    for (const [id, resource] of CHECKED.flatMap(ofType)) {
      const before = all(id);
      const { FunctionName } = resource.Properties ?? {};
      const own = typeof FunctionName === 'object' ? Resources[refOf(FunctionName)] : resource;
      const roles = new Set(rolesIn(own?.Properties));
      const late = ofType('AWS::IAM::Policy')
        .filter(([policy]) => !before.has(policy))
        .filter(([, { Properties }]) => [...objectsIn(Properties?.Roles)].some((role) => roles.has(refOf(role))));
      expect({ id, roles: roles.size > 0, late: late.map(([policy]) => policy) }).toEqual({
        id,
        roles: true,
        late: [],
      });
    }
  });

  it.each(names)('names in an output of %s what stays', (name) => {
    const { Resources = {}, Outputs = {} } = written.get(name) ?? {};
    const ids = Object.entries(Resources).flatMap(([id, { Type }]) =>
      RESOURCE_TYPES[Type]?.data === 'kept' ? id : [],
    );
    const named = [...objectsIn(Outputs.Kept?.Value)].flatMap(({ Ref }) => Ref ?? []);
    expect(named.toSorted()).toEqual(ids.toSorted());
  });

  it.each(names)('keeps what holds data when %s is destroyed, and removes the rest', (name) => {
    const { Resources = {} } = written.get(name) ?? {};
    for (const [id, { Type, DeletionPolicy, UpdateReplacePolicy }] of Object.entries(Resources)) {
      if (RESOURCE_TYPES[Type]?.data !== 'kept') continue;
      expect({ id, DeletionPolicy, UpdateReplacePolicy }).toEqual({
        id,
        DeletionPolicy: GONE_WITH_A_FAILED_CREATION.has(Type) ? 'RetainExceptOnCreate' : 'Retain',
        UpdateReplacePolicy: 'Retain',
      });
    }
  });
});
