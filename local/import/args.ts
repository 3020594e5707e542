import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Compile } from 'typebox/compile';
import { ImportSettings } from '../../schemas/import.ts';
import { ArgsError } from '../args.ts';

export interface ImportArgs {
  /** The file, or the description of a pull. */
  readonly file: string;
  readonly isPull: boolean;
  readonly source: string;
  readonly settings: ImportSettings;
  readonly dryRun: boolean;
  /** File with a mapping to be tried. */
  readonly mapping?: string;
  /** The data folder. */
  readonly dir: string;
  readonly help: boolean;
}

export const USAGE = `npm run import -- FILE --source NAME [options]
  FILE               CSV, JSON lines, Excel (.xlsx), Parquet or an access log; also as gzip or zip
  --source NAME      the source that the rows are of
       npm run import -- --database FILE.json [--dry-run] [--data DIR]
  --database FILE    pull what is new in a database, as FILE describes it
  --dry-run          read and check all rows, and store nothing
  --event NAME       the event that a row is, where no column says so; without it a row describes a person
  --key COLUMNS      columns that tell rows apart in whatever file they come, with commas between
  --sheet NAME       sheet of a workbook; * for all (default: the first)
  --format NAME      csv, json_lines, xlsx, parquet, nginx, nginx_json, w3c, alb (default: found out)
  --encoding NAME    utf-8, gb18030, utf-16le, utf-16be (default: found out)
  --delimiter CHAR   of CSV: , ; | or tab (default: found out)
  --time-zone ZONE   of times without one, e.g. Asia/Shanghai (default: the source's)
  --mapping FILE     with --dry-run: what this mapping would make of the rows, whatever the source has
  --settings FILE    JSON with any of these, and with where access logs name people
  --data DIR         data folder (default: data); the server that has it open does the work, if there is one`;

const OPTIONS = {
  source: { type: 'string' },
  database: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  event: { type: 'string' },
  key: { type: 'string' },
  sheet: { type: 'string' },
  format: { type: 'string' },
  encoding: { type: 'string' },
  delimiter: { type: 'string' },
  'time-zone': { type: 'string' },
  settings: { type: 'string' },
  mapping: { type: 'string' },
  data: { type: 'string', default: 'data' },
  help: { type: 'boolean', default: false },
} as const;

const validator = Compile(ImportSettings);

/** Reads the command line of `npm run import`. @throws ArgsError */
export function readImportArgs(argv: readonly string[]): ImportArgs {
  const { values, positionals } = parse(argv);
  const named = positionals[0] ?? values.database;
  const file = named === undefined ? '' : resolve(named);
  const common = {
    dir: resolve(values.data),
    dryRun: values['dry-run'],
    help: values.help,
    isPull: values.database !== undefined,
  };
  if (values.help) return { ...common, file, source: '', settings: {} };
  if (positionals.length + (values.database === undefined ? 0 : 1) !== 1)
    throw new ArgsError(`Name one file.\n\n${USAGE}`);
  if (!existsSync(file)) throw new ArgsError(`There is no file ${file}.`);
  if (common.isPull) return { ...common, file, source: '', settings: {} };
  if (values.mapping !== undefined && !common.dryRun)
    throw new ArgsError('--mapping only tries a mapping: add --dry-run, or give the mapping to the source.');
  if (values.source === undefined) throw new ArgsError(`Name the source of the rows with --source.\n\n${USAGE}`);
  const delimiter = values.delimiter === 'tab' ? '\t' : values.delimiter;
  const given = {
    event: values.event,
    key: values.key?.split(',').map((column) => column.trim()),
    sheet: values.sheet,
    format: values.format,
    encoding: values.encoding?.toLowerCase(),
    delimiter,
    time_zone: values['time-zone'],
  };
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const settings: unknown = { ...fromFile(values.settings), ...stated };
  if (!validator.Check(settings)) {
    const wrong = validator.Errors(settings)[0];
    throw new ArgsError(
      `The setting ${wrong?.instancePath.slice(1) || '?'} ${wrong?.message ?? 'is not valid'}.\n\n${USAGE}`,
    );
  }
  return { ...common, file, source: values.source, settings, ...(values.mapping && { mapping: values.mapping }) };
}

function parse(
  argv: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new ArgsError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function fromFile(path: string | undefined): object {
  if (path === undefined) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as object;
  } catch {
    throw new ArgsError(`The file ${path} of --settings cannot be read, or is not JSON.`);
  }
}
