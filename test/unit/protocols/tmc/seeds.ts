import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

/** As the recorded platform sent it, and as a consumer stores it. */
export const MESSAGES = [
  {
    id: '5123456789012345678',
    topic: 'taobao_trade_TradePaid',
    content:
      '{"buyer_nick":"x**","buyer_open_uid":"AAHb5d","payment":"44.47","tid":3939829492939123456,"oid":3939829492939123456,"seller_nick":"y","type":"guarantee_trade","status":"WAIT_SELLER_SEND_GOODS"}',
    nick: 'seller',
    userid: '1234567890',
    time: 1_795_315_259_440,
  },
  {
    id: '5123456789012345679',
    topic: 'taobao_refund_RefundSuccess',
    content: '{"refund_fee":"10.00","tid":3939829492939123456,"oid":1,"refund_id":77,"modified":"2026-11-22 11:00:00"}',
    userid: '1234567890',
    time: 1_795_315_260_000,
  },
  { id: '3', topic: 'taobao_item_ItemUpdate', content: '{"num_iid":1}', time: 1_795_315_260_000 },
];

export const SEEDS: readonly Payload[] = [
  { route: 'messages', params: {}, body: Buffer.from(JSON.stringify(MESSAGES)) },
];
