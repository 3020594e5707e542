import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, Duration, type Stack } from 'aws-cdk-lib';
import { CfnFileSystem } from 'aws-cdk-lib/aws-efs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { flow, oneriverApp } from '../../infra/app.ts';
import { declareStore, type StoreDeclaration } from '../../infra/constructs/store.ts';
import { StoreChecks } from '../../infra/constructs/store-checks.ts';
import { dataStores } from '../support/data-stores.ts';
import { DEPLOYMENT, synthesise } from '../support/templates.ts';

/** What the check says of an app to which something was added. */
function complaints(add: (stack: Stack) => void): string[] {
  const outdir = mkdtempSync(join(tmpdir(), 'oneriver-stores-'));
  const app: App = oneriverApp(outdir);
  const { foundation } = flow(app, DEPLOYMENT);
  const said: string[] = [];
  const checks = new StoreChecks();
  const validate = checks.validate.bind(checks);
  add(foundation);
  try {
    app.synth({ skipValidation: true });
  } catch {
    // The added store fails the synthesis; what the check says of it is asked below.
  }
  const stackTemplates = [foundation].map((stack) => ({
    stackConstructPath: stack.node.path,
    templatePath: join(outdir, `${stack.artifactId}.template.json`),
    accountId: undefined,
    region: undefined,
  }));
  const { violations } = validate({ appConstruct: foundation, stackTemplates, templatePaths: [] });
  said.push(...violations.map(({ ruleName, description }) => `${ruleName}: ${description}`));
  rmSync(outdir, { recursive: true });
  return said;
}

const GOOD: StoreDeclaration = { holds: 'things', pii: 'tokens', retention: { days: 4 }, erasure: 'expires' };
const queue = (stack: Stack, of?: StoreDeclaration) => {
  const made = new Queue(stack, 'Extra', { retentionPeriod: Duration.days(4) });
  return of ? declareStore(made, of) : made;
};

describe('the check of stores', () => {
  it('takes a store that is declared as it is', () => {
    expect(complaints((stack) => void queue(stack, GOOD))).toEqual([]);
  });

  it('names a store of which nothing is said', () => {
    expect(complaints((stack) => void queue(stack))).toEqual([
      expect.stringMatching(
        /^store-declared: oneriver-foundation\/Extra\/Resource: nobody says what this AWS::SQS::Queue holds/,
      ),
    ]);
  });

  it.each([
    ['keeps it for another time', { ...GOOD, retention: { days: 5 } }, /kept for 120 hours, and is kept for 96 hours/],
    [
      'expires, and is called kept',
      { ...GOOD, retention: { until: 'erasure' }, erasure: 'items' },
      /kept for ever, and/,
    ],
    ['has no way to erase what it holds', { ...GOOD, erasure: 'not_needed' }, /has to be erased somehow/],
    ['has nothing to erase', { ...GOOD, pii: 'none' }, /nothing to erase/],
  ] as const)('refuses a declaration of what %s', (_, of, message) => {
    expect(complaints((stack) => void queue(stack, of))).toEqual([expect.stringMatching(message)]);
  });

  it('asks about types that it does not know', () => {
    const add = (stack: Stack) => void new CfnFileSystem(stack, 'Files', {});
    expect(complaints(add)).toEqual([
      expect.stringMatching(/^store-known: .*whether a AWS::EFS::FileSystem keeps data/),
    ]);
  });

  it('stops the synthesis', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'oneriver-stores-'));
    const app = oneriverApp(outdir);
    queue(flow(app, DEPLOYMENT).foundation);
    expect(() => app.synth()).toThrow(/validation/i);
    rmSync(outdir, { recursive: true });
  });
});

describe('stores', () => {
  const { template, names } = synthesise();

  it('say in their tags what they hold of persons, for how long, and how that is erased', () => {
    const [vault] = Object.values(template('clean').findResources('AWS::DynamoDB::Table'));
    expect(vault?.Properties.Tags).toEqual(
      expect.arrayContaining([
        { Key: 'oneriver:pii', Value: 'personal' },
        { Key: 'oneriver:retention', Value: 'until erasure' },
        { Key: 'oneriver:erasure', Value: 'data_key' },
      ]),
    );
    const values = names.flatMap((name) => JSON.stringify(template(name).toJSON()).match(/"oneriver:[^}]*\}/g) ?? []);
    expect(values.length).toBeGreaterThan(30);
    for (const value of values) expect(value).toMatch(/"Value":"[\w :+=.@/-]{1,256}"\}$/);
  });

  it('are all in docs/data-stores.md, as it is made from them', () => {
    const written = readFileSync(new URL('../../docs/data-stores.md', import.meta.url), 'utf8');
    expect(written, 'run node test/support/record-data-stores.ts').toBe(dataStores());
  });
});
