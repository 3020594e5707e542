import {
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';

/** What happens to one call: nothing, an error instead of it, an error after it was done, or another reply. */
export type Fault = (call: () => Promise<unknown>) => Promise<unknown>;

export const serviceError = (name: string, statusCode = 400) =>
  Object.assign(new Error(`injected ${name}`), { name, $metadata: { httpStatusCode: statusCode } });
export const instead =
  (error: Error): Fault =>
  () =>
    Promise.reject(error);
const after =
  (error: Error): Fault =>
  async (call) => {
    await call().catch(() => undefined);
    throw error;
  };

export const lostReply = after(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
export const throttled = instead(serviceError('ThrottlingException'));
export const unhealthy = instead(serviceError('InternalServerError', 500));
/** DynamoDB Local never answers so by itself. */
export const transactionInTheWay = instead(new TransactionConflictException({ message: 'injected', $metadata: {} }));
export const cancelled = (...codes: string[]): Fault =>
  instead(
    new TransactionCanceledException({
      message: 'injected',
      $metadata: { httpStatusCode: 400 },
      CancellationReasons: codes.map((Code) => ({ Code })),
    }),
  );

/** Lets faults happen to the client's calls, as `next` says of each command; returns the commands that were called. */
export function inject(client: DynamoDBClient, next: (command: string) => Fault | undefined): string[] {
  const calls: string[] = [];
  client.middlewareStack.add(
    (send, context) => async (args) => {
      const command = String(context.commandName);
      calls.push(command);
      const fault = next(command);
      if (fault === undefined) return send(args);
      let reply: Awaited<ReturnType<typeof send>> | undefined;
      const changed = await fault(async () => {
        reply = await send(args);
        return reply.output;
      });
      if (reply === undefined) throw new Error('A fault must make the call or throw.');
      return changed === undefined ? reply : { ...reply, output: { ...reply.output, ...(changed as object) } };
    },
    { step: 'initialize' },
  );
  return calls;
}

/** Faults that a store hides from its callers. */
const HIDDEN: Readonly<Record<string, readonly Fault[]>> = {
  BatchGetItemCommand: [throttled, unhealthy, lostReply],
  ScanCommand: [throttled, unhealthy, lostReply],
  // The reply to a put is not lost: where others overwrite it before it is repeated, it counts as a conflict, and says so.
  PutItemCommand: [throttled, unhealthy],
  TransactWriteItemsCommand: [throttled, unhealthy, lostReply, cancelled('None', 'ThrottlingError')],
};
/** Conflicts that nobody caused: callers see them, and try again. */
const CONFLICTS: Readonly<Record<string, readonly Fault[]>> = {
  PutItemCommand: [transactionInTheWay],
  TransactWriteItemsCommand: [cancelled('TransactionConflict', 'None'), cancelled('None', 'TransactionConflict')],
};

/** Every fifth call or so fails in a way that is hidden; with `conflicts`, as many more lose a race that nobody won. */
export function faultsByChance(random: () => number, { conflicts }: { conflicts: boolean }) {
  return (command: string): Fault | undefined => {
    const dice = random();
    const faults = dice < 0.2 ? HIDDEN[command] : conflicts && dice < 0.4 ? CONFLICTS[command] : undefined;
    return faults?.[Math.floor(random() * faults.length)];
  };
}
