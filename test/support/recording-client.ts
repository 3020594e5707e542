/** One call that a binding made to AWS: the command, and what it was given. */
export interface RecordedCall {
  readonly command: string;
  readonly input: Record<string, unknown>;
}

/** What the recorded service answers: an output, or an error to throw. */
export type Answer = Record<string, unknown> | Error;

interface Stack {
  add(middleware: unknown, options: { step: 'initialize'; name: string }): void;
}

/** What stands in for the service: it sees each call in order, and answers it. */
export type Service = (call: RecordedCall) => Answer | Promise<Answer>;

/** Makes a real SDK client answer from within the process, and records what it was asked, in order. Nothing leaves it. */
export function answerCalls(client: { middlewareStack: Stack }, service: Service): RecordedCall[] {
  const calls: RecordedCall[] = [];
  const middleware =
    (_next: unknown, context: { commandName?: string }) => async (args: { input: Record<string, unknown> }) => {
      const call = { command: (context.commandName ?? '').replace(/Command$/, ''), input: args.input };
      calls.push(call);
      const answer = await service(call);
      if (answer instanceof Error) throw answer;
      return { output: answer, response: {} };
    };
  client.middlewareStack.add(middleware, { step: 'initialize', name: 'answerCalls' });
  return calls;
}

/**
 * As `answerCalls`, with answers from a list. The client's own checks of the input still run in the types.
 */
export function recordCalls(client: { middlewareStack: Stack }, answers: readonly Answer[]): RecordedCall[] {
  const left = [...answers];
  let count = 0;
  return answerCalls(client, ({ command }) => {
    count += 1;
    const answer = left.shift();
    if (!answer) throw new Error(`No answer is left for call ${count}, ${command}Command.`);
    return answer;
  });
}

/** Client settings that can reach nothing. */
export const OFFLINE = { region: 'eu-central-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } };

/** Retries that note their waits instead of waiting. */
export function countedDelivery(attempts = 3) {
  const waits: number[] = [];
  const options = {
    attempts,
    base_ms: 100,
    random: () => 0,
    sleep: async (ms: number) => {
      waits.push(ms);
    },
  };
  return { waits, options };
}
