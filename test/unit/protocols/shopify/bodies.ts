/** An order as Shopify's documents show one, cut to what is read; people and numbers are made up. */
export const ORDER = {
  id: 820982911946154500,
  name: '#1001',
  email: 'jon@example.com',
  phone: null,
  cart_token: 'c1-abc',
  checkout_id: 901414060,
  created_at: '2026-11-21T16:00:00-05:00',
  updated_at: '2026-11-21T16:05:00-05:00',
  cancelled_at: null,
  currency: 'USD',
  total_price: '409.94',
  subtotal_price: '398.00',
  total_tax: '11.94',
  total_discounts: '5.00',
  total_shipping_price_set: { shop_money: { amount: '0.00', currency_code: 'USD' } },
  financial_status: 'paid',
  fulfillment_status: null,
  source_name: 'web',
  discount_codes: [{ code: 'SPRING', amount: '5.00', type: 'fixed_amount' }],
  customer: { id: 115310627314723950, email: 'jon@example.com', phone: '+16135551111', first_name: 'Jon' },
  shipping_address: { name: 'Somebody Else', phone: '+16135552222', address1: '123 Elm St' },
  line_items: [
    { id: 1, product_id: 632910392, variant_id: 808950810, sku: 'IPOD-R', title: 'IPod', price: '199.00', quantity: 2 },
    { id: 2, product_id: null, variant_id: null, title: 'Gift wrap', price: '0.00', quantity: 1 },
  ],
};

export const REFUND = {
  id: 509562969,
  order_id: ORDER.id,
  created_at: '2026-11-21T17:00:00-05:00',
  processed_at: '2026-11-21T17:00:01-05:00',
  refund_line_items: [
    { quantity: 1, subtotal: '199.00', line_item: { product_id: 632910392, title: 'IPod', price: '199.00' } },
  ],
  transactions: [
    { kind: 'refund', status: 'success', amount: '150.10', currency: 'USD' },
    { kind: 'refund', status: 'success', amount: '48.90', currency: 'USD' },
    { kind: 'refund', status: 'failure', amount: '9.00', currency: 'USD' },
  ],
};

export const CUSTOMER = {
  id: 706405506930370000,
  email: 'bob@example.com',
  phone: null,
  first_name: 'Bob',
  last_name: 'Biller',
  state: 'enabled',
  tags: 'vip',
  updated_at: '2026-11-21T20:00:00Z',
  email_marketing_consent: { state: 'subscribed' },
  sms_marketing_consent: { state: 'pending' },
};

export const SUBJECT = { id: 191167, email: 'john@example.com', phone: '+16135551234' };
export const DATA_REQUEST = {
  shop_id: 954889,
  shop_domain: 't.myshopify.com',
  orders_requested: [299938, 280263],
  customer: SUBJECT,
  data_request: { id: 9999 },
};
export const REDACT = {
  shop_id: 954889,
  shop_domain: 't.myshopify.com',
  customer: SUBJECT,
  orders_to_redact: [299938],
};
export const SHOP_REDACT = { shop_id: 954889, shop_domain: 't.myshopify.com' };
