import { isObject, type JsonObject, objectOr } from '../shared/json.ts';
import { word } from '../shared/protocols/hook-events.ts';
import { type CallDeps, callPlatform, chinaTime } from './call.ts';
import { PlatformError, quotable } from './error.ts';
import type { AppSettings } from './settings.ts';
import { platformSign } from './sign.ts';

const METHOD = 'jingdong.pop.order.search';
/** JD wants each state by its name. */
const STATES = [
  'WAIT_SELLER_STOCK_OUT',
  'WAIT_SELLER_DELIVERY',
  'WAIT_GOODS_RECEIVE_CONFIRM',
  'FINISHED_L',
  'TRADE_CANCELED',
  'LOCKED',
  'PAUSE',
  'POP_ORDER_PAUSE',
];
/** What events are made of, and no more: no address, no name, no telephone number of a receiver is asked for. */
const FIELDS = [
  ...['orderId', 'orderState', 'orderTotalPrice', 'orderPayment', 'freightPrice', 'sellerDiscount'],
  ...['orderStartTime', 'orderEndTime', 'paymentConfirmTime', 'modified', 'itemInfoList'],
  ...['pin', 'open_id_buyer', 'xid_buyer'],
];
/** `0`: by the time of modification. */
const BY_MODIFIED = 0;
const ASCENDING = 0;

/** Orders that were modified within [from, to], epoch ms; JD counts in seconds. */
export interface OrderSearch {
  readonly from: number;
  readonly to: number;
  /** From 1. */
  readonly page: number;
  /** Up to 100. */
  readonly pageSize: number;
  readonly deadline: number;
}

export interface OrderPage {
  /** Of all pages. */
  readonly total: number;
  readonly orders: readonly JsonObject[];
}

/** JD's order search, for one shop. */
export class JosClient {
  readonly #app: AppSettings;
  readonly #deps: CallDeps;

  constructor(app: AppSettings, deps: CallDeps) {
    this.#app = app;
    this.#deps = deps;
  }

  /** One page, those that were modified first in front. @throws PlatformError, OutOfTime */
  async orders({ from, to, page, pageSize, deadline }: OrderSearch): Promise<OrderPage> {
    const { url, app_key, app_secret, access_token = '' } = this.#app;
    const asked = {
      start_date: chinaTime(from),
      end_date: chinaTime(to),
      order_state: STATES.join(','),
      optional_fields: FIELDS.join(','),
      page: String(page),
      page_size: String(pageSize),
      sortType: ASCENDING,
      dateType: BY_MODIFIED,
    };
    const common = { method: METHOD, app_key, access_token, v: '2.0', '360buy_param_json': JSON.stringify(asked) };
    const form = (now: number): Record<string, string> => {
      const params = { ...common, timestamp: chinaTime(now) };
      return { ...params, sign: platformSign(app_secret, params) };
    };
    const refusal = (answer: JsonObject) => refusalOf(answer, [app_secret, access_token, app_key]);
    const answer = await callPlatform({ name: METHOD, url: url.href, form, refusal, deadline }, this.#deps);
    const found = resultOf(answer);
    const list = found.orderInfoList;
    const total = Number(word(found.orderTotal) ?? 0);
    if (Number.isSafeInteger(total) && total >= 0 && (total === 0 || Array.isArray(list))) {
      return { total, orders: Array.isArray(list) ? list.filter(isObject) : [] };
    }
    throw new PlatformError(`${METHOD} was answered without a list of orders.`, { isTransient: false });
  }
}

/** JD's own spelling. */
const resultOf = (answer: JsonObject): JsonObject =>
  objectOr(objectOr(answer.jingdong_pop_order_search_responce).searchorderinfo_result);

function refusalOf(answer: JsonObject, secrets: readonly string[]): PlatformError | undefined {
  const refused = (...parts: readonly unknown[]): PlatformError => {
    const words = parts.flatMap((part) => word(part) ?? []).join(' ');
    return new PlatformError(`${METHOD} was refused: ${quotable(words, secrets)}`, { isTransient: false });
  };
  if (answer.error_response !== undefined) {
    const { code, zh_desc, en_desc } = objectOr(answer.error_response);
    return refused(code, en_desc, zh_desc);
  }
  const { apiResult } = resultOf(answer);
  if (apiResult === undefined) return undefined;
  const { success, numberCode, englishErrCode, chineseErrCode } = objectOr(apiResult);
  return success === true || success === 'true' ? undefined : refused(numberCode, englishErrCode, chineseErrCode);
}
