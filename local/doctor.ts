import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { TOPOLOGY } from '../functions/shared/topology.ts';
import { BusWatch } from './doctor/bus-watch.ts';
import { type CanaryTarget, flyCanary } from './doctor/canary.ts';
import { deployedTarget, doctorSource } from './doctor/deployed-target.ts';
import { checked, type Finding, render, summary } from './doctor/finding.ts';
import { checkAlarms, checkResources } from './doctor/resources.ts';
import { type DeployedStacks, readStacks } from './doctor/stacks.ts';

const USAGE = `npm run doctor -- [options]: is the deployment well? Ends with 1 where it is not.
  --stack NAME          what the names of its stacks begin with (default oneriver)
  --api-token-file F    file with an OIDC token for the API; without it, requests are signed with your AWS credentials
  --no-canary           look at the resources only, and send nothing
  --row-seconds N       how long a row may take to the lake (default 900)
It uses the credentials and region that the AWS CLI would.`;

const OPTIONS = {
  stack: { type: 'string', default: 'oneriver' },
  'api-token-file': { type: 'string' },
  'no-canary': { type: 'boolean', default: false },
  'row-seconds': { type: 'string', default: '900' },
  help: { type: 'boolean', default: false },
} as const;

const PERSON_MS = 60_000;
/** The event that joins two persons goes all the way first. */
const BUS_MS = 120_000;

const clientsOf = () => ({
  cloudformation: new CloudFormationClient({}),
  cloudwatch: new CloudWatchClient({}),
  dynamo: new DynamoDBClient({}),
  events: new EventBridgeClient({}),
  firehose: new FirehoseClient({}),
  kinesis: new KinesisClient({}),
  lambda: new LambdaClient({}),
  sqs: new SQSClient({}),
});

interface Run {
  readonly clients: ReturnType<typeof clientsOf>;
  readonly stacks: DeployedStacks;
  readonly tokenFile: string | undefined;
  readonly rowSeconds: number;
}

/** Sends events with a write key that is made for them and removed afterwards. */
async function canary({ clients, stacks, tokenFile, rowSeconds }: Run): Promise<Finding[]> {
  const id = `doctor-${randomBytes(6).toString('hex')}`;
  const source = await doctorSource(clients.dynamo, stacks, id);
  let watch: BusWatch | undefined;
  try {
    const names = { bus: TOPOLOGY.bus.name, source: TOPOLOGY.bus.source, id };
    const listening = await checked('canary: listen to the bus', async () => {
      watch = await BusWatch.start(clients, names);
      return { status: 'ok', detail: 'for the time of this run' };
    });
    const base = await deployedTarget(stacks, { writeKey: source.writeKey, lambda: clients.lambda, tokenFile });
    const target: CanaryTarget = watch ? { ...base, onBus: watch.heard.bind(watch) } : base;
    const patience_ms = { person: PERSON_MS, bus: BUS_MS, row: rowSeconds * 1000 };
    return [listening, ...(await flyCanary(target, { id, now: Date.now, patience_ms }))];
  } finally {
    await watch?.stop();
    await source.remove();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return void process.stdout.write(`${USAGE}\n`);
  const rowSeconds = Number(values['row-seconds']);
  if (!(rowSeconds > 0)) throw new Error(`--row-seconds must be a number above 0; got "${values['row-seconds']}".`);
  const clients = clientsOf();
  const all: Finding[] = [];
  const tell = (findings: readonly Finding[]): void => {
    all.push(...findings);
    for (const finding of findings) process.stdout.write(`${render(finding)}\n`);
  };
  const stacks = await readStacks(clients.cloudformation, values.stack);
  tell(stacks.findings);
  tell(await checkResources(stacks.resources, clients));
  tell([await checkAlarms(stacks.resources, clients)]);
  if (!values['no-canary'] && summary(all).well) {
    tell(await canary({ clients, stacks, tokenFile: values['api-token-file'], rowSeconds }));
  }
  const { text, well } = summary(all);
  process.stdout.write(`${text}\n`);
  if (!well) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
  process.exitCode = 1;
});
