import { describe, expect, it } from 'vitest';
import { LakeAnswers } from '../../../functions/serve/athena-quality.ts';
import { isQualityTask, reportQuality } from '../../../functions/serve/quality-task.ts';
import type { SqlResult } from '../../../functions/shared/seams.ts';
import type { QualityAlarm } from '../../../schemas/quality-report.ts';

const answer: SqlResult = { columns: ['n'], rows: [[1]], truncated: false };

describe('answers of the lake that are remembered', () => {
  function world() {
    const asked: string[] = [];
    let now = 0;
    let failing = false;
    const engine = {
      query: async (sql: string) => {
        asked.push(sql);
        if (failing) throw new Error('the lake is down');
        return answer;
      },
    };
    const answers = new LakeAnswers({ now: () => now });
    return {
      asked,
      over: () => answers.over(engine),
      at: (ms: number) => (now = ms),
      fail: (is: boolean) => (failing = is),
    };
  }

  it('are asked for once in five minutes, by whichever request', async () => {
    const { asked, over, at } = world();
    expect(await over().query('a', ['x'])).toBe(answer);
    await over().query('a', ['x']);
    await over().query('a', ['y']);
    expect(asked).toEqual(['a', 'a']);
    at(300_000);
    await over().query('a', ['x']);
    expect(asked).toHaveLength(3);
  });

  it('are no failures, and no more than a few', async () => {
    const { asked, over, fail } = world();
    fail(true);
    await expect(over().query('a')).rejects.toThrow('the lake is down');
    fail(false);
    await over().query('a');
    expect(asked).toHaveLength(2);
    for (let place = 0; place < 64; place++) await over().query(`other ${place}`);
    await over().query('a');
    expect(asked).toHaveLength(2 + 64 + 1);
  });
});

describe('the hourly look', () => {
  const alarm = { rule: 'r', source_id: 'web', value: 0.1, threshold: 0.02, events: 100 } as QualityAlarm; // what is logged
  const written = async (alarms: readonly QualityAlarm[]): Promise<unknown> => {
    const lines: string[] = [];
    await reportQuality({ alarms: async () => alarms }, { now: 0, write: (line) => lines.push(line) });
    return lines.map((line) => JSON.parse(line).quality_in_order);
  };

  it('says 1 while all is in order, and 0 when a rule is broken', async () => {
    expect(await written([])).toEqual([1]);
    expect(await written([alarm])).toEqual([0]);
  });

  it('says nothing when the lake does not answer, so that it is missed', async () => {
    const lines: string[] = [];
    const looked = reportQuality(
      { alarms: () => Promise.reject(new Error('down')) },
      { now: 0, write: (line) => lines.push(line) },
    );
    await expect(looked).rejects.toThrow('down');
    expect(lines).toEqual([]);
  });

  it('is told from a request', () => {
    expect(isQualityTask({ task: 'quality' })).toBe(true);
    expect(isQualityTask({ rawPath: '/api/quality', requestContext: {} })).toBe(false);
  });
});
