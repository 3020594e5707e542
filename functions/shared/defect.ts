import { callFault } from './aws-errors.ts';

const OWN = [TypeError, RangeError, SyntaxError, ReferenceError];

/**
 * Whether work failed because of what it was given, so that it fails the same way each time: an error of the language, or a
 * service that will never take the content. Whatever a store or a network has to do with may be different the next time.
 */
export const isDefect = (error: unknown): boolean =>
  OWN.some((kind) => error instanceof kind) || callFault(error) === 'invalid';

/** The kind of an error, for a record that people read: its message may quote what was worked on. */
export const kindOfError = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
