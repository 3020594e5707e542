import { isUtf8 } from 'node:buffer';
import { type BackoffPolicy, backoffMs } from '../shared/backoff.ts';
import { isObject, type JsonObject } from '../shared/json.ts';
import { parseExact } from '../shared/protocols/hook-events.ts';
import { OutOfTime, PlatformError } from './error.ts';

export interface CallDeps {
  /** Real time, epoch ms: platforms refuse what is signed at another. */
  now(): number;
  /** [0, 1). */
  random(): number;
  sleep(ms: number): Promise<unknown>;
  /** Ends a call under way: the process stops. */
  readonly signal?: AbortSignal;
}

/** One call of a platform, signed anew for each attempt. */
export interface PlatformCall {
  /** For errors: the method as the platform calls it. */
  readonly name: string;
  readonly url: string;
  /** The whole form, signature included, for the time of this attempt. */
  form(now: number): Readonly<Record<string, string>>;
  /** What the answer says went wrong; undefined where all is well. */
  refusal(answer: JsonObject): PlatformError | undefined;
  /** Epoch ms; no attempt begins after it, and none lasts longer. */
  readonly deadline: number;
}

const POLICY: BackoffPolicy = { attempts: 4, baseMs: 500, capMs: 5_000 };
/** Longest wait for one answer. */
const MAX_WAIT_MS = 10_000;
/** A page of a hundred orders has about 300 KB. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * Calls a platform until it answers, with growing random pauses. Integers beyond 2^53 in the answer are texts.
 * @throws PlatformError when it refuses, or fails again and again; OutOfTime
 */
export async function callPlatform(call: PlatformCall, deps: CallDeps): Promise<JsonObject> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await once(call, deps);
    } catch (error) {
      if (!(error instanceof PlatformError) || !error.isTransient || attempt + 1 >= POLICY.attempts) throw error;
      const wait = backoffMs(POLICY, attempt, deps.random());
      if (deps.now() + wait >= call.deadline) throw error;
      await deps.sleep(wait);
    }
  }
}

const outOfTime = ({ name }: PlatformCall): OutOfTime =>
  new OutOfTime(`There was no time left for ${name}; the next run goes on.`);

async function once(call: PlatformCall, { now, signal }: CallDeps): Promise<JsonObject> {
  const left = call.deadline - now();
  if (left <= 0) throw outOfTime(call);
  const { status, body } = await post(call, { at: now(), waitMs: Math.min(left, MAX_WAIT_MS), signal });
  const answer = isUtf8(body) ? parseExact(body.toString('utf8'))?.value : undefined;
  const refusal = isObject(answer) ? call.refusal(answer) : undefined;
  if (refusal) throw refusal;
  if (status !== 200) {
    throw new PlatformError(`${call.name} was answered with HTTP ${status}.`, {
      isTransient: status >= 500 || status === 429 || status === 408,
    });
  }
  if (isObject(answer)) return answer;
  throw new PlatformError(`${call.name} was answered with what is no JSON object.`, { isTransient: true });
}

async function post(
  call: PlatformCall,
  { at, waitMs, signal }: { readonly at: number; readonly waitMs: number; readonly signal: AbortSignal | undefined },
): Promise<{ status: number; body: Buffer }> {
  try {
    const response = await fetch(call.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8', accept: 'application/json' },
      body: new URLSearchParams(call.form(at)).toString(),
      // A signed form goes where the source says, and nowhere else.
      redirect: 'manual',
      signal: AbortSignal.any([AbortSignal.timeout(waitMs), ...(signal ? [signal] : [])]),
    });
    return { status: response.status, body: await bounded(response, call.name) };
  } catch (cause) {
    if (cause instanceof PlatformError) throw cause;
    const isLate = cause instanceof Error && cause.name === 'TimeoutError';
    if (signal?.aborted || (isLate && waitMs < MAX_WAIT_MS)) throw outOfTime(call);
    const why = isLate ? `no answer in ${waitMs} ms` : reasonOf(cause);
    throw new PlatformError(`${call.name} could not be called: ${why}.`, { isTransient: true });
  }
}

/** The code of the network's error; its message may hold the address with what is in it. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined;
  return typeof code === 'string' ? code : 'the connection failed';
}

async function bounded(response: Response, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new PlatformError(`The answer to ${name} has more than ${MAX_ANSWER_BYTES} bytes.`, { isTransient: false });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** `yyyy-MM-dd HH:mm:ss` by the clock of China, as both platforms write times. @param ms epoch ms */
export const chinaTime = (ms: number): string =>
  new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
