import type { ImportReport } from './report.ts';

/** Says now and then how many rows were read: over and over in one line of a terminal, else in a line every ten seconds. */
export function progressLine(
  out: { readonly isTTY?: boolean; write(text: string): unknown },
  now: () => number = Date.now,
) {
  let last = 0;
  return ({ rows_read }: Pick<ImportReport, 'rows_read'>): void => {
    const at = now();
    if (at - last < (out.isTTY ? 200 : 10_000)) return;
    last = at;
    out.write(
      out.isTTY ? `\r${rows_read.toLocaleString('en')} rows read …` : `${rows_read.toLocaleString('en')} rows read …\n`,
    );
  };
}

/** Prints the report as JSON. */
export function printReport(report: ImportReport, out: { write(text: string): unknown }): void {
  out.write(`${JSON.stringify(report, null, 2)}\n`);
}
