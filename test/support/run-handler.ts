import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from '../../infra/constructs/bundle.ts';

/** As Lambda's runtime does: whatever leaves a function is written to its log, with what is attached to it. */
const SCRIPT = `
const { handler } = await import(process.argv[1]);
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const context = { invokedFunctionArn: 'arn:aws:lambda:eu-central-1:1:function:f', getRemainingTimeInMillis: () => 60000 };
for (const event of JSON.parse(Buffer.concat(chunks).toString())) {
  try {
    await handler(event, context);
  } catch (error) {
    console.error('Invoke Error', { ...error, name: error?.name, message: error?.message, stack: error?.stack, cause: error?.cause });
  }
}
process.exit(0);`;

/** Hands events to a stage's bundle, in a process of its own, and answers with all that it wrote to its log. */
export function logOf(stage: string, environment: Record<string, string>, events: readonly unknown[]): Promise<string> {
  const index = pathToFileURL(join(bundle(stage).directory, 'index.mjs')).href;
  const env = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'fake',
    AWS_SECRET_ACCESS_KEY: 'fake',
    AWS_MAX_ATTEMPTS: '1',
    ...environment,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT, index], { env });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        log += text;
      });
    }
    child.on('error', reject);
    child.on('close', () => resolve(log));
    child.stdin.end(JSON.stringify(events));
  });
}
