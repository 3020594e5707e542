import type { JsonObject } from '../../json.ts';

/** Where Segment's context has what PostHog calls so; `context.page.url` is written `page.url`. */
const PLACES: Readonly<Record<string, string>> = {
  $current_url: 'page.url',
  $pathname: 'page.path',
  $referrer: 'page.referrer',
  title: 'page.title',
  $ip: 'ip',
  $raw_user_agent: 'userAgent',
  $browser_language: 'locale',
  $locale: 'locale',
  $timezone: 'timezone',
  $os: 'os.name',
  $os_version: 'os.version',
  $app_name: 'app.name',
  $app_version: 'app.version',
  $app_build: 'app.build',
  $app_namespace: 'app.namespace',
  $device_manufacturer: 'device.manufacturer',
  $device_model: 'device.model',
  $device_type: 'device.type',
  $device_name: 'device.name',
  $screen_width: 'screen.width',
  $screen_height: 'screen.height',
  $lib: 'library.name',
  $lib_version: 'library.version',
  $session_id: 'sessionId',
  utm_source: 'campaign.source',
  utm_medium: 'campaign.medium',
  utm_campaign: 'campaign.name',
  utm_term: 'campaign.term',
  utm_content: 'campaign.content',
};

/** Read elsewhere, or the client's own book-keeping. */
const TAKEN: ReadonlySet<string> = new Set([
  'token',
  'distinct_id',
  '$device_id',
  '$user_id',
  '$anon_distinct_id',
  '$is_identified',
  '$time',
  '$insert_id',
  '$set',
  '$set_once',
  '$group_set',
  '$sent_at',
]);

/** The context among the properties, and what is left of these. */
export function contextOf(properties: JsonObject): { readonly context: JsonObject; readonly rest: JsonObject } {
  const found = new Map<string, Map<string, unknown>>();
  const rest: [string, unknown][] = [];
  for (const [name, value] of Object.entries(properties)) {
    const place = Object.hasOwn(PLACES, name) ? PLACES[name] : undefined;
    if (place === undefined) {
      if (!TAKEN.has(name)) rest.push([name, value]);
      continue;
    }
    const [head = '', field = ''] = place.split('.');
    const within = found.get(head) ?? new Map<string, unknown>();
    found.set(head, within.set(field, value));
  }
  const context = Object.fromEntries(
    Array.from(found, ([head, fields]) => [head, fields.has('') ? fields.get('') : Object.fromEntries(fields)]),
  );
  return { context, rest: Object.fromEntries(rest) };
}
