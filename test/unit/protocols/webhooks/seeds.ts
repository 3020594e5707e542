import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

const message = (body: unknown): Payload => ({
  route: 'message',
  params: { id: 'msg_1', sent: '1795312800' },
  body: Buffer.from(JSON.stringify(body)),
});

/** What fuzzing begins with. */
export const SEEDS: readonly Payload[] = [
  message({
    type: 'Member Updated',
    timestamp: '2026-11-22T02:00:00.000Z',
    data: {
      userId: 'm1',
      email: 'a@example.com',
      level: 'gold',
      externalIds: [{ type: 'openid', scope: 'a', id: 'b' }],
    },
  }),
  message({ type: 'identify', data: { user_id: 7, traits: { name: 'n' }, context: { timezone: 'Asia/Shanghai' } } }),
];
