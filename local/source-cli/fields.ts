import { own } from '../../functions/shared/own.ts';
import { SourceError } from '../../functions/shared/sources/error.ts';
import { HOOKS } from '../../functions/shared/sources/snippets-hook.ts';

const one = { type: 'string' } as const;
const many = { type: 'string', multiple: true } as const;

/** Options that are fields of a definition. */
export const FIELD_OPTIONS = {
  name: one,
  owner: one,
  description: one,
  channel: one,
  class: one,
  protocol: one,
  region: one,
  zone: one,
  'app-id': one,
  'default-event': one,
  mapping: one,
  activity: one,
  value: one,
  origin: many,
  alias: many,
  setting: many,
} as const;

export type Values = { readonly [Name in keyof typeof FIELD_OPTIONS]?: string | string[] | undefined };
type Fields = Record<string, unknown>;

const NAMES: Readonly<Record<string, string>> = {
  region: 'default_region',
  zone: 'time_zone',
  'app-id': 'app_id',
  'default-event': 'default_event',
  value: 'commercial_value',
  origin: 'allowed_origins',
  alias: 'aliases',
  setting: 'settings',
};
const NUMBERS: ReadonlySet<string> = new Set(['activity', 'value']);

/** The fields that the options name; an empty text takes a field away. @throws SourceError */
export function fieldsOf(values: Values): Fields {
  const given = Object.keys(FIELD_OPTIONS).flatMap((name) => {
    const value = own<unknown>(values, name);
    return value === undefined ? [] : [[NAMES[name] ?? name, read(name, value)] as const];
  });
  return Object.fromEntries(given);
}

function read(name: string, value: unknown): unknown {
  if (Array.isArray(value)) {
    const list = value.map(String).filter((text) => text !== '');
    if (name === 'origin') return list;
    if (list.length === 0) return null;
    return name === 'setting' ? Object.fromEntries(list.map(setting)) : list;
  }
  if (value === '') return null;
  return NUMBERS.has(name) ? Number(value) : value;
}

function setting(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new SourceError('invalid', '--setting takes NAME=VALUE.');
}

/** A whole definition: what is not said follows from the protocol, or is what most sources here are. @throws SourceError */
export function definitionOf(source_id: string, values: Values): Fields & { readonly source_id: string } {
  const fields = fieldsOf(values);
  const protocol = typeof fields.protocol === 'string' ? fields.protocol : 'segment';
  const hook = own(HOOKS, protocol);
  return {
    name: source_id,
    channel: hook ? protocol : 'web',
    class: hook === undefined ? 'public' : hook.secrets.length > 0 ? 'signed' : 'secret',
    protocol,
    allowed_origins: [],
    default_region: 'CN',
    time_zone: 'Asia/Shanghai',
    owner: 'unknown',
    ...fields,
    source_id,
  };
}
