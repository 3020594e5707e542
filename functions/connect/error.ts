/** A source cannot be polled as it is set up; the message says what to set. */
export class ConnectSettingsError extends Error {
  override name = 'ConnectSettingsError';
}

/** A platform did not do what it was asked; the message has its own words, without our secrets. */
export class PlatformError extends Error {
  override name = 'PlatformError';
  /** The same call may succeed a moment later. */
  readonly isTransient: boolean;

  constructor(message: string, { isTransient, cause }: { readonly isTransient: boolean; readonly cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.isTransient = isTransient;
  }
}

/** There is no time left for another attempt; what was not done is done by the next run. */
export class OutOfTime extends Error {
  override name = 'OutOfTime';
}

const MAX_WORDS = 200;

/** Words of a platform as an error may have them: short, in one line, and with none of `secrets` in them. */
export function quotable(words: string, secrets: readonly string[]): string {
  let text = words;
  for (const secret of secrets) if (secret !== '') text = text.replaceAll(secret, '…');
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[^\P{C} ]/gu, '')
    .slice(0, MAX_WORDS);
}
