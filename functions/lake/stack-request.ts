import { faultOf } from '../shared/safe-error.ts';
import type { StackRequest } from './task.ts';

/** A failure's first words are enough for the stack's events; the log has all. CloudFormation takes 4 KiB in all. */
const MAX_REASON_CHARS = 1_000;

/**
 * Does what CloudFormation waits for, and tells it how it went: without an answer the deployment would hang. Taking the
 * stack away does nothing: tables stay, like the bucket that they lie in.
 * @throws when the answer could not be given; CloudFormation then gives up after the time that the stack allows.
 */
export async function answerStack(
  request: StackRequest,
  work: () => Promise<void>,
  put: (url: string, body: string) => Promise<void>,
): Promise<void> {
  const reason = request.RequestType === 'Delete' ? undefined : await failureOf(work);
  const { StackId, RequestId, LogicalResourceId, ResponseURL } = request;
  await put(
    ResponseURL,
    JSON.stringify({
      Status: reason === undefined ? 'SUCCESS' : 'FAILED',
      Reason: reason,
      PhysicalResourceId: 'lake-tables',
      StackId,
      RequestId,
      LogicalResourceId,
    }),
  );
}

async function failureOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    console.error({ fault: 'the tables of the lake could not be prepared', ...faultOf(error) });
    return String(error).slice(0, MAX_REASON_CHARS);
  }
}

/** The answer goes to an address that CloudFormation has signed, without a content type. */
export async function putAnswer(url: string, body: string): Promise<void> {
  const { ok, status } = await fetch(url, { method: 'PUT', body, headers: { 'content-type': '' } });
  if (!ok) throw new Error(`CloudFormation's address answered ${status}.`);
}
