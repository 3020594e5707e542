import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.ts';

const MAIN = join(import.meta.dirname, '../local/main.ts');
const MEBIBYTE = 1024 * 1024;
const LOOK_EVERY_MS = 500;

/** What a file is made of. */
interface Shape {
  readonly bytes: number;
  /** Least bytes of a row: a longer note fills it up. */
  readonly rowBytes: number;
}

/** A till's receipts: few people, each often. */
function* receipts({ bytes, rowBytes }: Shape): Generator<string, void> {
  yield 'user_id,phone,event,time,order_id,revenue,store,note\n';
  let written = 0;
  for (let i = 0; written < bytes; i++) {
    const person = (i * 7919) % 200_000;
    const day = String((i % 28) + 1).padStart(2, '0');
    const short = `M${person},138${String(person).padStart(8, '0')},门店订单,2026-10-${day} ${String(i % 24).padStart(2, '0')}:00:00,P${i},${(i % 900) + 0.5},上海${i % 40}店,"第${i}单，含""赠品""`;
    const line = `${short}${'。'.repeat(Math.max(0, Math.ceil((rowBytes - Buffer.byteLength(short)) / 3)))}"\n`;
    written += Buffer.byteLength(line);
    yield line;
  }
}

async function writeFile(path: string, shape: Shape): Promise<number> {
  const out = createWriteStream(path);
  let rows = -1;
  let block = '';
  for (const line of receipts(shape)) {
    rows += 1;
    block += line;
    if (block.length < MEBIBYTE) continue;
    if (!out.write(block)) await once(out, 'drain');
    block = '';
  }
  out.end(block);
  await once(out, 'close');
  return rows;
}

/** Resident memory of a process, MiB. */
const rssOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

interface Report {
  readonly rows_read: number;
  readonly rows_accepted: number;
}

const COUNT = 'SELECT count(*), count(DISTINCT event_id) FROM events';

/** Where a server listens, once it is ready. */
async function urlOf(dir: string): Promise<string> {
  while (!existsSync(join(dir, 'dev.json'))) await sleep(LOOK_EVERY_MS);
  return (JSON.parse(readFileSync(join(dir, 'dev.json'), 'utf8')) as { url: string }).url;
}

/** Imports a file of a size through the landing folder of a real server; prints the rate and the memory of each tenth of it. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      mib: { type: 'string', default: '200' },
      'row-bytes': { type: 'string', default: '0' },
      kill: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  });
  const shape = { bytes: Number(values.mib) * MEBIBYTE, rowBytes: Number(values['row-bytes']) };
  const dir = mkdtempSync(join(tmpdir(), 'oneriver-bench-import-'));
  const folder = join(dir, 'landing', 'pos');
  mkdirSync(folder, { recursive: true });
  const rows = await writeFile(join(folder, 'receipts.csv'), shape);
  const size = statSync(join(folder, 'receipts.csv')).size;
  process.stdout.write(`${rows.toLocaleString('en')} rows, ${(size / MEBIBYTE).toFixed(0)} MiB\n`);
  const args = ['--disable-warning=ExperimentalWarning', MAIN, '--data', dir, '--port', '0', '--empty'];
  const start = () => spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  let child = start();
  let kills = 0;
  const samples: { rows: number; seconds: number; rss_mib: number }[] = [];
  let peak = 0;
  try {
    let url = await urlOf(dir);
    const started = performance.now();
    const done = join(folder, 'done', 'receipts.csv.report.json');
    for (;;) {
      const rss = rssOf(child.pid ?? 0);
      peak = Math.max(peak, rss);
      const { imports } = (await (await fetch(`${url}/api/imports?limit=1`)).json()) as { imports: Report[] };
      const read = imports[0]?.rows_read ?? 0;
      const seconds = (performance.now() - started) / 1000;
      if (read >= ((samples.length + 1) * rows) / 10) {
        samples.push({ rows: read, seconds: Math.round(seconds), rss_mib: Math.round(rss) });
        process.stdout.write(
          `${read.toLocaleString('en')} rows after ${seconds.toFixed(0)} s, ${rss.toFixed(0)} MiB resident\n`,
        );
      }
      if (existsSync(done)) break;
      if (values.kill && kills === 0 && read >= rows / 2) {
        kills += 1;
        child.kill('SIGKILL');
        await once(child, 'exit');
        rmSync(join(dir, 'dev.json'));
        child = start();
        url = await urlOf(dir);
        process.stdout.write('Killed in the middle, and started again.\n');
      }
      await sleep(LOOK_EVERY_MS);
    }
    const read = JSON.parse(readFileSync(done, 'utf8')) as Report;
    const answer = await fetch(`${url}/api/sql`, { method: 'POST', body: JSON.stringify({ sql: COUNT }) });
    const { rows: counted } = (await answer.json()) as { rows: unknown[][] };
    const seconds = (performance.now() - started) / 1000;
    const result = {
      mib: Math.round(size / MEBIBYTE),
      rows,
      stored: Number(counted[0]?.[0]),
      distinct: Number(counted[0]?.[1]),
      kills,
      accepted: read.rows_accepted,
      seconds: Math.round(seconds),
      rows_per_second: Math.round(rows / seconds),
      peak_rss_mib: Math.round(peak),
      samples,
    };
    record(result);
    if (result.stored !== rows || result.distinct !== rows) process.exitCode = 1;
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    if (!values.keep) rmSync(dir, { recursive: true, force: true });
  }
}

function record(result: {
  readonly mib: number;
  readonly rows_per_second: number;
  readonly peak_rss_mib: number;
}): void {
  const at = new Date().toISOString().slice(0, 10);
  const path = join(import.meta.dirname, 'results', `${at}-import-${result.mib}-mib.json`);
  writeFileSync(path, `${JSON.stringify({ machine: describeMachine(new Date()), ...result }, null, 2)}\n`);
  process.stdout.write(
    `${result.rows_per_second.toLocaleString('en')} rows/s, ${result.peak_rss_mib} MiB resident at most; recorded in ${path}\n`,
  );
}

await main();
