import { describe, expect, it, vi } from 'vitest';
import { answerStack } from '../../../functions/lake/stack-request.ts';
import { isStackRequest, readTask, type StackRequest } from '../../../functions/lake/task.ts';

const request: StackRequest = {
  RequestType: 'Create',
  ResponseURL: 'https://answers.example.com/signed',
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'Tables',
};
const CloudFormations = { ServiceToken: 'arn', ResourceType: 'Custom::LakeTables', ResourceProperties: { x: '1' } };

async function answered(RequestType: StackRequest['RequestType'], work: () => Promise<void>) {
  const said: { url: string; body: Record<string, unknown> }[] = [];
  await answerStack({ ...request, RequestType }, work, async (url, body) => {
    said.push({ url, body: JSON.parse(body) });
  });
  return said;
}

describe('a request of CloudFormation', () => {
  it('is told from a task', () => {
    expect(isStackRequest({ ...request, ...CloudFormations })).toBe(true);
    expect(isStackRequest({ task: 'merge', table: 'events' })).toBe(false);
  });

  it('is answered once the work is done', async () => {
    const order: string[] = [];
    await answerStack(
      request,
      async () => {
        order.push('worked');
      },
      async (url, body) => {
        order.push(`${url} ${JSON.parse(body).Status}`);
      },
    );
    expect(order).toEqual(['worked', 'https://answers.example.com/signed SUCCESS']);
  });

  it('is answered with the reason when the work fails: without an answer the deployment would hang', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const [said] = await answered('Update', async () => {
      throw new Error(`no permission ${'x'.repeat(5_000)}`);
    });
    log.mockRestore();
    expect(said?.body).toMatchObject({ Status: 'FAILED', RequestId: 'request', PhysicalResourceId: 'lake-tables' });
    expect(said?.body.Reason).toMatch(/^Error: no permission/);
    expect(JSON.stringify(said?.body).length).toBeLessThan(4_096);
  });

  it('to take the stack away touches no table', async () => {
    const work = vi.fn();
    expect((await answered('Delete', work))[0]?.body).toMatchObject({ Status: 'SUCCESS' });
    expect(work).not.toHaveBeenCalled();
  });
});

describe('a task', () => {
  it('is a merge or the upkeep of one table', () => {
    expect(readTask({ task: 'merge', table: 'events' })).toEqual({ task: 'merge', table: 'events' });
    const upkeep = { task: 'upkeep', table: 'events', retention_days: 30 };
    expect(readTask(upkeep)).toEqual(upkeep);
  });

  it.each([{}, { task: 'drop', table: 'events' }, { task: 'upkeep', table: 'events' }, { task: 'merge' }, null])(
    'is refused when it is neither: %j',
    (input) => {
      expect(() => readTask(input)).toThrow('The lake function takes');
    },
  );

  it('cannot forget everything', () => {
    expect(() => readTask({ task: 'upkeep', table: 'events', retention_days: 0 })).toThrow(TypeError);
  });
});
