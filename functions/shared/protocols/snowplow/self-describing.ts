import { isObject, type JsonObject, objectOr } from '../../json.ts';

/** Data with the schema that describes it. */
export interface SelfDescribing {
  /** E.g. `iglu:com.acme/view_product/jsonschema/1-0-0`. */
  readonly schema: string;
  /** Of the schema: `com.acme`. */
  readonly vendor: string;
  /** Of the schema: `view_product`. */
  readonly name: string;
  readonly data: JsonObject;
}

/** Entities of one event that are read. */
const MAX_ENTITIES = 100;

const IGLU = /^iglu:([\w.-]{1,100})\/([\w.-]{1,100})\/[\w-]{1,40}\/[\d-]{1,20}$/;

function selfDescribing(value: unknown): SelfDescribing | undefined {
  if (!isObject(value) || typeof value.schema !== 'string') return undefined;
  const [, vendor, name] = IGLU.exec(value.schema) ?? [];
  if (vendor === undefined || name === undefined) return undefined;
  return { schema: value.schema, vendor, name, data: objectOr(value.data) };
}

/** JSON that is plain in one parameter, or base64url in another. */
function jsonOf(plain: unknown, encoded: unknown): unknown {
  const text = typeof plain === 'string' ? plain : typeof encoded === 'string' ? fromBase64(encoded) : undefined;
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fromBase64 = (text: string): string => Buffer.from(text, 'base64url').toString('utf8');

/** The event within an `unstruct_event`; undefined where there is none that can be read. */
export const readUnstruct = ({ ue_pr, ue_px }: JsonObject): SelfDescribing | undefined =>
  selfDescribing(objectOr(jsonOf(ue_pr, ue_px)).data);

/** The entities within `contexts`; one that cannot be read is passed over. */
export function readEntities({ co, cx }: JsonObject): SelfDescribing[] {
  const { data } = objectOr(jsonOf(co, cx));
  const entities = Array.isArray(data) ? data.slice(0, MAX_ENTITIES) : [];
  return entities.map(selfDescribing).filter((entity) => entity !== undefined);
}

/** Data of the first entity of a name; empty where there is none. */
export const entityData = (entities: readonly SelfDescribing[], name: string): JsonObject =>
  entities.find((entity) => entity.name === name)?.data ?? {};
