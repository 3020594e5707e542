import type { JsonObject } from '../../json.ts';
import { objectOr } from '../../json.ts';
import { setOwn } from '../../own.ts';
import { isWriteKey } from '../shape.ts';

/** Where Segment's context has what SensorsData calls so; `context.page.url` is written `page.url`. */
const PLACES: Readonly<Record<string, string>> = {
  $lib: 'library.name',
  $lib_version: 'library.version',
  $url: 'page.url',
  $url_path: 'page.path',
  $title: 'page.title',
  $referrer: 'page.referrer',
  $screen_width: 'screen.width',
  $screen_height: 'screen.height',
  $os: 'os.name',
  $os_version: 'os.version',
  $manufacturer: 'device.manufacturer',
  $model: 'device.model',
  $brand: 'device.brand',
  $device_type: 'device.type',
  $browser: 'browser.name',
  $browser_version: 'browser.version',
  $browser_language: 'locale',
  $app_id: 'app.namespace',
  $app_name: 'app.name',
  $app_version: 'app.version',
  $carrier: 'network.carrier',
  $network_type: 'network.type',
  $ip: 'ip',
  $user_agent: 'userAgent',
};

const CAMPAIGN: Readonly<Record<string, string>> = {
  source: 'utm_source',
  medium: 'utm_medium',
  name: 'utm_campaign',
  term: 'utm_term',
  content: 'utm_content',
};

/** Read elsewhere, or nothing beside what was. */
const TAKEN: ReadonlySet<string> = new Set(['$timezone_offset', '$is_login_id', '$device_id', '$project', '$token']);

/** The context among the properties, and what is left of these. */
export function contextOf(record: JsonObject): { readonly context: JsonObject; readonly rest: JsonObject } {
  const properties = objectOr(record.properties);
  const context: JsonObject = {};
  const rest: JsonObject = {};
  const lib = objectOr(record.lib);
  put(context, 'library.name', lib.$lib);
  put(context, 'library.version', lib.$lib_version);
  for (const [name, value] of Object.entries(properties)) {
    const place = Object.hasOwn(PLACES, name) ? PLACES[name] : undefined;
    if (place !== undefined) put(context, place, value);
    else if (!TAKEN.has(name)) setOwn(rest, name, value);
  }
  for (const [field, name] of Object.entries(CAMPAIGN)) {
    put(context, `campaign.${field}`, properties[`$${name}`] ?? properties[`$latest_${name}`]);
  }
  put(context, 'timezone', zoneOf(properties));
  if (!isWriteKey(record.project)) put(context, 'project', record.project);
  return { context, rest };
}

function put(context: JsonObject, place: string, value: unknown): void {
  if (value === undefined || value === null || value === '') return;
  const [head = '', field] = place.split('.');
  context[head] = field === undefined ? value : { ...objectOr(context[head]), [field]: value };
}

/** `$timezone_offset` counts minutes westwards, as JavaScript does; an offset that is no whole hour has no zone of its own. */
export function zoneOf({ $timezone_offset: minutes }: JsonObject): string | undefined {
  if (typeof minutes !== 'number' || minutes % 60 !== 0 || Math.abs(minutes) > 14 * 60) return undefined;
  const hours = String(Math.abs(minutes) / 60).padStart(2, '0');
  return `GMT${minutes > 0 ? '-' : '+'}${hours}00`;
}
