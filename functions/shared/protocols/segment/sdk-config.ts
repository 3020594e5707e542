import type { Source } from '../../../../schemas/event.ts';

/**
 * What analytics-next reads from `cdnURL` before it sends anything. With `publicUrl` (e.g. `https://collect.example.com`)
 * it also learns where to send; without, the page must set `apiHost` itself.
 */
export function segmentSettings(key: string, publicUrl: string | undefined) {
  const url = publicUrl === undefined ? undefined : new URL(publicUrl);
  const target = url && { apiHost: `${url.host}/v1`, protocol: url.protocol.slice(0, -1) };
  return {
    integrations: {
      'Segment.io': { apiKey: key, unbundledIntegrations: [], addBundledMetadata: true, ...target },
    },
    plan: { track: { __default: { enabled: true } } },
    edgeFunction: {},
    analyticsNextEnabled: true,
  };
}

/** What RudderStack's browser SDK reads from `configUrl`: the source is on, it has no destinations, it reports nothing home. */
export const rudderConfig = (key: string, source: Source) => ({
  source: {
    id: source.source_id,
    name: source.name,
    writeKey: key,
    enabled: true,
    config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
    workspaceId: 'oneriver',
    destinations: [],
    createdAt: '',
    updatedAt: '',
  },
});
