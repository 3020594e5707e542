import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

/** What fuzzing begins with. */
export const SEEDS: readonly Payload[] = [
  {
    route: 'message',
    params: {},
    body: Buffer.from(
      '[{"tag":"101","msg_id":"1","data":"{\\"p_id\\":4837328765348566675,\\"shop_id\\":7,\\"pay_amount\\":1990,\\"pay_time\\":1795312800}"},{"tag":206,"msg_id":2,"data":{"p_id":"9","shop_id":7,"success_time":1795312800,"refund_amount":5}}]',
    ),
  },
];
