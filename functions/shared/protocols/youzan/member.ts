import type { JsonObject } from '../../json.ts';
import { entry, externalIds, firstWord, major, present, word } from '../hook-events.ts';
import { type Push, timeOf } from './message.ts';

const PHONE = /^\+?\d[\d -]{5,20}$/;
const GENDERS: Readonly<Record<string, string>> = { 1: 'male', 2: 'female' };
const COUPONS: Readonly<Record<string, string>> = {
  TAKE: 'Coupon Received',
  CONSUME: 'Coupon Redeemed',
};

/** A push about a member: what is known of them, their card, points and coupons; undefined for any other. */
export function memberEvent(push: Push): JsonObject | undefined {
  const { type, msg, status } = push;
  const common = { ...timeOf(push), ...whoOf(push) };
  const track = (event: string, properties: JsonObject): JsonObject => ({
    type: 'track',
    event,
    ...common,
    properties: present({ ...properties, status, version: push.version, platform_event: type }),
  });
  switch (type) {
    case 'SCRM_CUSTOMER_EVENT':
      return isGone(msg) ? track('Customer Deleted', {}) : { type: 'identify', ...common, traits: traitsOf(push) };
    case 'POINTS':
      return track('Member Updated', {
        points: major(msg.total),
        points_change: major(msg.amount),
        reason: msg.event_type,
      });
    case 'SCRM_CUSTOMER_CARD':
      return track('Member Updated', { level: firstWord(msg.card_name, msg.card_alias), card_no: word(msg.card_no) });
    case 'COUPON_CUSTOMER_PROMOTION': {
      const event = entry(COUPONS, firstWord(status, msg.status)) ?? 'Coupon Updated';
      const coupon_id = firstWord(msg.id, push.id) ?? 'unknown';
      return track(event, { coupon_id, coupon_name: word(msg.title), order_id: word(msg.order_no) });
    }
    default:
      return undefined;
  }
}

const isGone = ({ is_log_off }: JsonObject): boolean => is_log_off === true || is_log_off === 1 || is_log_off === '1';

const traitsOf = ({ msg }: Push): JsonObject =>
  present({
    name: word(msg.name),
    phone: phoneOf(msg),
    gender: entry(GENDERS, msg.gender),
    birthday: word(msg.birthday),
    youzan_member: msg.is_member === undefined ? undefined : isYes(msg.is_member),
  });

const isYes = (value: unknown): boolean => value === true || value === 1 || value === '1';

/** By phone, where it is not encrypted, and by Youzan's id. Its older numbers (`account_id`) are kept out: another space of ids. */
function whoOf({ msg, shop }: Push): JsonObject {
  const phone = phoneOf(msg);
  return {
    context: {
      ...(phone !== undefined && { traits: { phone } }),
      externalIds: externalIds({ type: 'youzan_openid', scope: shop, id: word(msg.yz_open_id) }),
    },
  };
}

function phoneOf(msg: JsonObject): string | undefined {
  const phone = firstWord(msg.mobile, msg.account_type === 'Mobile' ? msg.account_id : undefined);
  return phone !== undefined && PHONE.test(phone) ? phone : undefined;
}
