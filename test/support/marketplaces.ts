import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { decodeFrame, encodeFrame, FRAME, KIND } from '../../functions/connect/tmc-frame.ts';

export const portOf = (of: { address(): unknown }): number => (of.address() as AddressInfo).port;

/** Taobao's message channel, with one paid order that it hands out until it is confirmed. */
export function tmallChannel(): WebSocketServer {
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const content = JSON.stringify({
    ...{ buyer_open_uid: 'AAtmall9', payment: '199.00', tid: '3939829492939', seller_nick: 'shop', status: 'PAID' },
    modified: '2026-11-06 12:00:00',
  });
  let isConfirmed = false;
  wss.on('connection', (socket) => {
    socket.on('message', (bytes: Buffer) => {
      const { type, values } = decodeFrame(bytes);
      if (type === FRAME.CONNECT) socket.send(encodeFrame({ type: FRAME.CONNECT_ACK, token: 'T', values: {} }));
      else if (values.__kind === KIND.CONFIRM) isConfirmed = true;
      else if (values.__kind === KIND.PULL && !isConfirmed) {
        const message = { topic: 'taobao_trade_TradePaid', content, nick: 'shop', userid: '77' };
        socket.send(
          encodeFrame({ type: FRAME.SEND, token: 'T', values: { __kind: KIND.DATA, id: 4711n, ...message } }),
        );
      }
    });
  });
  return wss;
}

/** JD's order search, with one order. */
export function jdOrders(): Server {
  const order = {
    ...{ orderId: '26700009', orderState: 'WAIT_SELLER_STOCK_OUT', orderPayment: '59.00', openIdBuyer: 'jdPin9' },
    ...{ paymentConfirmTime: '2026-11-07 09:00:00', modified: '2026-11-07 09:00:01' },
  };
  return createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const result = { orderInfoList: [order], orderTotal: 1 };
    response.end(JSON.stringify({ jingdong_pop_order_search_responce: { code: '0', searchorderinfo_result: result } }));
  }).listen(0, '127.0.0.1');
}
