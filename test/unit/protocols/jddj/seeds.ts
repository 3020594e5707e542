import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

/** What fuzzing begins with. */
export const SEEDS: readonly Payload[] = ['newOrder', 'userCancelOrder', 'x'].map((topic) => ({
  route: 'message',
  params: { topic, app: 'K' },
  body: Buffer.from('{"billId":"2026001","statusId":"32000","timestamp":"2026-11-22 10:09:00"}'),
}));
