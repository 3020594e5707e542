import {
  DeleteRuleCommand,
  type EventBridgeClient,
  PutEventsCommand,
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
import { until, type Watch } from './until.ts';

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
/** Nothing of it outlives a run that was killed for longer than this; and nothing is given out twice. */
const KEPT_SECONDS = '300';
const PROBE = { source: 'oneriver.doctor', type: 'doctor.probe' };
/** EventBridge puts a new rule to work within about a minute. */
const RULE_MS = 90_000;
/** Receives at one look, of ten messages each: a busy bus tells of many other merges. */
const MOST_RECEIVES = 100;

/** The bus does not hand over what is put on it. */
export class BusSilent extends Error {
  override name = 'BusSilent';
}

/** A rule and a queue for the time of one run, that hear of merges of persons on the deployment's bus. */
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

  /**
   * Makes both, and waits until the rule works: what the bus tells from then on is heard.
   * @throws BusSilent, or what AWS throws; then nothing is left behind but, at worst, an empty queue named after the run.
   */
  static async start(clients: BusClients, names: BusNames, time: Watch = { now: Date.now }): Promise<BusWatch> {
    const { events, sqs } = clients;
    const name = `oneriver-${names.id}`;
    const { QueueUrl = '' } = await sqs.send(
      new CreateQueueCommand({
        QueueName: name,
        Attributes: { MessageRetentionPeriod: KEPT_SECONDS, VisibilityTimeout: KEPT_SECONDS },
      }),
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
          EventPattern: JSON.stringify({
            source: [names.source, PROBE.source],
            'detail-type': ['person.merged', PROBE.type],
          }),
        }),
      );
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: letRule(arn, RuleArn ?? '') } }));
      await events.send(
        new PutTargetsCommand({ Rule: name, EventBusName: names.bus, Targets: [{ Id: TARGET_ID, Arn: arn }] }),
      );
      await watch.#probe(time);
      return watch;
    } catch (error) {
      await watch.stop();
      throw error;
    }
  }

  /** Puts events of its own on the bus until one comes out: a rule that is not at work yet drops what it should hear. */
  async #probe(time: Watch): Promise<void> {
    const { bus, id } = this.#names;
    const entry = { EventBusName: bus, Source: PROBE.source, DetailType: PROBE.type, Detail: JSON.stringify({ id }) };
    const ask = async (): Promise<true | undefined> => {
      await this.#clients.events.send(new PutEventsCommand({ Entries: [entry] }));
      return (await this.heard(id)) || undefined;
    };
    if (await until(ask, RULE_MS, time)) return;
    throw new BusSilent(`Nothing that was put on the bus ${bus} came out of it for ${RULE_MS / 1000} s.`);
  }

  /** Whether the bus has told that this person was merged: as the one that stays, or as the one that goes. */
  async heard(oneId: string): Promise<boolean> {
    for (let receives = 0; receives < MOST_RECEIVES && !this.#heard.has(oneId); receives += 1) {
      if (!(await this.#receive())) break;
    }
    return this.#heard.has(oneId);
  }

  /** @returns whether there was anything */
  async #receive(): Promise<boolean> {
    const request = { QueueUrl: this.#url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
    const { Messages = [] } = await this.#clients.sqs.send(new ReceiveMessageCommand(request));
    for (const { Body } of Messages) {
      const { id, winner, loser } = objectOr(objectOr(JSON.parse(Body ?? '{}')).detail);
      for (const told of [id, winner, loser]) if (typeof told === 'string') this.#heard.add(told);
    }
    return Messages.length > 0;
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
