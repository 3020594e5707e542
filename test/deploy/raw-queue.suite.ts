import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DescribeKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LARGE_PREFIX } from '../../functions/shared/large-records.ts';
import { ROOT } from '../support/source-tree.ts';
import { type DeployedTarget, physicalName } from './deployed.ts';

/** So soon a message is seen again whose function said nothing of it. */
const VISIBILITY_SECONDS = '20';

type Attributes = Record<string, string>;

/** The raw queue and its dead letters, as they are deployed. */
class Queues {
  // An emulator names its queues by another host name than it is reached by.
  readonly #sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  readonly raw: string;
  readonly dead: string;

  private constructor(raw: string, dead: string) {
    this.raw = raw;
    this.dead = dead;
  }

  static async find(): Promise<Queues> {
    const named = (logical: string) => physicalName('oneriver-collect', 'AWS::SQS::Queue', logical);
    return new Queues(await named('RawQueue'), await named('RawDeadLetters'));
  }

  async #attributes(QueueUrl: string): Promise<Attributes> {
    const { Attributes } = await this.#sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    return (Attributes ?? {}) as Attributes;
  }

  /** Messages in a queue, those that somebody holds too. */
  async depth(url: string): Promise<number> {
    const of = await this.#attributes(url);
    return Number(of.ApproximateNumberOfMessages) + Number(of.ApproximateNumberOfMessagesNotVisible);
  }

  /** Lets the raw queue give up on a message at its first failure. @returns what puts it back as it was */
  async giveUpAtOnce(): Promise<() => Promise<void>> {
    const { RedrivePolicy = '', VisibilityTimeout = '' } = await this.#attributes(this.raw);
    const set = async (changed: Attributes) =>
      void (await this.#sqs.send(new SetQueueAttributesCommand({ QueueUrl: this.raw, Attributes: changed })));
    await set({
      RedrivePolicy: JSON.stringify({ ...JSON.parse(RedrivePolicy), maxReceiveCount: 1 }),
      VisibilityTimeout: VISIBILITY_SECONDS,
    });
    return () => set({ RedrivePolicy, VisibilityTimeout });
  }
}

/** Takes the key of the vault away: nothing that names a person can be cleaned. @returns what gives it back */
async function disableVault(target: DeployedTarget): Promise<() => Promise<void>> {
  const kms = new KMSClient({});
  const KeyId = await physicalName('oneriver-clean', 'AWS::KMS::Key', 'Vault');
  await kms.send(new DisableKeyCommand({ KeyId }));
  await target.eventually(async () => {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata?.KeyState).toBe('Disabled');
  });
  return async () => void (await kms.send(new EnableKeyCommand({ KeyId })));
}

/** `npm run redrive`, as an operator runs it. @returns its report */
async function redrive(...options: readonly string[]) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(ROOT, 'local', 'redrive.ts'), ...options],
    { cwd: ROOT },
  );
  return JSON.parse(stdout);
}

/** What happens to raw records between the collector and clean. */
export function rawQueueSuite(target: () => DeployedTarget): void {
  const isPerson = (identifier: string) =>
    target().eventually(async () => expect((await target().person({ identifier })).one_id).toBeTypeOf('string'));

  describe('a raw record that cannot be cleaned', () => {
    it('waits among the dead letters, is fed in again by npm run redrive, and is an event once its output is there again', async () => {
      const queues = await Queues.find();
      const userId = `${target().run}kept`;
      const restore = await queues.giveUpAtOnce();
      onTestFinished(restore);
      const enable = await disableVault(target());
      onTestFinished(enable);
      const event = { type: 'identify', userId, messageId: userId, traits: { email: `${userId}@example.com` } };
      expect((await target().collect('server', [event])).json).toMatchObject({ accepted: 1 });
      await target().eventually(async () => expect(await queues.depth(queues.dead)).toBe(1));

      await restore();
      const dry = await redrive('--only', 'dead-letters', '--dry-run');
      expect(dry['dead-letters'][queues.dead]).toMatchObject({ found: 1, fed: 0, by: { raw: 1 } });
      const report = await redrive('--only', 'dead-letters');
      expect(report['dead-letters'][queues.dead]).toMatchObject({ found: 1, fed: 1, left: {} });
      // Still without the vault: the message is tried, comes again, and is lost to nobody.
      await target().eventually(async () => {
        expect([await queues.depth(queues.dead), await queues.depth(queues.raw)]).toEqual([0, 1]);
      });
      const { status } = await target().get(`/api/persons?identifier=user_id:${userId}`);
      expect(status).toBe(404);

      await enable();
      await isPerson(`user_id:${userId}`);
      await target().eventually(async () => expect(await queues.depth(queues.raw)).toBe(0));
    });
  });

  describe('a raw record that is too large for a message', () => {
    it('is kept beside the queue, and becomes its events', async () => {
      const s3 = new S3Client({ forcePathStyle: true });
      const Bucket = await physicalName('oneriver-foundation', 'AWS::S3::Bucket', 'Failures');
      const large = async () =>
        (await s3.send(new ListObjectsV2Command({ Bucket, Prefix: LARGE_PREFIX }))).KeyCount ?? 0;
      const before = await large();
      const noise = (index: number): string =>
        createHash('shake256', { outputLength: 15_000 }).update(`${target().run}${index}`).digest('base64');
      const events = Array.from({ length: 20 }, (_, index) => ({
        ...{ type: 'page', name: 'Large', userId: `${target().run}large-${index}`, context: { noise: noise(index) } },
      }));
      expect((await target().collect('server', events)).json).toMatchObject({ accepted: 20 });
      await isPerson(`user_id:${target().run}large-0`);
      await isPerson(`user_id:${target().run}large-19`);
      expect(await large()).toBe(before + 1);
    });
  });
}
