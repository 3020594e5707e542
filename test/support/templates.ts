import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { flow, oneriverApp } from '../../infra/app.ts';
import { type Deployment, readDeployment } from '../../infra/deployment.ts';

export type StageName = keyof ReturnType<typeof flow>;

/** What a company sets least. */
export const DEPLOYMENT: Deployment = readDeployment(() => undefined, {});

type Synthesised = ReturnType<typeof write>;
const written = new Map<string, Synthesised>();

/** The whole app with a deployment, and the templates of its stacks, as `cdk synth` writes them; once for each deployment. */
export function synthesise(deployment: Partial<Deployment> = {}): Synthesised {
  const whole = { ...DEPLOYMENT, ...deployment };
  const key = JSON.stringify(whole);
  const known = written.get(key) ?? write(whole);
  written.set(key, known);
  return known;
}

function write(deployment: Deployment) {
  const outdir = mkdtempSync(join(tmpdir(), 'oneriver-synth-'));
  const app = oneriverApp(outdir);
  const stacks = flow(app, deployment);
  const made = new Map(app.synth().stacks.map((stack) => [stack.stackName, stack.template]));
  rmSync(outdir, { recursive: true });
  const template = (name: StageName): Template => Template.fromJSON(made.get(stacks[name].stackName));
  return { stacks, template, names: Object.keys(stacks) as StageName[] };
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Every allowed statement of every policy in a template. */
export function statements(template: Template): Statement[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).map(({ Properties }) => Properties);
  const inline = Object.values(template.findResources('AWS::IAM::Role')).flatMap(
    ({ Properties }) => Properties.Policies ?? [],
  );
  return [...policies, ...inline].flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

export const actionsOf = ({ Action }: Statement): readonly string[] => (typeof Action === 'string' ? [Action] : Action);
