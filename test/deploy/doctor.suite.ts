import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { BusWatch } from '../../local/doctor/bus-watch.ts';
import { flyCanary } from '../../local/doctor/canary.ts';
import { httpTarget } from '../../local/doctor/http-target.ts';
import { checkAlarms, checkResources } from '../../local/doctor/resources.ts';
import { signedFetch } from '../../local/doctor/signed-fetch.ts';
import { readStacks } from '../../local/doctor/stacks.ts';
import type { DeployedTarget } from './deployed.ts';

const clientsOf = () => ({
  cloudformation: new CloudFormationClient({}),
  cloudwatch: new CloudWatchClient({}),
  dynamo: new DynamoDBClient({}),
  events: new EventBridgeClient({}),
  firehose: new FirehoseClient({}),
  kinesis: new KinesisClient({}),
  lambda: new LambdaClient({}),
  // An emulator names its queues by another host name than it is reached by.
  sqs: new SQSClient({ useQueueUrlAsEndpoint: false }),
});

/** What `npm run doctor` looks at and sends, at addresses that can be reached from here. */
export function doctorSuite(target: () => DeployedTarget): void {
  describe('the doctor', () => {
    it('finds nothing broken in what is deployed', async () => {
      const clients = clientsOf();
      const { findings, resources } = await readStacks(clients.cloudformation, 'oneriver');
      const all = [...findings, ...(await checkResources(resources, clients)), await checkAlarms(resources, clients)];
      expect(all.filter(({ status }) => status === 'failed')).toEqual([]);
      expect(all.length).toBeGreaterThan(20);
    });

    it('follows an event to its person, the bus and its row', async () => {
      const { events, sqs, lambda } = clientsOf();
      const id = `${target().run}canary`;
      const watch = await BusWatch.start({ events, sqs }, { bus: TOPOLOGY.bus.name, source: TOPOLOGY.bus.source, id });
      onTestFinished(() => watch.stop());
      const send = signedFetch({ credentials: lambda.config.credentials, region: await lambda.config.region() });
      const { url: collector, serveUrl: api, patience_ms: patience } = target();
      const canary = httpTarget({ collector, api, writeKey: target().key('web'), send });
      const patience_ms = { person: patience, bus: patience, row: patience };
      const options = { id, now: Date.now, patience_ms };
      const findings = await flyCanary({ ...canary, onBus: watch.heard.bind(watch) }, options);
      expect(findings.map(({ check, status }) => [check, status])).toEqual([
        ['canary: accepted', 'ok'],
        ['canary: person', 'ok'],
        ['canary: bus', 'ok'],
        ['canary: row', 'ok'],
      ]);
    });
  });
}
