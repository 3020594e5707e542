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

/**
 * Makes a real SDK client answer from a list instead of from AWS, and records what it was asked, in order. The client's
 * own checks of the input still run in the types; nothing leaves the process.
 */
export function recordCalls(client: { middlewareStack: Stack }, answers: readonly Answer[]): RecordedCall[] {
  const calls: RecordedCall[] = [];
  const left = [...answers];
  const middleware =
    (_next: unknown, context: { commandName?: string }) => async (args: { input: Record<string, unknown> }) => {
      calls.push({ command: (context.commandName ?? '').replace(/Command$/, ''), input: args.input });
      const answer = left.shift();
      if (!answer) throw new Error(`No answer is left for call ${calls.length}, ${context.commandName}.`);
      if (answer instanceof Error) throw answer;
      return { output: answer, response: {} };
    };
  client.middlewareStack.add(middleware, { step: 'initialize', name: 'recordCalls' });
  return calls;
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
