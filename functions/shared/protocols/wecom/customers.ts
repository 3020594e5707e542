import { isObject, type JsonObject } from '../../json.ts';
import { textOf } from '../wechat/fields.ts';

/** Customers' ids begin so; members of a group who are employees have ids of another form. */
const CUSTOMER = /^w[mo][A-Za-z0-9_-]{10,62}$/;
const MAX_MEMBERS = 500;

/** The external_userids that a message is about: of the contact, or of those who joined or left a group. */
export function customersOf(message: JsonObject): string[] {
  const contact = textOf(message.ExternalUserID) ?? textOf(message.external_userid);
  if (contact !== undefined) return [contact];
  return membersOf(message.MemChangeList).filter((id) => CUSTOMER.test(id));
}

/** `<Item>` by `<Item>`, or in one text with commas, as it was before. */
function membersOf(list: unknown): string[] {
  const items = isObject(list) ? list.Item : list;
  const ids = Array.isArray(items) ? items : (textOf(items) ?? '').split(',');
  return [...new Set(ids.flatMap((id: unknown) => textOf(id)?.trim() ?? []))].slice(0, MAX_MEMBERS);
}
