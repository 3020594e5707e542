import type { CfnResource } from 'aws-cdk-lib';
import { flow, oneriverApp } from '../../infra/app.ts';
import { ERASURE, partsOf, retentionText } from '../../infra/constructs/store.ts';
import { storesIn } from '../../infra/constructs/store-checks.ts';
import type { Deployment } from '../../infra/deployment.ts';
import { DEPLOYMENT } from './templates.ts';

const DEPLOYMENTS: readonly (readonly [name: string, deployment: Partial<Deployment>])[] = [
  ['small', { profile: 'global', size: 'small' }],
  ['large', { profile: 'global', size: 'large' }],
  ['china', { profile: 'china', size: 'small' }],
];

interface Row {
  readonly store: string;
  readonly kind: string;
  readonly holds: string;
  readonly pii: string;
  readonly kept: string;
  readonly erased: string;
}

function rowsOf(deployment: Partial<Deployment>): Row[] {
  const app = oneriverApp();
  flow(app, { ...DEPLOYMENT, ...deployment });
  return storesIn(app).flatMap(({ resource, declaration }) => {
    if (!declaration) throw new Error(`${resource.node.path} is not declared; see infra/constructs/store.ts.`);
    const path = resource.node.path.replace(/^oneriver-/, '').replace(/\/Resource$/, '');
    return partsOf(declaration).map(([prefix, part]) => ({
      store: prefix === '' ? path : `${path}: ${prefix}`,
      kind: kindOf(resource),
      holds: part.holds,
      pii: part.pii,
      kept: retentionText(resource, part.retention),
      erased: part.erasure,
    }));
  });
}

const kindOf = (resource: CfnResource): string => resource.cfnResourceType.split('::').slice(1).join(' ');

/** What differs between deployments, each value with those that have it; just the value where all have the same. */
function perDeployment(values: ReadonlyMap<string, string>): string {
  const by = Map.groupBy(values, ([, value]) => value);
  if (by.size === 1 && values.size === DEPLOYMENTS.length) return [...by.keys()][0] ?? '';
  return [...by].map(([value, of]) => `${value} (${of.map(([name]) => name).join(', ')})`).join(', ');
}

/** docs/data-stores.md: every place where data rests, as the stacks declare it. */
export function dataStores(): string {
  const all = DEPLOYMENTS.flatMap(([name, deployment]) => rowsOf(deployment).map((row) => ({ name, row })));
  const lines = [...Map.groupBy(all, ({ row }) => JSON.stringify({ ...row, kept: '' })).values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const { store, kind, holds, pii, erased } = first.row;
    const kept = perDeployment(new Map(same.map(({ name, row }) => [name, row.kept])));
    return `| ${[store, kind, holds, pii, kept, erased].join(' | ')} |`;
  });
  return [
    '# Where data rests',
    '',
    'Made from what the stacks declare, by `node test/support/record-data-stores.ts`; a test holds it to them, and synthesis fails',
    'for a store that declares nothing or is kept for another time than it declares. The same is in the tags `oneriver:pii`,',
    '`oneriver:retention` and `oneriver:erasure` of each resource. Days are those of a deployment that sets none.',
    '',
    '`none`: nothing about persons. `tokens`: about persons, who are named only by keyed tokens and by ids that tell nobody else',
    'anything. `personal`: values that may say who somebody is, or what they are like.',
    '',
    '| Store | Kind | Holds | Personal data | Kept | Erased |',
    '|---|---|---|---|---|---|',
    ...lines.toSorted(),
    '',
    'How it is erased:',
    '',
    ...Object.entries(ERASURE).map(([name, how]) => `- \`${name}\`: ${how}.`),
    '',
    'Tables can be restored to any second of the last 35 days. Until then a copy of what was erased exists, under the same keys;',
    'whoever restores a table has to erase again what was erased since.',
    '',
  ].join('\n');
}
