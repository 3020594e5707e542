import { CONTROL_TYPES } from '../shared/control-event.ts';

/** What a route answers to. */
export type Action =
  | { readonly kind: 'events'; readonly route: string }
  | { readonly kind: 'segment_settings'; readonly key: string }
  | { readonly kind: 'rudder_config' };

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly action: Action;
}

const events = (route: string): Route => ({ method: 'POST', action: { kind: 'events', route } });

/** Every path the collector knows, with the letter forms that Segment's browser SDK uses and RudderStack's own two. */
const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/v1/track', events('track')],
  ['/v1/identify', events('identify')],
  ['/v1/page', events('page')],
  ['/v1/screen', events('screen')],
  ['/v1/group', events('group')],
  ['/v1/alias', events('alias')],
  ...[...CONTROL_TYPES].map((type): [string, Route] => [`/v1/${type}`, events(type)]),
  ['/v1/batch', events('batch')],
  ['/v1/t', events('track')],
  ['/v1/i', events('identify')],
  ['/v1/p', events('page')],
  ['/v1/s', events('screen')],
  ['/v1/g', events('group')],
  ['/v1/a', events('alias')],
  ['/v1/b', events('batch')],
  ['/beacon/v1/batch', events('batch')],
  ['/sourceConfig', { method: 'GET', action: { kind: 'rudder_config' } }],
  ['/sourceConfig/', { method: 'GET', action: { kind: 'rudder_config' } }],
]);

const SETTINGS = /^\/v1\/projects\/([^/]{1,200})\/settings$/;

/** The route of a path (without query), or `undefined` when there is none. */
export function findRoute(path: string): Route | undefined {
  const route = ROUTES.get(path);
  if (route !== undefined) return route;
  const key = SETTINGS.exec(path)?.[1];
  return key === undefined ? undefined : { method: 'GET', action: { kind: 'segment_settings', key: decode(key) } };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
