import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { BusSilent, BusWatch } from '../../../local/doctor/bus-watch.ts';
import { answerCalls, OFFLINE } from '../../support/recording-client.ts';

const NAMES = { bus: 'oneriver', source: 'oneriver.stitch', id: 'doctor-1' };
const QUEUE = 'https://sqs.eu-central-1.amazonaws.com/123456789012/oneriver-doctor-1';

interface Entry {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

/** A bus with one rule, that drops what comes before the rule works, and a queue behind it. */
function world(worksAfterMs = 0) {
  let now = 0;
  let pattern: { source: string[]; 'detail-type': string[] } | undefined;
  const queue: { Body: string }[] = [];
  const put = ({ Source, DetailType, Detail }: Entry): void => {
    if (now < worksAfterMs || !pattern?.source.includes(Source) || !pattern['detail-type'].includes(DetailType)) return;
    queue.push({ Body: JSON.stringify({ source: Source, 'detail-type': DetailType, detail: JSON.parse(Detail) }) });
  };
  const clients = { events: new EventBridgeClient(OFFLINE), sqs: new SQSClient(OFFLINE) };
  const events = answerCalls(clients.events, ({ command, input }) => {
    if (command === 'PutRule') {
      pattern = JSON.parse(String(input.EventPattern));
      return { RuleArn: 'arn:rule' };
    }
    if (command === 'PutEvents') for (const entry of input.Entries as Entry[]) put(entry);
    return {};
  });
  const sqs = answerCalls(clients.sqs, ({ command }) => {
    if (command === 'CreateQueue') return { QueueUrl: QUEUE };
    if (command === 'GetQueueAttributes') return { Attributes: { QueueArn: 'arn:queue' } };
    return command === 'ReceiveMessage' ? { Messages: queue.splice(0, 10) } : {};
  });
  const sleep = async (ms: number): Promise<void> => {
    now += ms;
  };
  const tell = (type: string, detail: object): void =>
    put({ Source: NAMES.source, DetailType: type, Detail: JSON.stringify(detail) });
  const commands = () => [...events, ...sqs].map(({ command }) => command);
  return { clients, tell, commands, time: { now: () => now, sleep } };
}

describe('the watch on the bus', () => {
  it('hears of a merge by the winner and by the loser, and of nothing else', async () => {
    const { clients, tell, time } = world();
    const watch = await BusWatch.start(clients, NAMES, time);
    tell('person.created', { one_id: 'p_new' });
    tell('person.merged', { winner: 'p_winner', loser: 'p_loser', losers: ['p_loser', 'p_before'] });
    expect(await watch.heard('p_winner')).toBe(true);
    expect(await watch.heard('p_loser')).toBe(true);
    expect(await watch.heard('p_before')).toBe(false);
    expect(await watch.heard('p_new')).toBe(false);
  });

  it('finds its merge behind hundreds of others', async () => {
    const { clients, tell, time } = world();
    const watch = await BusWatch.start(clients, NAMES, time);
    for (let n = 0; n < 300; n += 1) tell('person.merged', { winner: `p_${n}`, loser: `q_${n}` });
    expect(await watch.heard('q_299')).toBe(true);
  });

  it('begins when the rule works, not when it was made', async () => {
    const { clients, tell, time } = world(20_000);
    const watch = await BusWatch.start(clients, NAMES, time);
    expect(time.now()).toBe(20_000);
    tell('person.merged', { winner: 'p_winner', loser: 'p_loser' });
    expect(await watch.heard('p_loser')).toBe(true);
  });

  it('gives up on a bus that hands nothing over, and leaves nothing behind', async () => {
    const { clients, commands, time } = world(Number.POSITIVE_INFINITY);
    const error = BusWatch.start(clients, NAMES, time);
    await expect(error).rejects.toThrow(BusSilent);
    await expect(error).rejects.toThrow('Nothing that was put on the bus oneriver came out of it for 90 s.');
    expect(commands()).toEqual(expect.arrayContaining(['RemoveTargets', 'DeleteRule', 'DeleteQueue']));
  });
});
