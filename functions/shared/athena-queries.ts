import {
  type AthenaClient,
  GetQueryExecutionCommand,
  InvalidRequestException,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { type Clock, SqlError } from './seams.ts';

const FIRST_POLL_MS = 100;

export interface AthenaQueriesOptions {
  readonly workgroup: string;
  readonly database: string;
  /** Epoch milliseconds by which every query has to be done: one caller may ask several. */
  readonly deadline: number;
  /** Longest pause between two looks at a query. */
  readonly longest_poll_ms: number;
  /** What its author can do about a query that was stopped. */
  readonly when_stopped: string;
  readonly clock: Clock;
  sleep(ms: number): Promise<void>;
}

/** A query as Athena keeps it. */
export interface Done {
  readonly id: string;
  readonly scanned_bytes: number;
}

/** Starts queries on Athena and waits for them, within bounds. The workgroup bounds what a query may scan. */
export class AthenaQueries {
  readonly #client: AthenaClient;
  readonly #options: AthenaQueriesOptions;

  constructor(client: AthenaClient, options: AthenaQueriesOptions) {
    this.#client = client;
    this.#options = options;
  }

  /**
   * Resolves when the query has succeeded.
   * @throws SqlError when Athena refuses it, when it fails, or when its time is over; then it is stopped.
   */
  async run(sql: string, parameters: readonly string[] = []): Promise<Done> {
    const id = await this.#start(sql, parameters);
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, this.#options.longest_poll_ms)) {
      const { QueryExecution: found } = await this.#client.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
      const state = found?.Status?.State;
      if (state === 'SUCCEEDED') return { id, scanned_bytes: found?.Statistics?.DataScannedInBytes ?? 0 };
      if (state === 'FAILED' || state === 'CANCELLED') {
        throw new SqlError(found?.Status?.StateChangeReason ?? `The query was ${state.toLowerCase()}.`);
      }
      if (this.#options.clock.now() + pause > this.#options.deadline) {
        await this.#client.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
        throw new SqlError(`The query took too long and was stopped. ${this.#options.when_stopped}`);
      }
      await this.#options.sleep(pause);
    }
  }

  async #start(sql: string, parameters: readonly string[]): Promise<string> {
    try {
      const { QueryExecutionId } = await this.#client.send(
        new StartQueryExecutionCommand({
          QueryString: sql,
          WorkGroup: this.#options.workgroup,
          QueryExecutionContext: { Database: this.#options.database },
          ...(parameters.length > 0 ? { ExecutionParameters: [...parameters] } : {}),
        }),
      );
      if (!QueryExecutionId) throw new Error('Athena started no query.');
      return QueryExecutionId;
    } catch (error) {
      if (error instanceof InvalidRequestException) throw new SqlError(error.message);
      throw error;
    }
  }
}
