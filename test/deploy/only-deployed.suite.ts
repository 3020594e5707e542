import { GetScheduleCommand, paginateListSchedules, SchedulerClient } from '@aws-sdk/client-scheduler';
import { describe, expect, it } from 'vitest';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { threeViews, zoneWhere } from '../e2e/late-events.suite.ts';
import { send } from '../support/server.ts';
import type { DeployedTarget } from './deployed.ts';

const HOUR = 3_600_000;

/** The schedules of campaigns, with what each will hand to its function. */
async function schedules(): Promise<{ expression: string | undefined; input: string; arn: string | undefined }[]> {
  const client = new SchedulerClient({});
  const GroupName = TOPOLOGY.timers.group;
  const found = [];
  for await (const page of paginateListSchedules({ client }, { GroupName })) {
    for (const { Name } of page.Schedules ?? []) {
      const one = await client.send(new GetScheduleCommand({ GroupName, Name }));
      found.push({ expression: one.ScheduleExpression, input: one.Target?.Input ?? '', arn: one.Target?.Arn });
    }
  }
  return found;
}

/** What is there only on AWS. */
export function onlyDeployedSuite(target: () => DeployedTarget): void {
  describe('the deployed API', () => {
    it('answers nobody who does not sign', async () => {
      const answer = await send(`${target().serveUrl}/api/health`);
      expect(answer.status).toBe(403);
    });
  });

  describe('three days of views that arrive on day four, before ten', () => {
    it('wait in Scheduler until ten in the person’s zone', async () => {
      const now = await target().now();
      const userId = `${target().run}early`;
      const events = threeViews(userId, { now, timezone: zoneWhere(4, now) });
      expect((await target().collect('web', events)).json).toMatchObject({ accepted: 3 });
      const at = new Date(Math.floor(now / HOUR) * HOUR + 6 * HOUR).toISOString();
      await target().eventually(async () => {
        const mine = (await schedules()).filter(({ input }) => input.includes(userId));
        expect(mine).toEqual([
          {
            expression: `at(${at.slice(0, 19)})`,
            input: expect.any(String),
            arn: expect.stringContaining('oneriver-fire'),
          },
        ]);
        expect(JSON.parse(mine[0]?.input ?? '')).toMatchObject({ at, campaign: 'viewed-three-days-coupon' });
      });
      const { one_id } = await target().person({ identifier: `user_id:${userId}` });
      expect((await target().get(`/api/decisions?one_id=${one_id}`)).json.decisions).toEqual([]);
    });
  });
}
