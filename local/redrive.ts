import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import Type from 'typebox';
import { readEnv } from '../functions/shared/env.ts';
import { readRedriveArgs, USAGE } from './redrive/args.ts';
import { deploymentNames, givenNames } from './redrive/deployment.ts';
import { isClean, redrive } from './redrive/run.ts';

/** Emulators have no host name for each bucket, and name queues by a port that need not be theirs. */
const Endpoint = Type.Object({ AWS_ENDPOINT_URL: Type.Optional(Type.String()) });

/** `npm run redrive`: feeds what a deployment on AWS could not process in again; prints what became of it as JSON. */
async function main(): Promise<void> {
  const started = Date.now();
  const { help, stack, dryRun, since, parts, given } = readRedriveArgs(process.argv.slice(2), started);
  if (help) return void process.stdout.write(`${USAGE}\n`);
  const isEmulator = readEnv(Endpoint).AWS_ENDPOINT_URL !== undefined;
  const clients = {
    s3: new S3Client({ forcePathStyle: isEmulator }),
    kinesis: new KinesisClient({}),
    firehose: new FirehoseClient({}),
    bus: new EventBridgeClient({}),
    sqs: new SQSClient({ useQueueUrlAsEndpoint: !isEmulator }),
    lambda: new LambdaClient({}),
  };
  const names = given ? givenNames(given) : await deploymentNames(new CloudFormationClient({}), stack);
  const report = await redrive(parts, {
    clients,
    names,
    options: { dryRun, since, until: started },
    clock: { now: Date.now },
    say: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (!isClean(report)) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
