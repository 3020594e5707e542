import { createContext, Script } from 'node:vm';
import { isObject } from '../json.ts';
import { MappingValueError } from './functions.ts';

/** Longest time that one look for a pattern may take. */
const TIMEOUT_MS = 100;
/** A text up to this length is looked through in a moment by a pattern of few repetitions, none of which is within another. */
const SHORT_CHARS = 500;
const FEW = 2;
const MANY = 8;

const REPEATED_GROUP = /\)[*+?{]/;
const REPETITION = /[*+?{]/g;

const script = new Script('run()');
const context = createContext({ run: undefined });

/**
 * The regular expressions of mappings. JSONata looks at its clock between two steps and never within one, and what a pattern such as
 * `(a+)+$` does with a text that a sender chose can take years. V8 ends it where it runs in a script with a time limit; that costs half a
 * millisecond, so only patterns that can take long run there.
 */
export class BoundedRegExp extends RegExp {
  /** @throws MappingValueError where it does not end in time */
  override exec(text: string): RegExpExecArray | null {
    if (!canTakeLong(this.source, text)) return super.exec(text);
    context.run = () => super.exec(text);
    try {
      return script.runInContext(context, { timeout: TIMEOUT_MS });
    } catch (error) {
      // It comes from the script's own realm, and is no Error of this one.
      if (!isObject(error) || error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      throw new MappingValueError(
        `A regular expression did not end within ${TIMEOUT_MS} ms; write it without repetitions inside repetitions.`,
      );
    } finally {
      context.run = undefined;
    }
  }
}

function canTakeLong(pattern: string, text: string): boolean {
  const repetitions = pattern.match(REPETITION)?.length ?? 0;
  if (REPEATED_GROUP.test(pattern) || repetitions >= MANY) return true;
  return repetitions >= FEW && text.length > SHORT_CHARS;
}
