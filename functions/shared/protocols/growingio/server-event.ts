import { contentHash, type JsonObject, objectOr } from '../../json.ts';
import { compact, statedTime } from '../shape.ts';
import { attributesOf } from './attributes.ts';

/**
 * An event of GrowingIO's Java SDK: `{t, tm, n, num, var, cs1}`. It has no id, so cleaning makes one of its content: the four attempts
 * of the SDK are one event. One that names nobody belongs to a visitor of its own, whom nothing else is known of.
 */
export function serverEvent(event: JsonObject): JsonObject {
  const { n, tm, num, cs1 } = event;
  const isNamed = cs1 !== undefined && cs1 !== null && cs1 !== '';
  return compact({
    type: 'track',
    event: n,
    ...(isNamed ? { userId: cs1 } : { anonymousId: `growingio-${contentHash(event)}` }),
    timestamp: statedTime(tm),
    properties: { ...attributesOf(objectOr(event.var)), ...compact({ num }) },
    context: { library: { name: 'growingio-java' } },
  });
}
