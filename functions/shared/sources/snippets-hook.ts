import type { WantedSecret, Words } from './snippet.ts';

/** A platform that calls us, or that we ask. */
export interface Hook {
  readonly title: string;
  readonly where: Words;
  readonly secrets: readonly WantedSecret[];
  /** Nothing is pasted there: we ask it. */
  readonly asked?: boolean;
}

const secret = (name: string, en: string, zh: string): WantedSecret => ({ name, from: { en, zh } });
const token = (en: string, zh: string) => secret('token', en, zh);

/** Where the address goes at each platform, and which secrets it gives in return. */
export const HOOKS: Readonly<Record<string, Hook>> = {
  wechat: {
    title: '微信公众号、小程序',
    where: {
      en: 'WeChat console: Settings and development, Basic configuration, Server configuration: URL. Save it after the token is stored here.',
      zh: '微信公众平台：设置与开发，基本配置，服务器配置的 URL。先把令牌存到这里，再点提交。',
    },
    secrets: [
      token('Token, as you made it up there', '服务器配置里自定的 Token'),
      secret('encoding_aes_key', 'EncodingAESKey (compatible and safe mode)', 'EncodingAESKey（兼容模式、安全模式）'),
    ],
  },
  wecom: {
    title: '企业微信',
    where: {
      en: 'WeCom admin console: the application, Receive messages: URL. Save it after both secrets are stored here.',
      zh: '企业微信管理后台：应用，接收消息，设置 API 接收的 URL。先存好两个密钥，再保存。',
    },
    secrets: [token('Token', 'Token'), secret('encoding_aes_key', 'EncodingAESKey', 'EncodingAESKey')],
  },
  douyin: {
    title: '抖音开放平台',
    where: {
      en: 'Douyin open platform console: the application, Webhooks: address.',
      zh: '抖音开放平台控制台：应用，Webhooks 的回调地址。',
    },
    secrets: [
      secret('client_secret', 'Client secret of the application', '应用的 Client Secret'),
      token('Token, where messages are encrypted', '消息加密时的 Token'),
      secret('encoding_aes_key', 'EncodingAESKey, where messages are encrypted', '消息加密时的 EncodingAESKey'),
    ],
  },
  doudian: {
    title: '抖店',
    where: {
      en: 'Doudian open platform console: the application, Message push: address.',
      zh: '抖店开放平台控制台：应用，消息推送的地址。',
    },
    secrets: [secret('app_secret', 'App secret of the application', '应用的 App Secret')],
  },
  jddj: {
    title: '京东到家、秒送',
    where: {
      en: 'JD Daojia open platform: the application, Message subscription: address.',
      zh: '京东到家开放平台：应用，消息订阅的回调地址。',
    },
    secrets: [secret('app_secret', 'App secret of the application', '应用的 App Secret')],
  },
  tmc: {
    title: '淘宝、天猫',
    where: {
      en: 'Nothing is pasted: messages are fetched. Taobao open platform console: subscribe the messages of trades and refunds, then call taobao.tmc.user.permit for the shop.',
      zh: '无需粘贴：消息由本平台主动拉取。淘宝开放平台控制台：订阅交易和退款消息，再为店铺调用 taobao.tmc.user.permit。',
    },
    secrets: [
      secret('app_key', 'App key of the application', '应用的 App Key'),
      secret('app_secret', 'App secret of the application', '应用的 App Secret'),
    ],
    asked: true,
  },
  jos: {
    title: '京东商城（JOS）',
    where: {
      en: 'Nothing is pasted: orders are fetched each minute. JOS console: the application, and the consent of the shop.',
      zh: '无需粘贴：订单每分钟拉取一次。京东宙斯控制台：应用，以及店铺的授权。',
    },
    secrets: [
      secret('app_key', 'App key of the application', '应用的 App Key'),
      secret('app_secret', 'App secret of the application', '应用的 App Secret'),
      secret('access_token', 'Access token of the shop', '店铺授权的 Access Token'),
    ],
    asked: true,
  },
  youzan: {
    title: '有赞',
    where: {
      en: 'Youzan Cloud console: the application, Message push: address.',
      zh: '有赞云控制台：应用，消息推送的地址。',
    },
    secrets: [secret('client_secret', 'Client secret of the application', '应用的 Client Secret')],
  },
  shopify: {
    title: 'Shopify',
    where: {
      en: 'The webhook subscriptions of the app, or shop admin: Settings, Notifications, Webhooks. The same address for the three privacy topics.',
      zh: '应用的 webhook 订阅，或店铺后台：设置，通知，Webhooks。三个隐私主题用同一个地址。',
    },
    secrets: [
      secret(
        'client_secret',
        'Client secret of the app, or the key that the page of webhooks shows',
        '应用的 Client Secret，或 Webhooks 页面显示的密钥',
      ),
    ],
  },
  webhooks: {
    title: 'Standard Webhooks',
    where: { en: 'Endpoint URL of the sender.', zh: '发送方的 Endpoint URL。' },
    secrets: [secret('secret', 'Signing secret of the endpoint: whsec_…', '该地址的签名密钥：whsec_…')],
  },
  cloudevents: {
    title: 'CloudEvents',
    where: { en: 'Sink URL of the sender; any content mode.', zh: '发送方的目标地址，任何内容模式。' },
    secrets: [],
  },
};
