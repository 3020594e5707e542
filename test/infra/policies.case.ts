import { describe, expect, it } from 'vitest';
import { rolePolicies } from '../support/iam.ts';
import { synthesise } from '../support/templates.ts';

/** What is permitted on every resource, and why no resource can be named. */
const ON_EVERYTHING: Readonly<Record<string, string>> = {
  'xray:PutTraceSegments': 'X-Ray has no resources that a permission to write could name.',
  'xray:PutTelemetryRecords': 'X-Ray has no resources that a permission to write could name.',
};

/** The catalogue of data, as Glue and as Athena call it: there is one in each account. */
const ONE_PER_ACCOUNT: ReadonlySet<string> = new Set(['catalog', 'AwsDataCatalog']);

type Json = unknown;
const PSEUDO = /^AWS::/;

const KINDS = [
  ['global', synthesise()],
  ['china', synthesise({ profile: 'china' })],
  ['large, without a firewall', synthesise({ size: 'large', firewall: false })],
] as const;

describe.each(KINDS)('the permissions of every role (%s)', (_, { template, names }) => {
  const templates = names.map((name) => template(name).toJSON());
  const outputs = templates.flatMap(({ Outputs = {} }) =>
    Object.values<{ Export?: { Name: string }; Value: Json }>(Outputs),
  );
  const exported = new Map(outputs.flatMap(({ Export, Value }) => (Export ? [[Export.Name, Value] as const] : [])));
  /** Names that resources of the app give themselves: of tables, workgroups, timer groups, streams. */
  const ownNames = new Set(
    templates.flatMap(({ Resources }) =>
      Object.values<{ Properties?: Record<string, Json> }>(Resources).flatMap(({ Properties: own = {} }) =>
        [
          own.Name,
          own.DeliveryStreamName,
          ...['TableInput', 'DatabaseInput'].map((key) => Reflect.get(Object(own[key]), 'Name')),
        ].filter((name) => typeof name === 'string'),
      ),
    ),
  );
  const all = names.flatMap((name) =>
    [...rolePolicies(template(name))].flatMap(([role, statements]) =>
      statements.map((statement) => ({ name, role, statement, resources: template(name).toJSON().Resources })),
    ),
  );

  /** The ids and names in a resource that are of this app. */
  function owned(resource: Json, resources: Record<string, Json>): string[] {
    if (Array.isArray(resource)) return resource.flatMap((part) => owned(part, resources));
    if (typeof resource === 'string')
      return resource.split(/[:/]/).filter((part) => ownNames.has(part) || ONE_PER_ACCOUNT.has(part));
    return Object.entries(Object(resource)).flatMap(([key, value]) => {
      if (key === 'Ref') return typeof value === 'string' && !PSEUDO.test(value) && value in resources ? [value] : [];
      if (key === 'Fn::GetAtt') return Array.isArray(value) && String(value[0]) in resources ? [String(value[0])] : [];
      if (key === 'Fn::ImportValue') return exported.has(String(value)) ? [String(value)] : [];
      return owned(value, resources);
    });
  }

  it('are there to be walked', () => {
    expect(all.length).toBeGreaterThan(60);
    expect(new Set(all.map(({ name }) => name)).size).toBeGreaterThan(5);
  });

  it('name each action in full', () => {
    const actions = all.flatMap(({ statement }) => statement.actions);
    expect(actions.filter((action) => !/^[a-z0-9-]+:[A-Z][A-Za-z]+$/.test(action))).toEqual([]);
  });

  it('are on every resource only where none could be named', () => {
    const open = all.filter(({ statement }) => statement.resources.some((resource) => /^"?\*/.test(resource)));
    const actions = open.flatMap(({ statement }) => statement.actions);
    expect(actions.filter((action) => !(action in ON_EVERYTHING))).toEqual([]);
  });

  it('are on resources of this app, and on no other', () => {
    const foreign = all.flatMap(({ name, role, statement, resources }) =>
      statement.resources
        .filter((text) => text !== '*')
        .map((text): [string, Json] => [text, text.startsWith('{') ? JSON.parse(text) : text])
        .filter(([, resource]) => owned(resource, resources).length === 0)
        .map(([text]) => `${name}/${role}: ${statement.actions.join(' ')} on ${text}`),
    );
    // Athena looks for the database `default` in each region before it answers any query; nothing of it can be read.
    const lookup = /: glue:GetDatabase on .*:database\/default"/;
    expect(foreign.filter((one) => !lookup.test(one))).toEqual([]);
  });

  it('end each wildcard inside one prefix of one resource', () => {
    const wild = all.flatMap(({ name, role, statement }) =>
      statement.resources
        .filter((text) => text !== '*' && text.includes('*'))
        .filter((text) => !/\/(?:[a-z0-9_-]+\/)+\*"?\]?\]?\}?$|\/\*"\]\]\}$/.test(text))
        .map((text) => `${name}/${role}: ${text}`),
    );
    expect(wild).toEqual([]);
  });

  it('never let a role change roles, policies or keys', () => {
    const grave = all
      .flatMap(({ statement }) => statement.actions)
      .filter((action) => /^(?:iam|kms|sts|organizations):/.test(action));
    expect(new Set(grave)).toEqual(new Set(['iam:PassRole', 'kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey']));
  });

  it('are of the function alone that has them', () => {
    const functions = templates.flatMap(({ Resources }, i) =>
      Object.values<{ Type: string; Properties: { Role?: { 'Fn::GetAtt': string[] } } }>(Resources)
        .filter(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Role)
        .map(({ Properties }) => `${names[i]}/${Properties.Role?.['Fn::GetAtt'][0]}`),
    );
    expect(new Set(functions).size).toBe(functions.length);
  });
});
