import { Compile } from 'typebox/compile';
import { ImportSettings } from '../../schemas/import.ts';
import { isObject } from '../shared/json.ts';
import { LANDING_PREFIXES } from './landing-bucket.ts';

/** An object that was dropped for a source. */
export interface Dropped {
  readonly key: string;
  readonly source_id: string;
  /** Without the folders. */
  readonly name: string;
}

const validator = Compile(ImportSettings);

/** What a message of the queue is about: S3's `Object Created`, as EventBridge passes it on. Undefined where it is none of a source's. */
export function droppedOf(body: string): Dropped | undefined {
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch {
    return undefined;
  }
  const object = isObject(event) && isObject(event.detail) ? event.detail.object : undefined;
  const key = isObject(object) && typeof object.key === 'string' ? object.key : '';
  const [, source_id = '', name = ''] = /^incoming\/([a-z][a-z0-9_-]{0,39})\/(.+)$/.exec(key) ?? [];
  const file = name.slice(name.lastIndexOf('/') + 1);
  const isData = file !== '' && !file.startsWith('.') && !/\.(?:part|tmp|filepart)$/.test(file);
  return isData && key.startsWith(LANDING_PREFIXES.incoming) ? { key, source_id, name: file } : undefined;
}

/** The settings of a source's files, or what is wrong with them. */
export function settingsOf(text: string | undefined): ImportSettings | string {
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'The settings of the source are not valid JSON.';
  }
  if (validator.Check(value)) return value;
  const wrong = validator.Errors(value)[0];
  return `The settings of the source are not valid: ${wrong?.instancePath || '/'} ${wrong?.message ?? ''}.`;
}
