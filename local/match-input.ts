import { DEFAULT_SETTINGS, type MatchModel, type MatchSettings } from '../functions/shared/match/model.ts';
import { detectRoles, personOfCopy, type RawTable, ROLES, type Role } from '../functions/shared/match/roles.ts';

/** The input of `npm run match` is wrong; the message says how to put it right. */
export class MatchError extends Error {
  override name = 'MatchError';
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseObject(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new MatchError(`${what} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(value)) throw new MatchError(`${what} must be a JSON object.`);
  return value;
}

const isRole = (value: unknown): value is Role => ROLES.some((role) => role === value);

function readRoles(value: unknown): Record<string, Role> {
  if (!isRecord(value)) throw new MatchError('"roles" in the settings must be an object of column names and roles.');
  return Object.fromEntries(
    Object.entries(value).map(([column, role]) => {
      if (!isRole(role))
        throw new MatchError(
          `The role of column "${column}" is ${JSON.stringify(role)}; it must be one of ${ROLES.join(', ')}.`,
        );
      return [column, role];
    }),
  );
}

/** Settings from JSON over the defaults, or over those of a model. @throws MatchError for an unknown or impossible one. */
export function readSettings(text: string, base: MatchSettings = DEFAULT_SETTINGS): MatchSettings {
  const given = parseObject(text, 'The settings file');
  for (const [name, value] of Object.entries(given)) {
    if (name === 'roles') continue;
    if (!Object.hasOwn(DEFAULT_SETTINGS, name))
      throw new MatchError(`The settings have no "${name}"; there are ${Object.keys(DEFAULT_SETTINGS).join(', ')}.`);
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      throw new MatchError(`"${name}" in the settings must be a number of 0 or more.`);
  }
  const settings: MatchSettings = { ...base, ...given, roles: { ...base.roles, ...readRoles(given.roles ?? {}) } };
  const { linkAt, reviewAt } = settings;
  if (reviewAt > linkAt || linkAt >= 1 || reviewAt <= 0)
    throw new MatchError(`The settings must have 0 < reviewAt ≤ linkAt < 1; they have ${reviewAt} and ${linkAt}.`);
  return settings;
}

/** A model as `train` wrote it. @throws MatchError */
export function readModel(text: string, path: string): MatchModel {
  const value = parseObject(text, path);
  const parts = ['version', 'settings', 'columns', 'comparisons', 'parameters', 'frequencies'];
  const missing = parts.filter((part) => value[part] === undefined);
  if (missing.length > 0)
    throw new MatchError(`${path} is no model: ${missing.join(', ')} missing. Make one with "npm run match -- train".`);
  // Written by `train`; its parts were checked above, and a wrong number in it only gives a wrong score.
  return value as Record<string, unknown> & MatchModel;
}

/** The role of every column: the model's, else as the settings say, else as detected. @throws MatchError */
export function rolesFor(
  raw: RawTable,
  {
    settings,
    model,
    truth,
    labelled = false,
  }: { settings: MatchSettings; model: MatchModel | undefined; truth: string | undefined; labelled?: boolean },
): Role[] {
  const unknown = [...Object.keys(settings.roles), ...(truth === undefined ? [] : [truth])].filter(
    (name) => !raw.columns.includes(name),
  );
  if (unknown.length > 0)
    throw new MatchError(
      `The file has no column ${unknown.map((name) => `"${name}"`).join(', ')}; it has ${raw.columns.join(', ')}.`,
    );
  const detected = detectRoles(raw, labelled && truth === undefined);
  const trained = new Map(model?.columns.map(({ name, role }) => [name, role]));
  const lacking =
    model?.columns.filter(
      ({ name, role }) => !['id', 'truth', 'ignore'].includes(role) && !raw.columns.includes(name),
    ) ?? [];
  if (lacking.length > 0)
    throw new MatchError(
      `The model compares ${lacking.map(({ name }) => `"${name}"`).join(', ')}, which the file does not have; train a model on this file.`,
    );
  return raw.columns.map((name, at) => {
    if (name === truth) return 'truth';
    const role = settings.roles[name] ?? (model === undefined ? detected[at] : trained.get(name)) ?? 'ignore';
    return truth !== undefined && role === 'truth' ? 'ignore' : role;
  });
}

/** What records are called: the id column, else their number from 0. */
export function recordIds(raw: RawTable, roles: readonly Role[]): string[] {
  const at = roles.indexOf('id');
  return raw.rows.map((row, record) => (at < 0 ? String(record) : (row[at] ?? '')));
}

/** The true person of every record: the truth column, else what ids such as `rec-12-dup-0` say. @throws MatchError */
export function truthOf(raw: RawTable, roles: readonly Role[]): string[] {
  const at = roles.indexOf('truth');
  if (at >= 0) return raw.rows.map((row) => row[at] ?? '');
  const persons = recordIds(raw, roles).map((id) => personOfCopy(id));
  if (persons.every((person) => person === undefined))
    throw new MatchError('No column names the true person; give it with --truth COLUMN.');
  return persons.map((person) => person ?? '');
}
