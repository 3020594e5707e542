import { isObject, type JsonObject, objectOr } from '../shared/json.ts';
import { eventType, MAX_NAME_CHARS } from '../shared/segment-limits.ts';
import type { Step } from './draft.ts';

/** Raised whenever the same input would map to other fields. */
export const MAPPING_VERSION = 1;

/** Maps Segment's fields to ours: type, name, properties, traits and context. */
export const mapFields: Step = (draft, { arrival }) => {
  const { item } = draft;
  draft.type = eventType(item, arrival.route) ?? 'track';
  draft.context = objectOr(item.context);
  draft.properties = propertiesOf(item, draft.type);
  draft.traits = draft.type === 'identify' ? { ...traitsOf(draft.context), ...objectOr(item.traits) } : {};
  draft.name = nameOf(item, draft.type, draft.properties);
  return undefined;
};

/** Traits that a client attaches to every event; RudderStack's browser SDK sends those of identify only here. */
export const traitsOf = (context: JsonObject): JsonObject => objectOr(context.traits);

/** A group's id and traits describe the group, not the person, so they are properties of the event. */
function propertiesOf(item: JsonObject, type: string): JsonObject {
  const properties = objectOr(item.properties);
  if (type === 'group') return { ...objectOr(item.traits), ...properties, groupId: item.groupId ?? null };
  if ((type === 'page' || type === 'screen') && typeof item.category === 'string' && !('category' in properties)) {
    return { ...properties, category: item.category };
  }
  return properties;
}

/** The event's name for track, the page's or screen's name, else the type. */
function nameOf(item: JsonObject, type: string, properties: JsonObject): string {
  const own =
    type === 'track' ? item.event : type === 'page' || type === 'screen' ? (item.name ?? properties.name) : type;
  const name = typeof own === 'string' ? own.trim().slice(0, MAX_NAME_CHARS) : '';
  return name === '' ? type : name;
}

/** The event as its batch means it: what the batch declares for all, overridden by what the event says itself. */
export function withShared(
  item: JsonObject,
  shared: { readonly context?: JsonObject; readonly integrations?: unknown; readonly sentAt?: unknown },
): JsonObject {
  const { context, integrations, sentAt } = shared;
  if (context === undefined && integrations === undefined && sentAt === undefined) return item;
  const merged: JsonObject = { ...item };
  if (context !== undefined) merged.context = isObject(item.context) ? { ...context, ...item.context } : context;
  if (integrations !== undefined) {
    merged.integrations = { ...objectOr(integrations), ...objectOr(item.integrations) };
  }
  if (sentAt !== undefined && (item.sentAt === undefined || item.sentAt === null)) merged.sentAt = sentAt;
  return merged;
}
