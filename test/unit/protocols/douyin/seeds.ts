import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

const webhook = (event: string, content: unknown): Payload => ({
  route: 'webhook',
  params: { id: 'msg-1' },
  body: Buffer.from(JSON.stringify({ event, client_key: 'app', from_user_id: 'u', to_user_id: 'b', content })),
});

/** What fuzzing begins with. */
export const SEEDS: readonly Payload[] = [
  webhook('new_follow_action', '{"action_type":1,"action_time":1795312800}'),
  webhook('im_receive_msg', { create_time: 1_795_312_800_000, text: 'hi', user_infos: [] }),
  webhook(
    'life_trade_order_notify',
    '{"action":"pay_success","msg_time":1795312800,"order":{"order_id":"1","pay_amount":1990}}',
  ),
  webhook('retail_life_meal_order_status_change', '{"order_id":"1","cur_status":20}'),
  {
    route: 'platform',
    params: { id: 's' },
    body: Buffer.from('{"AppId":"tt1","Event":"AUTHORIZED","EventTime":"2026-11-22 10:00:00"}'),
  },
];
