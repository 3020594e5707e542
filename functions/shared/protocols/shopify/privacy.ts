import type { JsonObject } from '../../json.ts';
import { objectOr } from '../../json.ts';
import { entry, isoTime, present, word } from '../hook-events.ts';
import { personOf } from './person.ts';

/** Days within which Shopify wants a request fulfilled. */
const DUE_DAYS = 30;
const DAY_MS = 86_400_000;

const REQUESTS: Readonly<Record<string, string>> = {
  'customers/data_request': 'access',
  'customers/redact': 'erase',
  'shop/redact': 'erase_shop',
};

/**
 * A request that the law makes Shopify pass on: an event by the topic's own name, of the person it is about, with the day by which it is due. One
 * about a whole shop belongs to the shop itself. It is written down here, and fulfilled by whoever looks after such requests.
 */
export function privacyEvent(
  body: JsonObject,
  { topic, shop, triggered }: { topic: string; shop: string | undefined; triggered: string | undefined },
): JsonObject | undefined {
  const request = entry(REQUESTS, topic);
  if (request === undefined) return undefined;
  const at = isoTime(triggered);
  const properties = present({
    request,
    due_at: at === undefined ? undefined : new Date(Date.parse(at) + DUE_DAYS * DAY_MS).toISOString(),
    shop: shop ?? word(body.shop_domain),
    shop_id: word(body.shop_id),
    data_request_id: word(objectOr(body.data_request).id),
    orders: body.orders_requested ?? body.orders_to_redact,
    platform_event: topic,
  });
  const scope = shop ?? word(body.shop_domain);
  return {
    type: 'track',
    event: topic,
    ...(at !== undefined && { timestamp: at }),
    properties,
    ...(topic === 'shop/redact'
      ? { anonymousId: `shopify-shop:${scope}` }
      : personOf({ customer: body.customer }, { shop: scope })),
  };
}
