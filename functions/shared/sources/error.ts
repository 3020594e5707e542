/** Why a source cannot be made, found or changed. */
export type SourceErrorCode = 'invalid' | 'not_found' | 'taken' | 'conflict';

/** A source cannot be changed as asked; the message says what to put right and never holds a key or a secret. */
export class SourceError extends Error {
  override name = 'SourceError';
  readonly code: SourceErrorCode;
  constructor(code: SourceErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
