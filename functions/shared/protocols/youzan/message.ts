import { isObject, type JsonObject } from '../../json.ts';
import { firstTime, firstWord, parseExact, word } from '../hook-events.ts';

/** A push as it is read here. */
export interface Push {
  /** `trade_TradePaid`, `SCRM_CUSTOMER_EVENT` … */
  readonly type: string;
  readonly status: string | undefined;
  /** The shop, or the head office of a chain: members are the chain's. */
  readonly shop: string | undefined;
  readonly id: string | undefined;
  readonly messageId: string | undefined;
  readonly version: string | undefined;
  readonly msg: JsonObject;
}

/** @param type of the head, where the body has none */
export function readPush(body: JsonObject, type: string | undefined): Push | undefined {
  const msg = isObject(body.msg) ? body.msg : readMsg(body.msg);
  const named = firstWord(body.type, type);
  if (msg === undefined || named === undefined) return undefined;
  return {
    type: named,
    status: word(body.status),
    shop: firstWord(body.root_kdt_id, body.kdt_id),
    id: word(body.id),
    messageId: word(body.msg_id),
    version: word(body.version),
    msg,
  };
}

/**
 * `msg` is JSON, encoded for a URL: by Java's encoder, in which a plus is a space, or with `%20`, where a plus is itself. JSON that is not
 * encoded is read as it is.
 */
function readMsg(text: unknown): JsonObject | undefined {
  if (typeof text !== 'string') return undefined;
  const plain = text.trim().startsWith('{') ? text : decoded(text.includes('%20') ? text : text.replaceAll('+', ' '));
  const parsed = plain === undefined ? undefined : parseExact(plain)?.value;
  return isObject(parsed) ? parsed : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * When it was so. Pushes come in any order and the larger `version` is the later one; it is the time of the change, in seconds or
 * milliseconds. As the event's time, it keeps what comes late from standing above what came later.
 */
export const timeOf = ({ version, msg }: Push, ...others: readonly unknown[]): { timestamp?: string } => {
  const found = firstTime(version, ...others, msg.update_time, msg.event_time);
  return found === undefined ? {} : { timestamp: found };
};
