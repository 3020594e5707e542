import { readFileSync } from 'node:fs';
import Type, { type TSchema } from 'typebox';
import Value from 'typebox/value';
import { nearest } from './nearest.ts';
import { SETTINGS } from './settings.ts';

/** A setting of the deployment is wrong; the message says which, what is wrong with it, and what to write. */
export class DeploymentError extends Error {
  override name = 'DeploymentError';
}

/** What the CDK asks its context for; undefined where nothing is set. */
export type Context = (key: string) => unknown;

/** Where settings come from beyond the context. */
export interface Sources {
  /** Every name in the context: one that is no setting and not the CDK's own is refused. */
  readonly names?: readonly string[];
  /** The file with settings where the context names none as `deployment`. */
  readonly file?: string | undefined;
  /** Reads a file. */
  readText?(path: string): string;
}

/** The context key that names the file with settings. */
const FILE = 'deployment';
const HELP = 'The settings are in docs/how-to/deploy.md.';
/** Names that the CDK itself puts into the context: with a colon or a slash, and these. */
const OF_CDK = new Set(['cli-telemetry', 'acknowledged-issue-numbers', 'tree', FILE]);
const LONGEST_SHOWN = 60;

/**
 * The settings that somebody gave, each of its type and valid by itself. What `-c` or `cdk.json` says goes before the file.
 * @throws DeploymentError naming what is unknown or wrong.
 */
export function readSettings(context: Context, sources: Sources = {}): Readonly<Record<string, unknown>> {
  for (const name of sources.names ?? []) {
    if (!OF_CDK.has(name) && !/[:/]/.test(name)) refuseUnknown(name, 'the CDK context');
  }
  const path = context(FILE) ?? sources.file;
  const file = path === undefined ? {} : readFile(path, sources.readText ?? readText);
  for (const name of Object.keys(file)) refuseUnknown(name, 'the deployment file');
  const given = Object.entries(SETTINGS).flatMap(([name, schema]) => {
    const value = context(name) ?? file[name];
    return value === undefined ? [] : [[name, checked(name, converted(value, schema), schema)]];
  });
  return Object.fromEntries(given);
}

const readText = (path: string): string => readFileSync(path, 'utf8');

function refuseUnknown(name: string, where: string): void {
  if (Object.hasOwn(SETTINGS, name)) return;
  const meant = nearest(name, Object.keys(SETTINGS));
  const hint = meant ? `Did you mean "${meant}"? ` : '';
  throw new DeploymentError(`There is no setting "${short(name)}", which stands in ${where}. ${hint}${HELP}`);
}

/** Takes comments out of JSON, and leaves texts that look like them alone. */
const withoutComments = (json: string): string =>
  json.replace(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (found) => (found.startsWith('"') ? found : ' '));

const Json = Type.Record(Type.String(), Type.Unknown());

function readFile(path: unknown, read: (path: string) => string): Record<string, unknown> {
  if (typeof path !== 'string' || path === '') throw new DeploymentError(`Write -c ${FILE}=deployment.json.`);
  let value: unknown;
  try {
    value = JSON.parse(withoutComments(read(path)));
  } catch (error) {
    const what = error instanceof SyntaxError ? `is not JSON: ${error.message}` : 'cannot be read';
    throw new DeploymentError(`The deployment file "${short(path)}" ${what}. ${HELP}`);
  }
  if (Value.Check(Json, value) && !Array.isArray(value)) return value;
  throw new DeploymentError(`The deployment file "${short(path)}" must hold one JSON object of settings. ${HELP}`);
}

/** The command line gives only texts: one for a list has commas, others are a number or a yes. */
function converted(value: unknown, schema: TSchema): unknown {
  if (typeof value !== 'string') return value;
  if (Type.IsArray(schema)) return value.split(',').map((item) => item.trim());
  if (Type.IsString(schema)) return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return /^\d{1,9}$/.test(value) ? Number(value) : value;
}

const About = Type.Object({ expected: Type.String(), example: Type.String(), hidden: Type.Optional(Type.Boolean()) });

function checked(name: string, value: unknown, schema: TSchema): unknown {
  if (Value.Check(schema, value)) return value;
  const about = Value.Parse(About, schema);
  const is = about.hidden ? 'is not right' : `is ${short(JSON.stringify(value))}`;
  throw new DeploymentError(
    `The setting "${name}" ${is}. It must be ${about.expected}, as in -c ${name}=${about.example}`,
  );
}

const short = (value: string): string => (value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
