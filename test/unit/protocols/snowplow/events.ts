import { decode } from '../../../../functions/shared/protocols/snowplow/decode.ts';

export const AT = 1_795_314_680_511;
export const BASE = { eid: 'e-1', aid: 'shop', p: 'web', duid: 'd-1', dtm: String(AT), stm: String(AT + 20) };
export const SNOWPLOW = 'iglu:com.snowplowanalytics.snowplow';
export const ECOMMERCE = `${SNOWPLOW}.ecommerce`;

/** Data with the schema that describes it. */
export const entity = (schema: string, data: object) => ({ schema: `${schema}/jsonschema/1-0-0`, data });

/** Parameters of a self-describing event. */
export const unstruct = (schema: string, data: object) => ({
  e: 'ue',
  ue_pr: JSON.stringify(entity(`${SNOWPLOW}/unstruct_event`, entity(schema, data))),
});

export const contexts = (...entities: object[]) => ({
  co: JSON.stringify(entity(`${SNOWPLOW}/contexts`, entities)),
});

export const bodyOf = (...data: object[]): Buffer => Buffer.from(JSON.stringify({ data }));

/** What decoding made of one event, as JSON. */
export interface Decoded {
  readonly type: string;
  readonly event?: string;
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly properties?: object;
  readonly context: {
    readonly app: object;
    readonly externalIds?: readonly object[];
    readonly entities?: readonly object[];
  };
}

/** What one event is decoded to. */
export function decoded(event: object, params: Record<string, string> = {}): Decoded[] {
  const result = decode({ route: 'tp2', body: bodyOf({ ...BASE, ...event }), params }, undefined);
  if ('reason' in result) throw new Error(result.detail);
  return JSON.parse(JSON.stringify(result.items));
}

/** The only one. */
export function decodedOne(event: object, params: Record<string, string> = {}): Decoded {
  const [first, ...more] = decoded(event, params);
  if (first === undefined || more.length > 0) throw new Error(`Expected one event, got ${more.length + 1}.`);
  return first;
}
