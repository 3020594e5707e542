import type { JsonObject } from '../../json.ts';
import { isObject } from '../../json.ts';
import { tableTime } from '../../table-time.ts';
import { type ColumnRole, columnOf } from './columns.ts';
import { type RowSetting, rowId } from './row-setting.ts';

/** Types that a column may ask for. Declarations about identity come through the API, where somebody answers for them. */
const TYPES: ReadonlySet<unknown> = new Set(['track', 'identify', 'page', 'screen', 'group', 'alias']);

/** Numbers as spreadsheets and databases write them: no leading zero, no more digits than a number keeps. */
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/;
const MAX_NUMBER_CHARS = 16;

/** A row taken apart. */
interface Parts {
  readonly roles: Partial<Record<Exclude<ColumnRole, 'value'>, unknown>>;
  /** The whole row, with `properties.` taken off the names that have it. */
  readonly properties: JsonObject;
  readonly traits: JsonObject;
}

/**
 * What a row of a table means: with a name of an event (in a column, or by the source's setting) that event; else what is known of a
 * person. `properties` has the whole row, so that a mapping can find everything; the columns with known names also fill the event's own
 * fields. Of a row that describes a person, every other column is a trait.
 */
export function tableEvent(row: JsonObject, n: number, setting: RowSetting): JsonObject {
  const { roles, properties, traits } = takeApart(row, setting);
  const { event, type, timestamp, messageId, phone, email, openid, unionid, appid } = roles;
  const name = text(event) ?? setting.event;
  const kind = TYPES.has(type) ? type : name === undefined ? 'identify' : 'track';
  const contacts = { ...(phone !== undefined && { phone }), ...(email !== undefined && { email }) };
  const externalIds = [
    ...(openid === undefined ? [] : [{ type: 'openid', id: openid, ...(appid !== undefined && { scope: appid }) }]),
    ...(unionid === undefined ? [] : [{ type: 'unionid', id: unionid }]),
  ];
  const isPerson = kind === 'identify' || kind === 'group';
  const context = {
    ...(!isPerson &&
      (Object.keys(contacts).length > 0 || Object.keys(traits).length > 0) && { traits: { ...traits, ...contacts } }),
    ...(externalIds.length > 0 && { externalIds }),
  };
  return {
    type: kind,
    ...(kind === 'track' ? { event: name } : (kind === 'page' || kind === 'screen') && { name }),
    messageId: text(messageId) ?? rowId(row, n, setting),
    ...pick(roles, ['userId', 'anonymousId', 'previousId', 'groupId']),
    ...(timestamp !== undefined && { timestamp: timeOf(timestamp, setting.zone) }),
    properties,
    ...(isPerson && { traits: { ...traitsOf(row, setting), ...traits, ...contacts } }),
    ...(Object.keys(context).length > 0 && { context }),
  };
}

/** A time that cannot be read stays as it is, so that it is found wanting by name. */
function timeOf(value: unknown, zone: string): unknown {
  const ms = tableTime(value, zone);
  return ms === undefined ? String(value).slice(0, 60) : new Date(ms).toISOString();
}

function takeApart(row: JsonObject, setting: RowSetting): Parts {
  const roles: Partial<Record<ColumnRole, unknown>> = {};
  const properties: JsonObject = {};
  const traits: JsonObject = {};
  for (const name of Object.keys(row)) {
    const column = columnOf(name);
    const value = row[name];
    if (value === null || value === undefined || value === '') continue;
    if (column.role !== 'value') roles[column.role] ??= typeof value === 'object' ? undefined : identifierText(value);
    put(column.at === 'traits' ? traits : properties, column.path, typed(value, column.isName, setting));
  }
  if (isObject(row.properties)) Object.assign(properties, row.properties);
  if (isObject(row.traits)) Object.assign(traits, row.traits);
  return { roles, properties, traits };
}

const identifierText = (value: unknown): string => String(value).trim();

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

function pick(roles: Parts['roles'], names: readonly (keyof Parts['roles'])[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (roles[name] === undefined ? [] : [[name, roles[name]]])));
}

/** The columns that say something of the person and have no other use. */
function traitsOf(row: JsonObject, setting: RowSetting): JsonObject {
  const traits: JsonObject = {};
  for (const name of Object.keys(row)) {
    const { role, at, path, isName } = columnOf(name);
    if (role !== 'value' || at !== undefined || name === 'properties' || name === 'traits') continue;
    const value = row[name];
    if (value !== null && value !== undefined && value !== '') put(traits, path, typed(value, isName, setting));
  }
  return traits;
}

/** Only in CSV is everything text: a number there is one where it cannot be a name. */
function typed(value: unknown, isName: boolean, { format }: RowSetting): unknown {
  if (format !== 'csv' || typeof value !== 'string' || isName) return value;
  if (value.length <= MAX_NUMBER_CHARS && NUMBER.test(value)) return Number(value);
  return value === 'true' ? true : value === 'false' ? false : value;
}

function put(into: JsonObject, path: readonly string[], value: unknown): void {
  let at = into;
  for (const step of path.slice(0, -1)) {
    const next = Object.hasOwn(at, step) ? at[step] : undefined;
    const below: JsonObject = isObject(next) ? next : {};
    define(at, step, below);
    at = below;
  }
  define(at, path.at(-1) ?? '', value);
}

/** As an own property, whatever its name. */
function define(object: JsonObject, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}
