import type { RawHead } from '../../schemas/event.ts';
import type { Finding } from '../../schemas/reasons.ts';
import { isFinding } from '../shared/finding.ts';
import { isObject } from '../shared/json.ts';
import { checkJson } from '../shared/json-limits.ts';
import type { MappingContext } from '../shared/mapping/functions.ts';
import type { CompiledMapping } from '../shared/mapping/mapping.ts';
import { type CleanResult, cleanOpened, type Item, openRecord } from './clean.ts';
import type { CleanDeps } from './draft.ts';

/** Cleaning where sources have mappings. */
export interface MappingDeps extends CleanDeps {
  /** The mapping in force under a name; absent where no source has one. @throws what its store throws */
  mappingOf?(name: string): Promise<CompiledMapping | undefined>;
  /** Milliseconds since some moment; without it, mapping one record may take as long as it likes. */
  elapsedMs?(): number;
}

/** What mapping the events of one record may take, ms: a slow mapping must not hold up its batch, and every event may come again. */
export const MAX_MAPPING_MS = 5_000;

/**
 * Cleans one raw record as `cleanRecord` does, its events mapped first where their source has a mapping. What cannot be mapped goes into
 * quarantine as it was decoded, so that a replay maps it anew.
 * @throws what `mappingOf` throws; then nothing may be taken as done
 */
export async function cleanMapped(record: Uint8Array, deps: MappingDeps): Promise<CleanResult> {
  const opened = openRecord(record, deps);
  if (!('items' in opened)) return opened;
  const { source } = opened.head;
  if (source.mapping === undefined || deps.mappingOf === undefined) return cleanOpened(opened, deps);
  const mapping = await deps.mappingOf(source.mapping);
  const context = contextOf(opened.head);
  const items: Item[] = [];
  let dropped = 0;
  const began = deps.elapsedMs?.() ?? 0;
  for (const item of opened.items) {
    const isLate = (deps.elapsedMs?.() ?? 0) - began > MAX_MAPPING_MS;
    const by = isLate ? tooSlow(source.mapping) : (mapping ?? notThere(source.mapping));
    const mapped = await mapItem(typed(item, opened.arrival.route), by, context);
    if (mapped.length === 0) dropped += 1;
    items.push(...mapped);
  }
  // A mapping says of each event what type it is, whatever the path named.
  const arrival = { ...opened.arrival, route: 'batch' };
  const version = mapping && { mappingVersion: mapping.version };
  const result = cleanOpened({ ...opened, items, arrival, ...version }, deps);
  return dropped === 0 ? result : { ...result, dropped };
}

const contextOf = ({ source, received_at }: RawHead): MappingContext => {
  const { source_id, channel, time_zone, default_region, app_id } = source;
  return { source_id, channel, time_zone, default_region, app_id, received_at };
};

/** With the type that its path named: the mapping sees it in the event, and so does a replay. */
function typed(item: Item, route: string): Item {
  if (route === 'batch' || !isObject(item.whole)) return item;
  const whole = { ...item.whole, type: route };
  return { ...item, whole, event: whole };
}

async function mapItem(
  item: Item,
  mapping: CompiledMapping | Finding,
  context: MappingContext,
): Promise<readonly Item[]> {
  if (!isObject(item.whole)) return [item];
  const finding = isFinding(mapping) ? mapping : checkJson(item.whole, Number.POSITIVE_INFINITY);
  if (finding !== undefined || isFinding(mapping)) return [{ ...item, ...(finding && { finding }) }];
  const mapped = await mapping.map(item.whole, context);
  if (isFinding(mapped)) return [{ ...item, finding: mapped }];
  return mapped.map((event) => ({ ...item, event, measured: event }));
}

const notThere = (name: string): Finding => ({
  reason: 'mapping_failed',
  field: '',
  detail: `The source names the mapping "${name}", which does not exist.`,
});

const tooSlow = (name: string): Finding => ({
  reason: 'mapping_failed',
  field: '',
  detail: `The mapping "${name}" had taken ${MAX_MAPPING_MS} ms for the events before this one; make it faster, then replay.`,
});
