import type jsonata from 'jsonata';
import { Compile } from 'typebox/compile';
import { MappingDefinition } from '../../../schemas/mapping.ts';
import type { Finding } from '../../../schemas/reasons.ts';
import { isObject, type JsonObject, kindOf } from '../json.ts';
import { BoundedRegExp } from './bounded-regex.ts';
import { functionsOf, type MappingContext, MappingValueError } from './functions.ts';

/** An expression that takes longer than this, or goes deeper, does not end by itself. */
const GUARD = { timeout: 250, stack: 200, sequence: 10_000 };

/** Events that one event may become. */
export const MAX_MAPPED_EVENTS = 100;

/** A mapping that cannot be used; the message says where in it, and what to do. */
export class MappingError extends Error {
  override name = 'MappingError';
}

/** A mapping ready to use. */
export interface CompiledMapping {
  readonly name: string;
  readonly version: number;
  /**
   * What becomes of one event: the events that it stands for, none where it is dropped, or why it cannot be mapped. What the mapping does not say
   * about id and time of the event stays as it was.
   */
  map(event: JsonObject, context: MappingContext): Promise<readonly JsonObject[] | Finding>;
}

const validator = Compile(MappingDefinition);

/** Fields that tell an event from its repetition, and when it was: mappings need not name them. */
const KEPT = ['messageId', 'timestamp', 'originalTimestamp', 'sentAt'] as const;

/** @throws MappingError for a definition that is not valid, or an expression that cannot be read */
export async function compileMapping(definition: unknown): Promise<CompiledMapping> {
  if (!validator.Check(definition)) {
    const [first] = validator.Errors(definition);
    const where = first ? `${first.instancePath || 'the mapping'} ${first.message}` : 'it does not match its schema';
    throw new MappingError(`The mapping is not valid: ${where}.`);
  }
  const expression = await parse(definition.expression);
  let current: MappingContext | undefined;
  const functions = functionsOf(definition, () => {
    if (current === undefined) throw new MappingError('The mapping runs without an event; this is a defect.');
    return current;
  });
  for (const [name, run] of Object.entries(functions)) expression.registerFunction(name, run);
  let running: Promise<unknown> = Promise.resolve();
  /** One after the other: the functions see the context of the event that is being mapped. */
  const evaluate = (event: JsonObject, context: MappingContext): Promise<unknown> => {
    const begin = async (): Promise<unknown> => {
      current = context;
      return await expression.evaluate(event, { source: context });
    };
    const result = running.then(begin, begin);
    running = result.catch(() => undefined);
    return result;
  };
  const { mapping: name, version } = definition;
  return {
    name,
    version,
    map: async (event, context) => {
      try {
        return settle(await evaluate(event, context), event, name);
      } catch (error) {
        return failed(name, reasonOf(error));
      }
    },
  };
}

/** Loaded only where a source has a mapping: most cold starts need not read it. */
async function parse(text: string): Promise<ReturnType<typeof jsonata>> {
  const { default: compile } = await import('jsonata');
  try {
    return compile(text, { ...GUARD, RegexEngine: BoundedRegExp as RegExpConstructor });
  } catch (error) {
    const { code, position } = isObject(error) ? error : {};
    const at =
      typeof position === 'number'
        ? ` near character ${position}: …${text.slice(Math.max(0, position - 20), position)}`
        : '';
    const message = error instanceof Error ? error.message : isObject(error) ? String(error.message) : '';
    throw new MappingError(`The expression cannot be read (${String(code)})${at}. ${message}`.trim());
  }
}

/** JSONata's own message may quote values: only its code and the place in the expression are told. */
function reasonOf(error: unknown): string {
  if (error instanceof MappingValueError) return error.message;
  if (!isObject(error)) return 'It failed.';
  const place = typeof error.position === 'number' ? ` at character ${error.position} of the expression` : '';
  if (error.code === 'D1012') return `It did not end within ${GUARD.timeout} ms${place}.`;
  return `JSONata error ${String(error.code ?? 'unknown')}${place}.`;
}

const failed = (name: string, detail: string): Finding => ({
  reason: 'mapping_failed',
  field: '',
  detail: `The mapping "${name}" failed: ${detail}`,
});

function settle(output: unknown, event: JsonObject, name: string): readonly JsonObject[] | Finding {
  if (output === undefined || output === null) return [];
  // Sequences of JSONata carry marks, and objects without a prototype: what goes on is plain JSON.
  const plain: unknown = JSON.parse(JSON.stringify(output) ?? 'null');
  const list: readonly unknown[] = Array.isArray(plain) ? plain : [plain];
  if (list.length > MAX_MAPPED_EVENTS) {
    return failed(name, `It makes ${list.length} events of one; at most ${MAX_MAPPED_EVENTS} are taken.`);
  }
  const events: JsonObject[] = [];
  for (const [index, each] of list.entries()) {
    if (!isObject(each)) return failed(name, `It gives ${kindOf(each)} where an event is expected.`);
    events.push(completed(each, event, index));
  }
  return events;
}

/**
 * With id and times of the event that it was made of. Of several, the first keeps that id and the others have their own: what is one event
 * under a version and two under the next is recognised when it comes again.
 */
function completed(mapped: JsonObject, event: JsonObject, index: number): JsonObject {
  const out: JsonObject = { ...mapped };
  for (const field of KEPT) if (out[field] === undefined && event[field] !== undefined) out[field] = event[field];
  const { messageId } = out;
  if (index > 0 && messageId === event.messageId && typeof messageId === 'string') {
    out.messageId = `${messageId.slice(0, 90)}#${index}`;
  }
  return out;
}
