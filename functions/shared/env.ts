import type { Static, TObject } from 'typebox';
import Value from 'typebox/value';

/** The environment does not hold what the function needs; the message names each variable. */
export class EnvironmentError extends Error {
  override name = 'EnvironmentError';
}

/**
 * Reads the environment once into a typed object: the only place that knows `process.env`. The stage's stack supplies
 * the same type, so a variable that is missing there fails the type check; one that is missing at run time fails here,
 * at start, by name.
 * @throws EnvironmentError naming every missing or malformed variable; values are never in the message.
 */
export function readEnv<S extends TObject>(
  schema: S,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Static<S> {
  const own: Record<string, string> = {};
  for (const name of Object.keys(schema.properties)) {
    const value = environment[name];
    if (value !== undefined) own[name] = value;
  }
  if (Value.Check(schema, own)) return own;
  const missing = Object.keys(schema.properties).filter((name) => {
    const required: readonly string[] = schema.required ?? [];
    return required.includes(name) && own[name] === undefined;
  });
  const malformed = Value.Errors(schema, own)
    .map((error) => error.instancePath.slice(1))
    .filter((name) => name !== '');
  const parts = [
    ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
    ...(malformed.length > 0 ? [`malformed: ${[...new Set(malformed)].join(', ')}`] : []),
  ];
  throw new EnvironmentError(
    `Environment variables ${parts.join('; ')}. Set them in the function's stack under infra/.`,
  );
}
