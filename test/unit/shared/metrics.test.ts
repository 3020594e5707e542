import { expect, it } from 'vitest';
import { emitCounts, emitReasons } from '../../../functions/shared/metrics.ts';

function recorded(work: (out: { now: number; write(line: string): void }) => void): unknown[] {
  const lines: string[] = [];
  work({ now: 1_700_000_000_000, write: (text) => void lines.push(text) });
  expect(lines.every((text) => text.endsWith('\n') && !text.slice(0, -1).includes('\n'))).toBe(true);
  return lines.map((text) => JSON.parse(text));
}

const directive = (dimensions: readonly string[], metrics: readonly { Name: string; Unit: string }[]) => ({
  Timestamp: 1_700_000_000_000,
  CloudWatchMetrics: [{ Namespace: 'Oneriver', Dimensions: [dimensions], Metrics: metrics }],
});

it('writes counts and times in the embedded metric format', () => {
  expect(recorded((out) => emitCounts('fire', { decisions: 2, lag_seconds: 61.5 }, out))).toEqual([
    {
      _aws: directive(
        ['stage'],
        [
          { Name: 'decisions', Unit: 'Count' },
          { Name: 'lag_seconds', Unit: 'Seconds' },
        ],
      ),
      stage: 'fire',
      decisions: 2,
      lag_seconds: 61.5,
    },
  ]);
});

it('counts each reason by itself, and writes nothing where there is none', () => {
  const reasons = ['invalid_time', 'plan_violation', 'invalid_time'];
  const quarantined = directive(['stage', 'reason'], [{ Name: 'quarantined', Unit: 'Count' }]);
  expect(recorded((out) => emitReasons('clean', reasons, out))).toEqual([
    { _aws: quarantined, stage: 'clean', reason: 'invalid_time', quarantined: 2 },
    { _aws: quarantined, stage: 'clean', reason: 'plan_violation', quarantined: 1 },
  ]);
  expect(recorded((out) => emitReasons('clean', [], out))).toEqual([]);
});
