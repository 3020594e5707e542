import { isObject, type JsonObject, objectOr } from '../../json.ts';
import { externalIds, firstWord, present, word } from '../hook-events.ts';

/** Whose event it is: the customer of the shop and how they can be reached, the order, and the cart or checkout it began with. */
export function personOf(body: JsonObject, { shop, order }: { shop: string | undefined; order?: unknown }) {
  const customer = objectOr(body.customer);
  const traits = present({
    email: firstWord(body.email, body.contact_email, customer.email),
    phone: firstWord(body.phone, customer.phone),
  });
  const cart = firstWord(body.cart_token);
  return {
    ...(cart !== undefined && { anonymousId: `shopify-cart:${cart}` }),
    context: {
      ...(Object.keys(traits).length > 0 && { traits }),
      externalIds: externalIds(
        { type: 'shopify_customer_id', scope: shop, id: word(customer.id) },
        { type: 'order_id', scope: shop, id: word(order) },
      ),
    },
  };
}

/** A customer as the traits of an identify, with the consents that they gave the shop. */
export function customerEvent(customer: JsonObject, shop: string | undefined): JsonObject {
  const address = objectOr(customer.default_address);
  const name = [customer.first_name, customer.last_name].map(word).filter((part) => part !== undefined);
  return {
    type: 'identify',
    traits: present({
      name: name.join(' '),
      email: customer.email,
      phone: customer.phone,
      shopify_state: customer.state,
      shopify_tags: customer.tags,
      shopify_orders: customer.orders_count,
      address: isObject(customer.default_address)
        ? present({ country: address.country_code, region: address.province, city: address.city })
        : undefined,
    }),
    context: {
      externalIds: externalIds({ type: 'shopify_customer_id', scope: shop, id: word(customer.id) }),
      consent: {
        categoryPreferences: {
          ...consent('email_marketing', objectOr(customer.email_marketing_consent).state),
          ...consent('sms_marketing', objectOr(customer.sms_marketing_consent).state),
        },
      },
    },
  };
}

/** Pending, and whatever else there may be, is neither yes nor no. */
function consent(purpose: string, state: unknown): Record<string, boolean> {
  if (state === 'subscribed') return { [purpose]: true };
  return ['unsubscribed', 'not_subscribed', 'redacted', 'invalid'].some((no) => no === state)
    ? { [purpose]: false }
    : {};
}
