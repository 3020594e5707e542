import type { Source } from '../../../schemas/event.ts';
import { isFinding } from '../finding.ts';
import { isObject, type JsonObject, kindOf } from '../json.ts';
import { checkEvent } from '../segment-limits.ts';
import type { MappingContext } from './functions.ts';
import type { CompiledMapping } from './mapping.ts';

/** Events that one preview looks at. */
export const MAX_PREVIEW_EVENTS = 500;

/** What a mapping would make of one event. */
export interface Previewed {
  readonly before: unknown;
  readonly after: readonly JsonObject[];
  /** `mapped`, `dropped`, or the reason for which it would be quarantined. */
  readonly outcome: string;
  readonly detail?: string;
}

export interface PreviewReport {
  readonly looked: number;
  /** Events by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly events: readonly Previewed[];
}

/** What a mapping makes of events, before it is put in force; nothing is stored. */
export async function previewMapping(
  mapping: CompiledMapping,
  events: readonly unknown[],
  { source, received_at }: { readonly source: Source; readonly received_at: string },
): Promise<PreviewReport> {
  const { source_id, channel, time_zone, default_region, app_id } = source;
  const context: MappingContext = { source_id, channel, time_zone, default_region, app_id, received_at };
  const shown: Previewed[] = [];
  for (const before of events) shown.push(await previewed(mapping, before, { context, source }));
  const outcomes: Record<string, number> = {};
  for (const { outcome } of shown) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return { looked: shown.length, outcomes, events: shown };
}

async function previewed(
  mapping: CompiledMapping,
  before: unknown,
  { context, source }: { readonly context: MappingContext; readonly source: Source },
): Promise<Previewed> {
  if (!isObject(before)) {
    return { before, after: [], outcome: 'not_an_object', detail: `Expected an object, got ${kindOf(before)}.` };
  }
  const after = await mapping.map(before, context);
  if (isFinding(after)) return { before, after: [], outcome: after.reason, detail: after.detail };
  if (after.length === 0) return { before, after, outcome: 'dropped' };
  const arrival = { route: 'batch', bytes: Number.POSITIVE_INFINITY, sender: source.class };
  for (const event of after) {
    const finding = checkEvent(event, arrival);
    if (finding) return { before, after, outcome: finding.reason, detail: `${finding.field} ${finding.detail}`.trim() };
  }
  return { before, after, outcome: 'mapped' };
}
