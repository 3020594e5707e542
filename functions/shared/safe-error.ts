import type { MiddlewareObj } from '@middy/core';

/** Lines of a stack that are kept: enough to see the way to the fault. */
const MAX_FRAMES = 12;
const MAX_CAUSES = 3;
const MAX_MESSAGE_CHARS = 500;

/**
 * What AWS says with these names are its own words about our permissions, keys and resources. With others it may quote what
 * was sent: `Value '…' at 'name' failed to satisfy constraint`.
 */
const TELLS_OF_US =
  /^(?:AccessDenied|ExpiredToken|UnrecognizedClient|ResourceNotFound|NoSuchBucket|NotFound|InvalidSignature)/;

/** What JavaScript itself says quotes what it could not read: `Unexpected token … "{"phone":"1…" is not valid JSON`. */
const OF_THE_LANGUAGE = [SyntaxError, RangeError, TypeError, ReferenceError, URIError, EvalError];

const MAIL = /[^\s@'"<>(){}[\],;:]+@[^\s@'"<>(){}[\],;]+/g;
const LONG_NUMBER = /\+?\d(?:[\s().-]{0,2}\d){6,}/g;
const ARN = /^arn:/;

/** The last line of defence: whatever looks like an address or a telephone number is taken out, ARNs excepted. */
const masked = (text: string): string =>
  text
    .slice(0, MAX_MESSAGE_CHARS)
    .split(/(\barn:[^\s'",]+)/)
    .map((part) => (ARN.test(part) ? part : part.replace(MAIL, '…').replace(LONG_NUMBER, '…')))
    .join('');

/** The part of an error's message that is about this program and not about what it was given; undefined when there is none. */
function safeMessage(error: Error): string | undefined {
  if (OF_THE_LANGUAGE.some((of) => error.constructor === of)) return undefined;
  const isOfAws = '$metadata' in error || '$fault' in error;
  return !isOfAws || TELLS_OF_US.test(error.name) ? masked(error.message) : undefined;
}

const framesOf = ({ stack = '' }: Error): string[] =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim());

const ofAws = (error: Error): Record<string, unknown> => {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null) return {};
  return { status: Reflect.get(metadata, 'httpStatusCode'), aws_request_id: Reflect.get(metadata, 'requestId') };
};

/**
 * An error as the log may have it: name, place and causes, and only such messages as cannot quote an event, a person or a
 * query. Whoever wants to know what was in the event looks into the quarantine, which not everybody may read.
 */
export function faultOf(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  const message = safeMessage(error);
  return {
    error: error.name,
    ...(message !== undefined && { message }),
    ...('code' in error && typeof error.code === 'string' && { code: error.code.slice(0, 60) }),
    ...ofAws(error),
    at: framesOf(error),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: faultOf(error.cause, depth + 1) }),
  };
}

/** The same error without what it may quote: for Lambda, which logs whatever leaves a function and sends it on. */
export function withoutData(error: unknown): Error {
  const made = new Error(
    error instanceof Error ? (safeMessage(error) ?? '') : 'Something that is no error was thrown.',
  );
  made.name = error instanceof Error ? error.name : 'Error';
  made.stack = [`${made.name}: ${made.message}`, ...(error instanceof Error ? framesOf(error) : [])].join('\n    ');
  return made;
}

/** Lets no error leave a function with more in it than may be in a log; what it was is logged before. */
export const safeErrors = (): MiddlewareObj<unknown, unknown> => ({
  onError: (request) => {
    console.error({ fault: 'invocation failed', ...faultOf(request.error) });
    request.error = withoutData(request.error);
  },
});
