import { ConditionalCheckFailedException, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Message } from '../../schemas/decision.ts';
import type { Channel } from '../shared/seams.ts';

const SECONDS_PER_DAY = 86_400;

/** The channel `outbox` on DynamoDB: messages that another system, or a person, picks up. */
export class DynamoOutbox implements Channel {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #retentionDays: number;

  constructor(client: DynamoDBClient, table: string, retentionDays: number) {
    this.#client = client;
    this.#table = table;
    this.#retentionDays = retentionDays;
  }

  /** Resolves once the message is stored; a message that is there already stays as it is. */
  async send(message: Message): Promise<void> {
    const expires = Math.floor(Date.parse(message.created_at) / 1000) + this.#retentionDays * SECONDS_PER_DAY;
    try {
      await this.#client.send(
        new PutItemCommand({
          TableName: this.#table,
          Item: {
            send_id: { S: message.send_id },
            message: { S: JSON.stringify(message) },
            expires_at: { N: String(expires) },
          },
          ConditionExpression: 'attribute_not_exists(send_id)',
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}
