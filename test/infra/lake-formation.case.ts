import { describe, expect, it } from 'vitest';
import { viewColumns } from '../../infra/constructs/lake-view.ts';
import { classificationOf, LAKE_TABLES } from '../../schemas/lake.ts';
import { synthesise } from '../support/templates.ts';

const { template } = synthesise({ lake_formation: true });
const lake = template('lake');
const { Resources } = lake.toJSON();
const all = (type: string, of = lake) => Object.values(of.findResources(type));
const associations = all('AWS::LakeFormation::TagAssociation').map(({ Properties, DependsOn }) => ({
  value: Properties.LFTags[0].TagValues[0],
  ...Properties.Resource,
  after: (DependsOn as string[]).map((id) => Resources[id].Type),
}));
const columnsTagged = (relation: string, value: string): string[] =>
  associations.find(({ TableWithColumns, value: own }) => TableWithColumns?.Name === relation && own === value)
    ?.TableWithColumns.ColumnNames ?? [];

it('without the setting nothing of Lake Formation is there', () => {
  const { template: plain, names } = synthesise();
  const types = names.flatMap((name) =>
    Object.values(plain(name).toJSON().Resources).map((one) => (one as { Type: string }).Type),
  );
  expect(types.filter((type) => type.startsWith('AWS::LakeFormation'))).toEqual([]);
});

it('never changes who administers the data lake of the account', () => {
  expect(all('AWS::LakeFormation::DataLakeSettings')).toEqual([]);
});

describe('tags', () => {
  it('say none of the database, which every column inherits', () => {
    expect(associations.filter(({ Database }) => Database)).toMatchObject([
      { value: 'none', Database: { Name: 'oneriver' } },
    ]);
  });

  it.each(LAKE_TABLES)('say of every column of $name, landed, merged and seen, what it tells', ({ name, columns }) => {
    for (const value of ['tokens', 'personal'] as const) {
      const expected = columns.filter((column) => classificationOf(column) === value).map((column) => column.name);
      for (const relation of [`${name}_landing`, `${name}_history`, `${name}_rows`]) {
        expect(columnsTagged(relation, value), `${relation} ${value}`).toEqual(expected);
      }
      const seen = viewColumns(name).filter((column) => classificationOf(column) === value);
      expect(columnsTagged(name, value)).toEqual(seen.map((column) => column.name));
    }
  });

  it('wait for what they are put on', () => {
    const waits = (relation: string) =>
      associations.find(({ TableWithColumns }) => TableWithColumns?.Name === relation)?.after;
    expect(waits('events_landing')).toEqual(expect.arrayContaining(['AWS::Glue::Table', 'AWS::LakeFormation::Tag']));
    expect(waits('events')).toEqual(expect.arrayContaining(['AWS::Glue::Table', 'AWS::LakeFormation::Tag']));
    expect(waits('events_history')).toEqual(expect.arrayContaining(['Custom::LakeTables', 'AWS::LakeFormation::Tag']));
  });
});

describe('grants', () => {
  const grants = (of = lake) =>
    all('AWS::LakeFormation::PrincipalPermissions', of).map(({ Properties }) => ({
      who: JSON.stringify(Properties.Principal),
      values: Properties.Resource.LFTagPolicy.Expression[0].TagValues,
      on: Properties.Resource.LFTagPolicy.ResourceType,
      may: Properties.Permissions,
    }));

  it('let people read what is not personal', () => {
    expect(grants().filter(({ who }) => who.includes('Analyst'))).toMatchObject([
      { on: 'TABLE', values: ['none', 'tokens'], may: ['SELECT', 'DESCRIBE'] },
      { on: 'DATABASE', values: ['none'], may: ['DESCRIBE'] },
    ]);
  });

  it('let nobody but the upkeep write', () => {
    const writers = grants().filter(({ may }) => /INSERT|DELETE|ALTER|CREATE/.test(may.join()));
    expect(writers.length).toBe(2);
    for (const { who } of writers) expect(who).toContain('Upkeep');
  });

  it('let the API read all of it', () => {
    expect(grants(template('serve')).find(({ on }) => on === 'TABLE')).toMatchObject({
      values: ['none', 'tokens', 'personal'],
      may: ['SELECT', 'DESCRIBE'],
    });
  });

  it('are there before tables are made and before anything is delivered', () => {
    const [tables] = all('Custom::LakeTables');
    expect(tables?.DependsOn.map((id: string) => Resources[id].Type)).toContain(
      'AWS::LakeFormation::PrincipalPermissions',
    );
    for (const stream of all('AWS::KinesisFirehose::DeliveryStream')) {
      if (stream.Properties.DeliveryStreamName === 'oneriver-raw') continue;
      const types = stream.DependsOn.map((id: string) => Resources[id].Type);
      expect(types).toContain('AWS::LakeFormation::PrincipalPermissions');
    }
  });
});
