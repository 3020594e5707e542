import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

interface ObjectSchema extends TSchema {
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly anyOf?: readonly ObjectSchema[];
  readonly const?: unknown;
}

/** What is wrong with a value, and the JSON pointer of where. */
export interface Fault {
  readonly at: string;
  readonly message: string;
}

/** The first thing that is wrong by one schema; undefined when nothing is. */
export function faultBy(schema: TSchema, value: unknown, at: string): Fault | undefined {
  const validator = Compile(schema);
  if (validator.Check(value)) return undefined;
  // A field too many is said of its object and, as "schema is false", of itself: the object's sentence names it.
  const faults = [...validator.Errors(value)].filter(({ message }) => message !== 'schema is false');
  const [first] = faults;
  const { requiredProperties, additionalProperties } = (first?.params ?? {}) as Readonly<Record<string, unknown>>;
  const names = [requiredProperties, additionalProperties].filter(Array.isArray).flat();
  const named = names.length > 0 && !names.every((name) => first?.message.includes(String(name)));
  return {
    at: `${at}${first?.instancePath ?? ''}` || '/',
    message: `${first?.message ?? 'is invalid'}${named ? `: ${names.join(', ')}` : ''}`,
  };
}

const kindOf = (alternative: ObjectSchema): unknown => alternative.properties?.kind?.const;

/**
 * The first thing that is wrong with a definition. Where alternatives are told apart by their `kind`, as measures are, it is what
 * is wrong with the one that was meant: a list of why it is none of the others helps nobody.
 */
export function faultOf(schema: ObjectSchema, value: unknown): Fault {
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    const alternatives = part.anyOf ?? [];
    if (alternatives.length === 0 || alternatives.some((alternative) => kindOf(alternative) === undefined)) continue;
    const given = (value as Readonly<Record<string, unknown>> | null)?.[name];
    const kind = (given as { kind?: unknown } | null | undefined)?.kind;
    const meant = alternatives.find((alternative) => kindOf(alternative) === kind);
    if (!meant) return { at: `/${name}/kind`, message: `must be one of ${alternatives.map(kindOf).join(', ')}` };
    const fault = faultBy(meant, given, `/${name}`);
    if (fault) return fault;
  }
  return faultBy(schema, value, '') ?? { at: '/', message: 'is invalid' };
}
