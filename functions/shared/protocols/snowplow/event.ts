import type { JsonObject } from '../../json.ts';
import type { Payload } from '../protocol.ts';
import { compact, numeric, pageOf, statedTime, textOf } from '../shape.ts';
import { contextOf } from './context.ts';
import { ecommerceEvents, isToldProduct } from './ecommerce.ts';
import { identityOf } from './identity.ts';
import { readEntities, readUnstruct, type SelfDescribing } from './self-describing.ts';

/** What an event says happened; several where one of Snowplow's names several products. */
export interface Happening extends JsonObject {
  readonly type: 'page' | 'screen' | 'track';
}

/** One event of a tracker as those of ours that it stands for: one, or one for each product. */
export function toEvents(event: JsonObject, params: Payload['params']): JsonObject[] {
  const entities = readEntities(event);
  const described = event.e === 'ue' ? readUnstruct(event) : undefined;
  const happenings = described === undefined ? [happeningOf(event)] : selfDescribed(described, entities);
  const others = entities.filter((entity) => !isToldProduct(entity, described));
  const { anonymousId, userId, externalIds } = identityOf(event, entities, params);
  const eid = textOf(event.eid);
  const common = {
    userId,
    anonymousId,
    ...timesOf(event),
    context: compact({ ...contextOf(event, others, params), externalIds }),
  };
  return happenings.map((happening, index) =>
    compact({ ...happening, messageId: eid && (index === 0 ? eid : `${eid}.${index}`), ...common }),
  );
}

/** A true time (`ttm`) is the sender's word and is not corrected; the device's (`dtm`) is, by when the device said it sent. */
function timesOf({ ttm, dtm, stm }: JsonObject): JsonObject {
  const trueTime = textOf(ttm);
  if (trueTime !== undefined) return { timestamp: statedTime(trueTime) };
  return { timestamp: statedTime(dtm), sentAt: statedTime(stm) };
}

function happeningOf(event: JsonObject): Happening {
  switch (event.e) {
    case 'pv':
      return { type: 'page', properties: pageIn(event) };
    case 'pp':
      return track('page_ping', { ...pageIn(event), ...scrollOf(event) });
    case 'se':
      return structured(event);
    case 'ue':
      return track(undefined, {});
    case 'tr':
      return transaction(event);
    case 'ti':
      return transactionItem(event);
    default:
      return track(textOf(event.e), {});
  }
}

const track = (event: string | undefined, properties: JsonObject): Happening => ({
  type: 'track',
  event,
  properties: compact(properties),
});

const pageIn = ({ url, page, refr }: JsonObject): JsonObject =>
  pageOf({ url: textOf(url), title: textOf(page), referrer: textOf(refr) });

const scrollOf = ({ pp_mix, pp_max, pp_miy, pp_may }: JsonObject): JsonObject => ({
  min_x: numeric(pp_mix),
  max_x: numeric(pp_max),
  min_y: numeric(pp_miy),
  max_y: numeric(pp_may),
});

/** A structured event goes by its category and its action: neither says by itself what happened. */
const structured = ({ se_ca, se_ac, se_la, se_pr, se_va }: JsonObject): Happening =>
  track(
    [textOf(se_ca), textOf(se_ac)]
      .filter((part) => part !== undefined)
      .join(' ')
      .slice(0, 200),
    { category: se_ca, action: se_ac, label: se_la, property: se_pr, value: numeric(se_va) },
  );

/** A self-describing event goes by the name of its schema, unless the tracking plan has a name for it. */
function selfDescribed(described: SelfDescribing, entities: readonly SelfDescribing[]): Happening[] {
  const { schema, name, data } = described;
  if (name === 'screen_view') {
    return [
      { type: 'screen', name: textOf(data.name)?.slice(0, 200), properties: { ...data, platform_event: schema } },
    ];
  }
  const known = ecommerceEvents(described, entities);
  if (known !== undefined) {
    return known.map(([planned, properties]) => track(planned, { ...properties, platform_event: schema }));
  }
  return [track(name, { ...data, platform_event: schema })];
}

const transaction = (event: JsonObject): Happening =>
  track('Order Completed', {
    order_id: event.tr_id,
    affiliation: event.tr_af,
    total: numeric(event.tr_tt),
    tax: numeric(event.tr_tx),
    shipping: numeric(event.tr_sh),
    currency: event.tr_cu,
    city: event.tr_ci,
    state: event.tr_st,
    country: event.tr_co,
    platform_event: 'transaction',
  });

/** Its order is an event of its own, which may come in another request: the two cannot be put together here. */
const transactionItem = (event: JsonObject): Happening =>
  track('transaction_item', {
    order_id: event.ti_id,
    product_id: event.ti_sk,
    name: event.ti_nm,
    category: event.ti_ca,
    price: numeric(event.ti_pr),
    quantity: numeric(event.ti_qu),
    currency: event.ti_cu,
  });
