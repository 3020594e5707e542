import { type JsonObject, objectOr } from '../json.ts';
import { firstWord } from './hook-events.ts';

/** Who an event is about, in Segment's places. */
export interface Who {
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly context: JsonObject;
}

/**
 * Who is named in data of no particular format: `userId`, `anonymousId`, `email`, `phone`, `externalIds` and their usual spellings, at the top of
 * it. Anything deeper, or by other names, is for the source's mapping: a guess about who somebody is can join two people.
 */
export function whoIn(data: JsonObject): Who {
  const userId = firstWord(data.userId, data.user_id, data.userid);
  const anonymousId = firstWord(data.anonymousId, data.anonymous_id, data.anonymousid);
  const traits = {
    ...contact('email', data),
    ...contact('phone', data, 'mobile'),
    ...objectOr(objectOr(data.context).traits),
  };
  const ids = data.externalIds ?? data.external_ids;
  return {
    ...(userId !== undefined && { userId }),
    ...(anonymousId !== undefined && { anonymousId }),
    context: {
      ...objectOr(data.context),
      ...(Object.keys(traits).length > 0 && { traits }),
      ...(Array.isArray(ids) && { externalIds: ids }),
    },
  };
}

function contact(name: string, data: JsonObject, ...others: readonly string[]): JsonObject {
  const value = firstWord(data[name], ...others.map((other) => data[other]));
  return value === undefined ? {} : { [name]: value };
}

/** Whether anybody is named, by whatever identifier. */
export const isNamed = ({ userId, anonymousId, context }: Who): boolean =>
  userId !== undefined ||
  anonymousId !== undefined ||
  context.externalIds !== undefined ||
  context.traits !== undefined;
