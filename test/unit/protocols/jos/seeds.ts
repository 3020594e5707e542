import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

/** Orders in the two spellings that the order search is described with. */
export const ORDERS = [
  {
    orderId: '267010001',
    orderState: 'WAIT_SELLER_STOCK_OUT',
    orderPayment: '199.00',
    freightPrice: '6.00',
    sellerDiscount: '10.00',
    orderStartTime: '2026-11-20 09:00:00',
    paymentConfirmTime: '2026-11-20 09:01:00',
    modified: '2026-11-20 09:01:05',
    openIdBuyer: 'oJDbuyer1',
    consigneeInfo: { fullname: '张三', mobile: '13800000000', fullAddress: '北京市朝阳区' },
    itemInfoList: [{ skuId: '100', wareId: '10', skuName: '杯子', jdPrice: '99.50', itemTotal: '2' }],
  },
  {
    order_id: 267010001,
    order_state: 'FINISHED_L',
    order_total_price: 199,
    order_start_time: '2026-11-20 09:00:00',
    order_end_time: '2026-11-22 10:00:00',
    xid_buyer: 'oJDbuyer1',
  },
];

export const SEEDS: readonly Payload[] = [{ route: 'orders', params: {}, body: Buffer.from(JSON.stringify(ORDERS)) }];
