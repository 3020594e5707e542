import type { Payload } from './protocol.ts';

const OWN = 'segment';

/** Where a payload came in. */
export interface Place {
  readonly protocol: string;
  readonly route: string;
  readonly params?: Payload['params'];
}

/**
 * As one text, for the quarantine: `batch`, or `sensors:track?gzip=1`. Whatever a body needs to be decoded again is in it.
 */
export function placeText({ protocol, route, params }: Place): string {
  if (protocol === OWN) return route;
  const query = new URLSearchParams(params ?? {}).toString();
  return `${protocol}:${route}${query === '' ? '' : `?${query}`}`;
}

const PLACE = /^([a-z][a-z0-9_]{0,39}):([^?]*)(?:\?(.*))?$/s;

/** What `placeText` was given. */
export function parsePlace(text: string): Place {
  const [, protocol, route, query] = PLACE.exec(text) ?? [];
  if (protocol === undefined || route === undefined) return { protocol: OWN, route: text };
  if (query === undefined) return { protocol, route };
  return { protocol, route, params: Object.fromEntries(new URLSearchParams(query)) };
}
