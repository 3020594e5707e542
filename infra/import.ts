import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { ImportEnv } from '../functions/import/env.ts';
import { LANDING_PREFIXES } from '../functions/import/landing-bucket.ts';
import type { CollectStack } from './collect.ts';
import { acknowledge, resourceFinding } from './constructs/acknowledge.ts';
import { alarm, FIVE_MINUTES } from './constructs/alarms.ts';
import { docTable } from './constructs/doc-table.ts';
import type { Foundation } from './constructs/foundation.ts';
import { landingBucket } from './constructs/landing-bucket.ts';
import { SftpServer } from './constructs/sftp-server.ts';
import { letHandleLarge } from './constructs/spilling.ts';
import { StageFunction } from './constructs/stage-function.ts';
import { declareStore } from './constructs/store.ts';
import type { Deployment } from './deployment.ts';

const DEAD_LETTER_DAYS = 14;

export interface ImportStackProps extends StackProps {
  readonly foundation: Foundation;
  readonly collect: Pick<CollectStack, 'sources' | 'raw'>;
  readonly sftp_users: Deployment['sftp_users'];
}

/** Files dropped into a bucket become rows in the raw queue: S3 says what came, a queue keeps it, a function reads it slice by slice. */
export class ImportStack extends Stack {
  readonly landing: Bucket;
  /** How far each import is; another stage that fetches keeps its cursors there too. */
  readonly ledger: Table;

  constructor(scope: Construct, id: string, props: ImportStackProps) {
    super(scope, id, props);
    const { foundation, collect } = props;
    this.landing = landingBucket(this, 'Landing', foundation);
    new CfnOutput(this, 'LandingBucket', {
      value: this.landing.bucketName,
      description: 'Drop files under incoming/SOURCE/; reports are under reports/',
    });
    this.ledger = docTable(this, 'Imports', {
      settings: foundation.topology.tables.imports,
      key: foundation.key,
      store: {
        holds:
          'which files were imported, and how far, and how far platforms were read; names of files and counts of rows',
        pii: 'none',
        retention: { until: 'erasure' },
        erasure: 'not_needed',
      },
    });
    const deadLetters = this.#deadLetters(foundation);
    const queue = this.#queue(foundation, deadLetters);
    const importer = new StageFunction(this, 'Function', {
      stage: 'import',
      description: 'Reads files that were dropped and puts their rows into the raw queue',
      schema: ImportEnv,
      environment: {
        LANDING_BUCKET: this.landing.bucketName,
        QUEUE_URL: queue.queueUrl,
        DEAD_LETTERS_URL: deadLetters.queueUrl,
        RAW_QUEUE_URL: collect.raw.queue.queueUrl,
        SPILL_BUCKET: foundation.failures.bucketName,
        IMPORTS_TABLE: this.ledger.tableName,
        SOURCES_TABLE: collect.sources.tableName,
      },
      memory_mib: 1_769,
      timeout_seconds: foundation.topology.import.timeout_seconds,
      alarmTopic: foundation.alarmTopic,
      // A message that fails, or finds no room, comes again, and then lies in the dead letters.
      watched: false,
    });
    this.#permit(importer, props);
    importer.allow([deadLetters.queueArn], 'sqs:SendMessage');
    importer.allow([this.ledger.tableArn], 'dynamodb:BatchGetItem', 'dynamodb:PutItem');
    importer.allow(
      [queue.queueArn],
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:SendMessage',
    );
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: importer.lambda,
      eventSourceArn: queue.queueArn,
      batchSize: 1,
      maxConcurrency: foundation.topology.import.parallel,
    });
    mapping.node.addDependency(importer.role);
    acknowledge(
      mapping,
      'A message that fails again and again goes to the dead letters of its queue; a mapping to a queue has no other destination.',
      'Serverless-LambdaEventSourceMappingDestination',
    );
    this.#announce(queue, deadLetters);
    const { sftp_users: users } = props;
    if (users.length > 0) new SftpServer(this, 'Sftp', { landing: this.landing, key: foundation.key, users });
  }

  #permit(importer: StageFunction<typeof ImportEnv>, { foundation, collect }: ImportStackProps): void {
    const objects = (prefix: keyof typeof LANDING_PREFIXES) =>
      this.landing.arnForObjects(`${LANDING_PREFIXES[prefix]}*`);
    // Without it, S3 answers that a missing object is forbidden.
    importer.allow([this.landing.bucketArn], 's3:ListBucket');
    importer.allow([objects('incoming'), objects('settings')], 's3:GetObject');
    importer.allow([objects('reports')], 's3:PutObject');
    collect.raw.letSend(importer);
    letHandleLarge(importer, foundation.failures, 's3:PutObject');
    importer.allow([collect.sources.tableArn], 'dynamodb:GetItem');
    importer.allow([foundation.key.keyArn], 'kms:Decrypt', 'kms:GenerateDataKey');
    acknowledge(
      importer.role,
      'Who drops files names them; each wildcard ends inside one prefix of the landing bucket.',
      ...(['incoming', 'settings', 'reports'] as const).map((prefix) => resourceFinding(this, objects(prefix))),
    );
  }

  #queue({ key, topology }: Foundation, deadLetters: Queue): Queue {
    const queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
      removalPolicy: RemovalPolicy.RETAIN,
      // Longer than a run may take: a message that is at work is nobody else's.
      visibilityTimeout: Duration.seconds(topology.import.timeout_seconds + 60),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: topology.import.attempts },
    });
    return declareStore(queue, {
      holds: 'names of files that wait to be imported',
      pii: 'none',
      retention: { days: DEAD_LETTER_DAYS },
      erasure: 'not_needed',
    });
  }

  #deadLetters({ key, alarmTopic: topic }: Foundation): Queue {
    const queue = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(queue, 'This is the dead letter queue.', 'AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy');
    alarm(this, 'import-dead-letters', {
      topic,
      metric: queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }),
      above: 0,
      description: 'A dropped file could not be imported; its report says why, or the log of the function.',
    });
    return declareStore(queue, {
      holds: 'names of files that could not be imported',
      pii: 'none',
      retention: { days: DEAD_LETTER_DAYS },
      erasure: 'not_needed',
    });
  }

  /** S3 tells EventBridge, which may write to the encrypted queue already. */
  #announce(queue: Queue, deadLetters: Queue): void {
    new Rule(this, 'Dropped', {
      description: 'Files dropped into the landing bucket',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [this.landing.bucketName] },
          object: { key: [{ prefix: LANDING_PREFIXES.incoming }] },
        },
      },
      targets: [
        new SqsQueue(queue, { deadLetterQueue: deadLetters, retryAttempts: 20, maxEventAge: Duration.hours(6) }),
      ],
    });
  }
}
