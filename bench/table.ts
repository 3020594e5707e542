/** A whole number with separators. */
export const whole = (n: number): string => Math.round(n).toLocaleString('en');
export const two = (n: number): string => n.toFixed(2);

/** A row of a Markdown table. */
export const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** A Markdown table; the rows come from `row`. */
export const table = (head: readonly string[], rows: readonly string[]): string =>
  [row(...head), row(...head.map(() => '---')), ...rows].join('\n');
