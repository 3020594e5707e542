import { describe, expect, it } from 'vitest';
import { readRequest, TimerError } from '../../../functions/fire/armed-or-due.ts';

const timer = {
  name: 't1',
  at: '2026-01-04T02:00:00.000Z',
  campaign: 'c',
  owner: 'user_id:1',
  subject: 'p1',
  trigger_from: '2025-12-29',
  trigger_at: '2025-12-31',
};
const busEvent = (detail: unknown) => ({ 'detail-type': 'Campaign Triggered', source: 'oneriver.stitch', detail });

describe('readRequest', () => {
  it('arms what a campaign rule brings', () => {
    expect(readRequest(busEvent({ campaign: 'c', timer, id: 't1' }))).toEqual({ kind: 'arm', timer });
  });

  it('decides what Scheduler brings', () => {
    expect(readRequest(timer)).toEqual({ kind: 'due', timer });
  });

  it.each([
    [null, 'to fire'],
    ['timer', 'to fire'],
    [{}, 'to fire'],
    [{ ...timer, name: 'not a name!' }, '/name'],
    [busEvent(undefined), 'to arm is not valid at /detail/timer'],
    [busEvent({ timer: { ...timer, at: 'tomorrow' } }), '/detail/timer/at'],
  ])('refuses %j and says where', (input, message) => {
    expect(() => readRequest(input)).toThrow(TimerError);
    expect(() => readRequest(input)).toThrow(message);
  });
});
