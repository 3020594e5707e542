import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

const push = (type: string, msg: unknown, more: object = {}): Payload => ({
  route: 'message',
  params: { type },
  body: Buffer.from(JSON.stringify({ kdt_id: 1, type, msg_id: 'm1', version: 1795312800, msg, ...more })),
});

/** What fuzzing begins with. */
export const SEEDS: readonly Payload[] = [
  push(
    'trade_TradePaid',
    encodeURIComponent(
      '{"full_order_info":{"order_info":{"tid":"E1"},"pay_info":{"payment":"9.9"},"buyer_info":{"yz_open_id":"a","buyer_phone":"13800138000"},"orders":[{"item_id":42,"price":"5","num":2}]}}',
    ),
  ),
  push('youzan_trade_RefundSuccess', { tid: 'E1', refunded_fee: '1.00' }, { root_kdt_id: 2 }),
  push('SCRM_CUSTOMER_EVENT', '%7B%22mobile%22%3A%2213800138000%22%2C%22name%22%3A%22a+b%22%7D'),
  push('POINTS', '{"yz_open_id":"a","total":3}'),
  push('COUPON_CUSTOMER_PROMOTION', '{"yz_open_id":"a","id":"c"}', { status: 'TAKE' }),
];
