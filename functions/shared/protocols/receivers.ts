import { receiver as cloudevents } from './cloudevents/receive.ts';
import { receiver as doudian } from './doudian/receive.ts';
import { receiver as douyin } from './douyin/receive.ts';
import { receiver as growingio } from './growingio/receive.ts';
import { receiver as jddj } from './jddj/receive.ts';
import { receiver as jitsu } from './jitsu/receive.ts';
import { receiver as posthog } from './posthog/receive.ts';
import type { Receiver } from './protocol.ts';
import { receiver as segment } from './segment/receive.ts';
import { receiver as sensors } from './sensors/receive.ts';
import { receiver as shopify } from './shopify/receive.ts';
import { receiver as snowplow } from './snowplow/receive.ts';
import { receiver as webhooks } from './webhooks/receive.ts';
import { receiver as wechat } from './wechat/receive.ts';
import { receiver as wecom } from './wecom/receive.ts';
import { receiver as youzan } from './youzan/receive.ts';

/** Every protocol that requests come in by, one line for each; `decoders.ts` has the other half. */
export const RECEIVERS: readonly Receiver[] = [
  jddj,
  douyin,
  doudian,
  youzan,
  shopify,
  webhooks,
  cloudevents,
  jitsu,
  posthog,
  segment,
  sensors,
  wechat,
  wecom,
  growingio,
  snowplow,
];
