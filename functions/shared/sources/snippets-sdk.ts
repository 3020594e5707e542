import { type Place, quoted, type Snippet } from './snippet.ts';

type Make = (place: Place) => readonly Snippet[];

const hostOf = (url: string): string => url.replace(/^https?:\/\//, '');
const schemeOf = (url: string): string => (url.startsWith('https:') ? 'https' : 'http');
const js = (title: string, text: string): Snippet => ({ title, language: 'js', text });

/** Segment's clients, and RudderStack's, which speak the same. */
const segment: Make = ({ url, key }) => [
  js('Segment, analytics-node', `new Analytics({ writeKey: ${quoted(key)}, host: ${quoted(url)}, path: '/v1/batch' })`),
  js(
    'Segment, analytics-next (browser)',
    [
      `AnalyticsBrowser.load(`,
      `  { writeKey: ${quoted(key)}, cdnSettings: { integrations: { 'Segment.io': { apiKey: ${quoted(key)} } } } },`,
      `  { integrations: { 'Segment.io': { apiHost: ${quoted(`${hostOf(url)}/v1`)}, protocol: ${quoted(schemeOf(url))} } } },`,
      `)`,
    ].join('\n'),
  ),
  js(
    'RudderStack, rudder-sdk-node',
    `new Analytics(${quoted(key)}, { dataPlaneUrl: ${quoted(url)}, path: '/v1/batch' })`,
  ),
  js(
    'RudderStack, analytics-js (browser)',
    `new RudderAnalytics().load(${quoted(key)}, ${quoted(url)}, { configUrl: ${quoted(url)} })`,
  ),
  {
    title: 'Any HTTP client',
    language: 'shell',
    text: `curl -u ${quoted(`${key}:`)} ${url}/v1/track -H 'content-type: application/json' \\\n  -d '{"event":"Source Connected","anonymousId":"a-test"}'`,
  },
];

const sensors: Make = ({ url, key }) => {
  const address = quoted(`${url}/sa?project=${encodeURIComponent(key)}`);
  return [
    js('神策 web, sa-sdk-javascript', `sensors.init({ server_url: ${address} })`),
    js('神策 mini program, sa-sdk-miniprogram', `sa.setPara({ server_url: ${address} })\nsa.init()`),
    js('神策 Node.js, sa-sdk-node', `sa.submitTo({ url: ${address}, gzip: true, mode: 'track' })`),
    { title: '神策 Java', language: 'java', text: `new SensorsAnalytics(new BatchConsumer(${address}, 50, 3, true));` },
  ];
};

const growingio: Make = ({ url, key }) => [
  js('GrowingIO web', `gdp('init', ${quoted(key)}, 'DATASOURCE_ID', { serverUrl: ${quoted(url)} })`),
  {
    title: 'GrowingIO Java, gio.properties',
    language: 'properties',
    text: `api.host=${url}\nproject.id=${key}\nrun.mode=production`,
  },
];

const snowplow: Make = ({ url, key }) => [
  js('Snowplow browser tracker', `newTracker('sp', ${quoted(url)}, { appId: ${quoted(key)}, eventMethod: 'post' })`),
  js(
    'Snowplow Node.js tracker',
    [
      `newTracker(`,
      `  { namespace: 'sp', appId: ${quoted(key)} },`,
      `  { endpoint: ${quoted(hostOf(url))}, protocol: ${quoted(schemeOf(url))}, eventMethod: 'post' },`,
      `)`,
    ].join('\n'),
  ),
];

const posthog: Make = ({ url, key }) => [
  js('PostHog, posthog-js', `posthog.init(${quoted(key)}, { api_host: ${quoted(url)} })`),
  js('PostHog, posthog-node', `new PostHog(${quoted(key)}, { host: ${quoted(url)} })`),
];

/** Its client wants two parts; the first is enough for us. */
const jitsu: Make = ({ url, key }) => [
  js('Jitsu, @jitsu/js', `jitsuAnalytics({ host: ${quoted(url)}, writeKey: ${quoted(`${key}:x`)} })`),
];

/** Settings of clients, by protocol. */
export const SDK_SNIPPETS: Readonly<Record<string, Make>> = { segment, sensors, growingio, snowplow, posthog, jitsu };
