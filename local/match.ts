import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluationText, waterfallSvg, waterfallText } from '../functions/shared/match/chart.ts';
import type { MatchModel } from '../functions/shared/match/model.ts';
import { evaluate } from '../functions/shared/match/report.ts';
import type { RawTable, Role } from '../functions/shared/match/roles.ts';
import { waterfall } from '../functions/shared/match/score.ts';
import { type Prepared, prepare, train } from '../functions/shared/match/train.ts';
import { readCsv } from './match-csv.ts';
import { MatchError, readModel, readSettings, recordIds, rolesFor, truthOf } from './match-input.ts';
import { runOnLake } from './match-lake.ts';
import { scoredCsv } from './match-output.ts';

const USAGE = `npm run match -- train|score|evaluate FILE [options]
       npm run match -- train --lake | link [--data DIR]
  train       learns a model from FILE without labels and writes it to --out (default: model.json)
  score       scores the pairs of FILE and writes them as CSV to --out (default: pairs.csv)
  evaluate    scores FILE and compares with its column of true persons
  link        compares all persons of the lake by its model: joins the sure ones, queues the likely ones for review
  --lake              train on the persons of the lake, and score them by this model from now on
  --data DIR          data folder of the lake (default: data)
  --model FILE        use this model; score and evaluate train one on FILE when it is left out
  --settings FILE     JSON with settings that differ from the defaults
  --out FILE          where the result goes; evaluate writes its JSON there
  --truth COLUMN      column that names the true person (default: found by its name)
  --json              evaluate prints JSON
  --waterfall A,B     print how the score of records A and B comes about
  --svg FILE          with --waterfall: the chart as a picture`;

const OPTIONS = {
  model: { type: 'string' },
  settings: { type: 'string' },
  out: { type: 'string' },
  truth: { type: 'string' },
  json: { type: 'boolean', default: false },
  waterfall: { type: 'string' },
  svg: { type: 'string' },
  lake: { type: 'boolean', default: false },
  data: { type: 'string', default: 'data' },
  help: { type: 'boolean', default: false },
} as const;

type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

interface Loaded {
  readonly raw: RawTable;
  readonly roles: readonly Role[];
  readonly prepared: Prepared;
  readonly model: MatchModel;
  /** Seconds of each part. */
  readonly seconds: Record<string, number>;
}

async function load(file: string, options: Options, labelled: boolean): Promise<Loaded> {
  const seconds: Record<string, number> = {};
  const timed = <T>(part: string, work: () => T): T => {
    const start = performance.now();
    const result = work();
    seconds[part] = Math.round(performance.now() - start) / 1000;
    return result;
  };
  const given = options.model === undefined ? undefined : readModel(readFileSync(options.model, 'utf8'), options.model);
  const settings = readSettings(
    options.settings === undefined ? '{}' : readFileSync(options.settings, 'utf8'),
    given?.settings,
  );
  const raw = await readCsv(file);
  const roles = rolesFor(raw, { settings, model: given, truth: options.truth, labelled });
  const prepared = timed('compare', () => prepare(raw, roles, settings));
  const model =
    given === undefined ? timed('train', () => train(raw, roles, settings, prepared)) : { ...given, settings };
  return { raw, roles, prepared, model, seconds };
}

function showWaterfall({ raw, roles, prepared, model }: Loaded, names: string, svg: string | undefined): void {
  const ids = recordIds(raw, roles);
  const found = names.split(',').map((name) => ids.indexOf(name.trim()));
  const [a = -1, b = -1] = found;
  if (found.length !== 2 || a < 0 || b < 0)
    throw new MatchError(
      `--waterfall takes two record ids with a comma between; "${names}" names none or other than two.`,
    );
  const chart = waterfall(model, prepared.comparisons, [a, b]);
  process.stdout.write(waterfallText(chart));
  if (svg !== undefined) writeFileSync(svg, waterfallSvg(chart));
}

function showEvaluation(loaded: Loaded, options: Options): void {
  const { raw, roles, prepared, model, seconds } = loaded;
  const started = performance.now();
  const result = evaluate(prepared, model, truthOf(raw, roles));
  const scored = Math.round(performance.now() - started) / 1000;
  const report = {
    ...result,
    columns: model.columns,
    blocking: prepared.candidates.rules,
    seconds: { ...seconds, 'score and judge': scored },
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (options.out !== undefined) writeFileSync(options.out, json);
  if (options.json) {
    process.stdout.write(json);
    return;
  }
  const columns = model.columns.map(({ name, role }) => `${name} (${role})`).join(', ');
  const skipped = prepared.candidates.rules.filter((rule) => rule.skipped > 0);
  const tooLarge = skipped.map(({ rule, skipped: pairs }) => `\n  ${rule}: ${pairs} pairs`).join('');
  const blocks = tooLarge === '' ? '' : `blocks too large for their rule, left to other rules:${tooLarge}\n`;
  const times = Object.entries(report.seconds).map(([part, value]) => `${part} ${value} s`);
  process.stdout.write(
    `columns: ${columns}\nsettings: ${JSON.stringify(model.settings)}\n${evaluationText(result)}${blocks}${times.join(', ')}\n`,
  );
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [command, file] = positionals;
  if (command === 'link' || (command === 'train' && values.lake)) {
    const report = await runOnLake(command, resolve(values.data));
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  if (values.help || command === undefined || file === undefined) {
    process.stdout.write(`${USAGE}\n`);
    process.exitCode = values.help ? 0 : 1;
    return;
  }
  if (!['train', 'score', 'evaluate'].includes(command))
    throw new MatchError(`The first word must be train, score, evaluate or link; got "${command}".`);
  const loaded = await load(file, values, command === 'evaluate');
  if (values.waterfall !== undefined) showWaterfall(loaded, values.waterfall, values.svg);
  else if (command === 'evaluate') showEvaluation(loaded, values);
  else if (command === 'train') {
    const out = values.out ?? 'model.json';
    writeFileSync(out, `${JSON.stringify(loaded.model, null, 2)}\n`);
    process.stdout.write(`Model ${loaded.model.version} is in ${out}.\n`);
  } else {
    const out = values.out ?? 'pairs.csv';
    const { csv, counts } = scoredCsv(loaded.prepared, loaded.model, recordIds(loaded.raw, loaded.roles));
    writeFileSync(out, csv);
    process.stdout.write(
      `${counts.link} pairs to link, ${counts.review} to review, ${counts.none} not linked are in ${out} (model ${loaded.model.version}).\n`,
    );
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
