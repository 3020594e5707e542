/**
 * Settings of every client that a function writes with. By default the SDK waits for an answer until the function itself is
 * ended, so that a service which hangs would take everything down with it.
 */
export const WRITING = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
} as const;

/** As `WRITING`, for calls that a client on the internet waits for: within its own patience there has to be time to spill. */
export const ANSWERING = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_500, throwOnRequestTimeout: true },
} as const;
