import {
  DeleteRuleCommand,
  type EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { objectOr } from '../../functions/shared/json.ts';

export interface BusNames {
  readonly bus: string;
  /** Source of what stitch publishes. */
  readonly source: string;
  /** Unique, for the names of the rule and the queue. */
  readonly id: string;
}

interface BusClients {
  readonly events: EventBridgeClient;
  readonly sqs: SQSClient;
}

const TARGET_ID = 'doctor';
/** Nothing of it outlives a run that was killed for longer than this. */
const KEPT_SECONDS = '300';

/** A rule and a queue for the time of one run, that hear of new persons on the deployment's bus. */
export class BusWatch {
  readonly #clients: BusClients;
  readonly #names: BusNames;
  readonly #url: string;
  readonly #heard = new Set<string>();

  private constructor(clients: BusClients, names: BusNames, url: string) {
    this.#clients = clients;
    this.#names = names;
    this.#url = url;
  }

  /** @throws what AWS throws; then nothing is left behind but, at worst, an empty queue named after the run. */
  static async start(clients: BusClients, names: BusNames): Promise<BusWatch> {
    const { events, sqs } = clients;
    const name = `oneriver-${names.id}`;
    const { QueueUrl = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: name, Attributes: { MessageRetentionPeriod: KEPT_SECONDS } }),
    );
    const watch = new BusWatch(clients, names, QueueUrl);
    try {
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
      const arn = Attributes?.QueueArn ?? '';
      const { RuleArn } = await events.send(
        new PutRuleCommand({
          Name: name,
          EventBusName: names.bus,
          Description: 'For one run of the doctor; may be deleted',
          EventPattern: JSON.stringify({ source: [names.source], 'detail-type': ['person.created'] }),
        }),
      );
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: letRule(arn, RuleArn ?? '') } }));
      await events.send(
        new PutTargetsCommand({ Rule: name, EventBusName: names.bus, Targets: [{ Id: TARGET_ID, Arn: arn }] }),
      );
      return watch;
    } catch (error) {
      await watch.stop();
      throw error;
    }
  }

  /** Whether the bus has told that this person is new. */
  async heard(oneId: string): Promise<boolean> {
    const request = { QueueUrl: this.#url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
    const { Messages = [] } = await this.#clients.sqs.send(new ReceiveMessageCommand(request));
    for (const { Body } of Messages) {
      const { detail } = objectOr(JSON.parse(Body ?? '{}'));
      const { one_id } = objectOr(detail);
      if (typeof one_id === 'string') this.#heard.add(one_id);
    }
    return this.#heard.has(oneId);
  }

  /** Removes rule and queue; tries each, whatever the others do. */
  async stop(): Promise<void> {
    const { events, sqs } = this.#clients;
    const rule = { Name: `oneriver-${this.#names.id}`, EventBusName: this.#names.bus };
    const steps = [
      () =>
        events.send(new RemoveTargetsCommand({ Rule: rule.Name, EventBusName: rule.EventBusName, Ids: [TARGET_ID] })),
      () => events.send(new DeleteRuleCommand(rule)),
      () => sqs.send(new DeleteQueueCommand({ QueueUrl: this.#url })),
    ];
    for (const step of steps) await step().catch(() => undefined);
  }
}

const letRule = (queueArn: string, ruleArn: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } },
      },
    ],
  });
