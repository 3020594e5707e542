import { describe, expect, it, vi } from 'vitest';
import { PULL_EVERY_MS } from '../../../functions/connect/tmc-consumer.ts';
import { TmcLink } from '../../../local/connect/tmc-link.ts';
import { fetchedSource, polling, SECRETS } from '../../support/connecting.ts';
import { TmcServer } from '../../support/tmc-server.ts';

const MESSAGE = { id: 5_123_456_789_012_345_678n, topic: 'taobao_trade_TradePaid', content: '{"tid":1}' };
const ID = String(MESSAGE.id);

/** A channel with one message in it, and a link to it whose clock the test moves. */
async function linked(secrets = SECRETS) {
  const channel = await TmcServer.start();
  channel.waiting.push(MESSAGE);
  const kept = polling();
  const tries = { count: 0 };
  const read = async () => {
    tries.count += 1;
    return secrets;
  };
  const link = new TmcLink(fetchedSource('tmc', channel.url), read, kept.deps);
  /** Lets time pass until it is so. */
  const until = async (holds: () => unknown, stepMs = 1_000): Promise<void> => {
    await vi.waitFor(
      () => {
        kept.clock.ms += stepMs;
        link.poke();
        expect(holds()).toBeTruthy();
      },
      { timeout: 30_000, interval: 10 },
    );
  };
  return { channel, link, until, tries, ...kept };
}

describe('a link to the message channel', () => {
  it('confirms what is durable, and says how it stands', async () => {
    const { channel, link, until, items } = await linked();
    expect(link.journal.state).toMatchObject({ state: 'connecting', connected_since: null, last_message_at: null });
    await until(() => channel.confirmed.length > 0, 1);
    expect(items()).toMatchObject([{ id: ID, topic: MESSAGE.topic, userid: '1234567890' }]);
    const { connected_since, last_message_at, ...state } = link.journal.state;
    expect(state).toEqual({
      ...{
        source_id: 'tmall',
        protocol: 'tmc',
        via: 'websocket',
        state: 'connected',
        kept: 1,
        failures: 0,
        last_error: null,
      },
    });
    expect([connected_since, last_message_at].map((at) => at?.slice(0, 16))).toEqual(Array(2).fill('2026-11-22T04:00'));
    await link.stop();
  });

  it('confirms nothing that could not be stored; it comes again with the next pull, and is kept', async () => {
    const { channel, link, until, items, state } = await linked();
    state.isDown = true;
    await until(() => channel.given.length > 0, 1);
    await until(() => link.journal.state.last_error !== null, 1);
    expect(link.journal.state).toMatchObject({
      state: 'connected',
      last_error: { message: 'A message was not stored and comes again: Error' },
    });
    expect([channel.confirmed, items()]).toEqual([[], []]);
    state.isDown = false;
    await until(() => channel.confirmed.length > 0);
    expect(items()).toHaveLength(1);
    await link.stop();
  });

  it('connects again where the connection ends, and keeps once more what was not confirmed', async () => {
    const { channel, link, until, items } = await linked();
    let isLost = true;
    channel.onConfirm = () => (isLost ? 'lost' : undefined);
    await until(() => items().length > 0, 1);
    await until(() => link.journal.state.state === 'failing', 1);
    isLost = false;
    await until(() => channel.confirmed.length > 0);
    expect(channel.welcomed).toBe(2);
    expect(items().map(({ id }) => id)).toEqual([ID, ID]);
    await link.stop();
  });

  it('waits longer and longer where it is refused, and says what the platform said', async () => {
    const { channel, link, until, clock, tries } = await linked({ ...SECRETS, app_secret: ['wrong'] });
    await until(() => link.journal.state.failures === 1, 0);
    for (const [n, wait] of [1_500, 2_000, 3_000, 5_000].entries()) {
      clock.ms += wait - 1;
      link.poke();
      await new Promise(setImmediate);
      expect(tries.count).toBe(n + 1);
      clock.ms += 1;
      await until(() => link.journal.state.failures === n + 2, 0);
    }
    expect(link.journal.state.last_error?.message).toBe('The message channel answered 401: sign fail');
    expect([channel.welcomed, channel.refused]).toEqual([0, 5]);
    await link.stop();
  });

  it('says which secret is missing', async () => {
    const { link, until } = await linked({ app_key: ['k'], app_secret: [], access_token: [] });
    await until(() => link.journal.state.state === 'failing', 1);
    expect(link.journal.state.last_error?.message).toContain('has no secret "app_secret"');
    await link.stop();
  });

  it('asks every five seconds, and begins anew after ten minutes of silence', async () => {
    const { channel, link, until, clock, items } = await linked();
    await until(() => channel.confirmed.length > 0, 1);
    const next = { ...MESSAGE, id: MESSAGE.id + 1n };
    channel.waiting.push(next);
    link.poke();
    clock.ms += PULL_EVERY_MS;
    await until(() => items().length === 2, 1);
    clock.ms += 600_000;
    await until(() => channel.welcomed === 2);
    expect(link.journal.state.last_error).toBeNull();
    await link.stop();
  });

  it('keeps nothing any more once it is stopped', async () => {
    const { channel, link, until, items } = await linked();
    await until(() => channel.confirmed.length > 0, 1);
    await link.stop();
    channel.waiting.push({ ...MESSAGE, id: 1n });
    link.poke();
    expect(items()).toHaveLength(1);
  });
});
