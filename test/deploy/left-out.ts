import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import lists from './left-out.json' with { type: 'json' };

/** A kind of resource that the emulator cannot provision, and why. */
export interface LeftOut {
  readonly type: string;
  readonly reason: string;
}

export const LEFT_OUT: readonly LeftOut[] = lists.left_out;

/** What `emulator.py` gives the emulator that it lacks, so that nothing more has to be left out. */
export const ADDED: readonly { readonly what: string; readonly reason: string }[] = lists.added;

interface Resource {
  readonly Type: string;
  readonly DependsOn?: string | readonly string[];
}

export interface CloudFormationTemplate {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

/** A template without some resources, and how many each entry took out. */
export interface Thinned {
  readonly template: CloudFormationTemplate;
  readonly counts: readonly number[];
}

/**
 * Takes out of a template what is listed, and the waiting of other resources for it.
 * @throws Error when something that stays refers to what goes: the list would then weaken it.
 */
export function leaveOut(template: CloudFormationTemplate, list: readonly LeftOut[]): Thinned {
  const counts = list.map(() => 0);
  const gone = new Set<string>();
  for (const [id, resource] of Object.entries(template.Resources)) {
    const index = list.findIndex(({ type }) => type === resource.Type);
    if (index < 0) continue;
    counts[index] = (counts[index] ?? 0) + 1;
    gone.add(id);
  }
  if (gone.size === 0) return { template, counts };
  const kept = Object.entries(template.Resources).filter(([id]) => !gone.has(id));
  const thinned = { ...template, Resources: Object.fromEntries(kept.map(([id, each]) => [id, without(each, gone)])) };
  const needed = [...references(thinned)].filter((id) => gone.has(id));
  if (needed.length > 0) {
    throw new Error(
      `test/deploy/left-out.json takes out ${needed.join(', ')}, which what stays refers to. Leave that out as well.`,
    );
  }
  return { template: thinned, counts };
}

/** The resource, waiting for nothing that is gone. */
function without(resource: Resource, gone: ReadonlySet<string>): Resource {
  const { DependsOn, ...rest } = resource;
  const waitsFor = [DependsOn ?? []].flat().filter((id) => !gone.has(id));
  return waitsFor.length > 0 ? { ...rest, DependsOn: waitsFor } : rest;
}

/** Every logical id that `Ref` or `Fn::GetAtt` names, at any depth; `Fn::Sub` is written as `Fn::Join` by the CDK. */
function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'Ref' && typeof inner === 'string') yield inner;
    else if (name === 'Fn::GetAtt' && Array.isArray(inner)) yield String(inner[0]);
    else yield* references(inner);
  }
}

/**
 * Leaves the listed resources out of every template in a folder that `cdk synth` wrote. A changed template gets a name of its own
 * in the asset bucket, as the CLI does not upload what is there under the same name.
 * @returns how many resources each entry of the list took out.
 */
export function thinAssembly(folder: string, list: readonly LeftOut[]): readonly number[] {
  const totals = list.map(() => 0);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.template.json'))) {
    const path = join(folder, file);
    const { template, counts } = leaveOut(JSON.parse(readFileSync(path, 'utf8')) as CloudFormationTemplate, list);
    for (const [index, count] of counts.entries()) totals[index] = (totals[index] ?? 0) + count;
    if (counts.every((count) => count === 0)) continue;
    const text = JSON.stringify(template, undefined, 1);
    writeFileSync(path, text);
    renameAsset(folder, file.replace('.template.json', ''), createHash('sha256').update(text).digest('hex'));
  }
  return totals;
}

function renameAsset(folder: string, stack: string, name: string): void {
  const manifest = join(folder, `${stack}.assets.json`);
  const { files } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    files: Record<string, { source: { path: string } }>;
  };
  const old = Object.keys(files).find((id) => files[id]?.source.path === `${stack}.template.json`);
  if (old === undefined) throw new Error(`${manifest} does not name the template of ${stack}.`);
  for (const path of [manifest, join(folder, 'manifest.json')]) {
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(old, name));
  }
}
