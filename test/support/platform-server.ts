import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A message that waits in the channel of the imitated Taobao. */
export interface WaitingMessage {
  /** Beyond 2^53, as Taobao's are. */
  readonly id: bigint;
  readonly topic: string;
  readonly content: string;
}

/** An order of the imitated JD. */
export interface ShopOrder {
  readonly orderId: string;
  readonly orderState: string;
  /** Epoch ms. */
  readonly modified: number;
}

/** What is done to one request instead of answering it as it should be: before the platform acted, or after. */
export type Fault =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | { readonly kind: 'lost' | 'silent' };

export const APP = { app_key: 'APPKEY', app_secret: 'SECRET-1', access_token: 'TOKEN-1' };

const chinaText = (ms: number): string => new Date(ms + 28_800_000).toISOString().slice(0, 19).replace('T', ' ');
const chinaMs = (text: string): number => Date.parse(`${text.replace(' ', 'T')}+08:00`);

/** The signature as both platforms describe it, computed apart from the code under test. */
function signOf(form: ReadonlyMap<string, string>): string {
  const text = [...form]
    .filter(([name]) => name !== 'sign')
    .map(([name, value]) => name + value)
    .sort()
    .join('');
  return createHash('md5').update(`${APP.app_secret}${text}${APP.app_secret}`).digest('hex').toUpperCase();
}

/** Taobao's TOP and JD's JOS on one loopback port, with what waits there; it refuses what is not signed, and does what it is told wrongly. */
export class PlatformServer {
  readonly url: string;
  readonly messages: WaitingMessage[] = [];
  orders: ShopOrder[] = [];
  /** Every call that was signed rightly, in order. */
  readonly calls: { readonly method: string; readonly form: ReadonlyMap<string, string> }[] = [];
  readonly refused: string[] = [];
  /** Taken from the front, one for each call. */
  readonly faults: (Fault | undefined)[] = [];
  /** Called after a page of orders was made up and before it is sent. */
  afterPage: (page: number) => void = () => undefined;

  private constructor(port: number) {
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<PlatformServer> {
    let answer: (body: string, response: ServerResponse) => void = () => undefined;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => answer(Buffer.concat(chunks).toString('utf8'), response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const made = new PlatformServer((server.address() as AddressInfo).port);
    answer = (body, response) => made.#answer(new Map(new URLSearchParams(body)), response);
    return made;
  }

  #answer(form: ReadonlyMap<string, string>, response: ServerResponse): void {
    const fault = this.faults.shift();
    if (fault?.kind === 'silent') return;
    if (fault?.kind === 'answer') {
      response.writeHead(fault.status, { 'content-type': 'application/json' }).end(fault.body);
      return;
    }
    const text = this.#act(form);
    if (fault?.kind === 'lost') response.destroy();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  }

  #act(form: ReadonlyMap<string, string>): string {
    const method = form.get('method') ?? '';
    if (form.get('sign') !== signOf(form) || form.get('app_key') !== APP.app_key) {
      this.refused.push(method);
      return method.startsWith('taobao')
        ? '{"error_response":{"code":25,"msg":"Invalid signature","request_id":"1"}}'
        : '{"error_response":{"code":"12","zh_desc":"无效签名","en_desc":"Invalid signature"}}';
    }
    this.calls.push({ method, form });
    if (method === 'taobao.tmc.messages.consume') return this.#consume(Number(form.get('quantity')));
    if (method === 'taobao.tmc.messages.confirm') return this.#confirm(form.get('s_message_ids') ?? '');
    if (method === 'jingdong.pop.order.search') return this.#search(JSON.parse(form.get('360buy_param_json') ?? '{}'));
    return '{"error_response":{"code":22,"msg":"Invalid method"}}';
  }

  #consume(quantity: number): string {
    const list = this.messages.slice(0, quantity).map(({ id, topic, content }) => {
      const rest = { topic, content, pub_time: '2026-11-22 10:00:00', user_nick: 'y' };
      // As Taobao writes them: numbers that JSON.parse would round.
      return `{"id":${id},"user_id":1234567890123456789,${JSON.stringify(rest).slice(1)}`;
    });
    return `{"tmc_messages_consume_response":{${list.length > 0 ? `"messages":{"tmc_message":[${list}]}` : ''}}}`;
  }

  #confirm(ids: string): string {
    for (const id of ids.split(',')) {
      const at = this.messages.findIndex((message) => String(message.id) === id);
      if (at >= 0) this.messages.splice(at, 1);
    }
    return '{"tmc_messages_confirm_response":{"is_success":true}}';
  }

  #search(asked: { start_date: string; end_date: string; page: string; page_size: string }): string {
    const [from, to] = [chinaMs(asked.start_date), chinaMs(asked.end_date)];
    const second = (ms: number): number => Math.floor(ms / 1000) * 1000;
    const found = this.orders
      .filter(({ modified }) => second(modified) >= from && second(modified) <= to)
      .sort((a, b) => a.modified - b.modified);
    const [page, size] = [Number(asked.page), Number(asked.page_size)];
    const orderInfoList = found.slice((page - 1) * size, page * size).map((order) => ({
      ...{ orderId: order.orderId, orderState: order.orderState, modified: chinaText(order.modified) },
      ...{ orderPayment: '199.00', paymentConfirmTime: chinaText(order.modified), open_id_buyer: 'oJDbuyer1' },
    }));
    this.afterPage(page);
    const apiResult = { success: true, numberCode: 0 };
    const result = { apiResult, orderTotal: found.length, orderInfoList };
    return JSON.stringify({ jingdong_pop_order_search_responce: { searchorderinfo_result: result, code: '0' } });
  }
}
