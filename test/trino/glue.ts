import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Template } from 'aws-cdk-lib/assertions';

/** A table as Glue's API gives it; the same shape as `TableInput` of CloudFormation. */
export interface GlueTable {
  readonly Name: string;
  readonly TableType: string;
  readonly Parameters?: Readonly<Record<string, string>>;
  readonly ViewOriginalText?: string;
  readonly StorageDescriptor: {
    readonly Location?: string;
    readonly Columns: readonly { readonly Name: string; readonly Type: string }[];
  };
  readonly PartitionKeys?: readonly { readonly Name: string; readonly Type: string }[];
}

/** What CloudFormation would make of a value; a reference becomes the logical id it refers to, and a bucket `folder`. */
function resolve(value: unknown, folder: string): unknown {
  if (typeof value === 'string') return value.replace(/^s3:\/\/[^/]+\//, `file://${folder}/`);
  if (Array.isArray(value)) return value.map((inner) => resolve(inner, folder));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  if (ref !== undefined) return ref;
  if (join !== undefined) return resolve(join[1].map((part) => resolve(part, folder)).join(join[0]), folder);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner, folder)]));
}

/** The tables and views that a template puts into the catalogue, with a folder in the place of the lake's bucket. */
export const glueTables = (template: Template, folder: string): GlueTable[] =>
  Object.values(template.findResources('AWS::Glue::Table')).map(
    ({ Properties }) => resolve(Properties.TableInput, folder) as GlueTable, // CloudFormation's own shape
  );

export interface Glue {
  readonly url: string;
  /** What is in the catalogue, by name; may be changed. */
  readonly tables: Map<string, GlueTable>;
  stop(): Promise<void>;
}

interface Asked {
  readonly Name?: string;
  readonly TableInput?: GlueTable;
}

/** What Glue answers where nothing was said. */
const UNSET = {
  Compressed: false,
  NumberOfBuckets: 0,
  BucketColumns: [],
  SortColumns: [],
  StoredAsSubDirectories: false,
};

type Answer = readonly [status: number, body: object];
const ok = (body: object = {}): Answer => [200, body];
const refused = (type: string, Message: string): Answer => [400, { __type: type, Message }];

/** As much of Glue's API as a Trino asks for, over one database in memory. */
export async function startGlue(database: string, tables: Map<string, GlueTable>): Promise<Glue> {
  const server = createServer((request, response) => {
    const action = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    text(request)
      .then((body) => answer(action, JSON.parse(body), { database, tables }))
      .catch((error: unknown): Answer => [500, { Message: String(error) }])
      .then(([status, body]) => response.writeHead(status).end(JSON.stringify(body)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${typeof address === 'object' && address?.port}`, tables, stop };
}

function answer(action: string, asked: Asked, held: { database: string; tables: Map<string, GlueTable> }): Answer {
  const { database, tables } = held;
  const described = (table: GlueTable) => ({
    // Athena asks a view as whoever asks; a Trino wants to know whose it is.
    Owner: 'test',
    ...table,
    DatabaseName: database,
    StorageDescriptor: { ...UNSET, ...table.StorageDescriptor },
  });
  const name = asked.Name ?? asked.TableInput?.Name ?? '';
  const table = tables.get(name);
  switch (action) {
    case 'GetDatabases':
      return ok({ DatabaseList: [{ Name: database }] });
    case 'GetDatabase':
      return name === database
        ? ok({ Database: { Name: database } })
        : refused('EntityNotFoundException', `No database ${name}.`);
    case 'GetTables':
      return ok({ TableList: [...tables.values()].map(described) });
    case 'GetTable':
      return table ? ok({ Table: described(table) }) : refused('EntityNotFoundException', `No table ${name}.`);
    case 'CreateTable':
    case 'UpdateTable':
      if (asked.TableInput) tables.set(name, asked.TableInput);
      return ok();
    case 'DeleteTable':
      tables.delete(name);
      return ok();
    default:
      return refused('InvalidInputException', `${action} is not answered here.`);
  }
}
