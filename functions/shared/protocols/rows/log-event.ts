import { shortHash } from '../../hash.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { type RowSetting, rowId } from './row-setting.ts';

const ASSET = /\.(?:js|mjs|css|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|otf|eot|mp4|webm|mp3|wasm)$/i;

/** What a line of an access log means: a page or one of its parts was asked for. */
export function logEvent(row: JsonObject, n: number, setting: RowSetting): JsonObject {
  const { time, ip, user_agent, ids, host, path, query, referrer, request_id, user, ...rest } = row;
  const known = isObject(ids) ? ids : {};
  const { userId, anonymousId, ...others } = known;
  const search = typeof query === 'string' && query !== '' ? `?${query}` : undefined;
  const address = { path, ...(search !== undefined && { search }), ...(referrer !== undefined && { referrer }) };
  const isAsset = typeof path === 'string' && ASSET.test(path);
  // A request has an id of its own where the log says it; that it is in two files of log makes it no second request.
  const natural = typeof request_id === 'string' && request_id !== '' && setting.key === undefined;
  return {
    type: 'track',
    event: setting.event ?? (isAsset ? 'Asset Requested' : 'Page Requested'),
    messageId: natural ? `f_${shortHash(`${setting.source_id}|request|${request_id}`)}` : rowId(row, n, setting),
    ...(time !== undefined && { timestamp: time }),
    ...(userId !== undefined && { userId }),
    ...(anonymousId !== undefined && { anonymousId }),
    properties: { ...rest, ...address, ...(host !== undefined && { host }) },
    context: {
      page: address,
      ...(ip !== undefined && { ip }),
      ...(user_agent !== undefined && { userAgent: user_agent }),
      ...(Object.keys(others).length > 0 && {
        externalIds: Object.entries(others).map(([type, id]) => ({ type, id })),
      }),
    },
  };
}
