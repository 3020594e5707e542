/** What one check found. `skipped` says why it could not be looked at. */
export type Status = 'ok' | 'warning' | 'failed' | 'skipped';

export interface Finding {
  readonly check: string;
  readonly status: Status;
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string;
  readonly ms?: number;
}

const MARK: Readonly<Record<Status, string>> = { ok: '✓', warning: '!', failed: '✗', skipped: '–' };

/** One line a finding, and what to do under those that need it. */
export function render(finding: Finding): string {
  const took = finding.ms === undefined ? '' : ` (${(finding.ms / 1000).toFixed(1)} s)`;
  const line = `${MARK[finding.status]} ${finding.check}: ${finding.detail}${took}`;
  return finding.fix === undefined || finding.status === 'ok' ? line : `${line}\n    ${finding.fix}`;
}

/** The last line, and whether the deployment is well. */
export function summary(findings: readonly Finding[]): { text: string; well: boolean } {
  const count = (status: Status): number => findings.filter((finding) => finding.status === status).length;
  const text = `${count('ok')} ok, ${count('warning')} warnings, ${count('failed')} failed, ${count('skipped')} skipped`;
  return { text, well: count('failed') === 0 };
}

/** Runs a check; what it throws is a finding as well. Messages of AWS name resources, never data. */
export async function checked(check: string, work: () => Promise<Omit<Finding, 'check'>>): Promise<Finding> {
  try {
    return { check, ...(await work()) };
  } catch (error) {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { check, status: 'failed', detail, fix: 'The call itself failed: see the message, and your permissions.' };
  }
}
