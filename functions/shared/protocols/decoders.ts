import { decode as cloudevents } from './cloudevents/decode.ts';
import { decode as doudian } from './doudian/decode.ts';
import { decode as douyin } from './douyin/decode.ts';
import { decode as growingio } from './growingio/decode.ts';
import { decode as jddj } from './jddj/decode.ts';
import { decode as jitsu } from './jitsu/decode.ts';
import { decode as jos } from './jos/decode.ts';
import { decode as posthog } from './posthog/decode.ts';
import type { Decode } from './protocol.ts';
import { decode as rows } from './rows/decode.ts';
import { decode as segment } from './segment/decode.ts';
import { decode as sensors } from './sensors/decode.ts';
import { decode as shopify } from './shopify/decode.ts';
import { decode as snowplow } from './snowplow/decode.ts';
import { decode as tmc } from './tmc/decode.ts';
import { decode as webhooks } from './webhooks/decode.ts';
import { decode as wechat } from './wechat/decode.ts';
import { decode as wecom } from './wecom/decode.ts';
import { decode as youzan } from './youzan/decode.ts';

/** What turns payloads into events, by protocol. One line for each; `receivers.ts` has the other half. */
export const DECODERS: Readonly<Record<string, Decode>> = {
  cloudevents,
  doudian,
  douyin,
  growingio,
  jddj,
  jitsu,
  jos,
  posthog,
  rows,
  segment,
  sensors,
  shopify,
  snowplow,
  tmc,
  webhooks,
  wechat,
  wecom,
  youzan,
};

/** The decoder of a protocol that a raw record names. */
export const decoderOf = (protocol: string): Decode | undefined =>
  Object.hasOwn(DECODERS, protocol) ? DECODERS[protocol] : undefined;
