import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withShared } from '../../../../functions/clean/fields.ts';
import { cleanMapped, type MappingDeps } from '../../../../functions/clean/mapped.ts';
import { compilePlan } from '../../../../functions/clean/plan.ts';
import { isFinding } from '../../../../functions/shared/finding.ts';
import { isObject, type JsonObject } from '../../../../functions/shared/json.ts';
import { functionsOf, type MappingContext } from '../../../../functions/shared/mapping/functions.ts';
import { type CompiledMapping, compileMapping } from '../../../../functions/shared/mapping/mapping.ts';
import { decoderOf } from '../../../../functions/shared/protocols/decoders.ts';
import { encodeRaw } from '../../../../functions/shared/raw-record.ts';
import { checkEvent } from '../../../../functions/shared/segment-limits.ts';
import type { Source } from '../../../../schemas/event.ts';
import type { MappingDefinition } from '../../../../schemas/mapping.ts';
import retail from '../../../../schemas/plans/retail.json' with { type: 'json' };
import type { TrackingPlan } from '../../../../schemas/tracking-plan.ts';
import { Dice } from '../../../support/dice.ts';
import { mutateJson } from '../../../support/fuzz.ts';
import { ARRIVAL, CLEAN_DEPS, SERVER } from '../../../support/ingest.ts';
import { payloadSeeds } from '../../../support/protocol-seeds.ts';
import { ROOT } from '../../../support/source-tree.ts';

/** What a sample makes of events as they are after decoding, beside it in `examples/`. */
interface Examples {
  readonly protocol: string;
  readonly source: Pick<Source, 'source_id' | 'channel' | 'default_region' | 'time_zone' | 'app_id'>;
  readonly examples: readonly { readonly before: JsonObject; readonly after: readonly JsonObject[] }[];
}

const FOLDER = join(ROOT, 'schemas/mappings');
const read = (file: string): unknown => JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace('.json', ''));

const SAMPLES = NAMES.map((name) => {
  const { protocol, source, examples } = read(`examples/${name}.json`) as Examples;
  return { name, definition: read(`${name}.json`) as MappingDefinition, protocol, source, examples };
});

const contextOf = (source: Examples['source']): MappingContext => ({ ...source, received_at: ARRIVAL });
const arrival = { route: 'batch', bytes: Number.POSITIVE_INFINITY, sender: 'secret' } as const;

/** As clean takes it in: decoded, mapped, and held against the plan that ships. */
async function cleaned(
  event: JsonObject,
  { source, mapping }: { source: Examples['source']; mapping: CompiledMapping },
) {
  const deps: MappingDeps = {
    ...CLEAN_DEPS,
    plan: compilePlan(retail as TrackingPlan),
    mappingOf: async () => mapping,
  };
  const head = { v: 1 as const, protocol: 'segment', route: 'batch', request_id: 'r1', received_at: ARRIVAL };
  const known = { ...head, source: { ...SERVER, ...source, mapping: mapping.name } };
  return cleanMapped(encodeRaw(known, Buffer.from(JSON.stringify({ batch: [event] }))), deps);
}

describe.each(SAMPLES)('the sample $name', ({ name, definition, source, examples, protocol }) => {
  it('has its own name, and two examples or more', () => {
    expect(definition.mapping).toBe(name);
    expect(examples.length).toBeGreaterThanOrEqual(2);
    expect(decoderOf(protocol)).toBeDefined();
  });

  it('makes of each example what stands beside it, and nothing else the second time', async () => {
    const mapping = await compileMapping(definition);
    for (const { before, after } of examples) {
      expect(await mapping.map(before, contextOf(source))).toEqual(after);
      expect(await mapping.map(before, contextOf(source))).toEqual(after);
    }
  });

  it('makes events that are taken in, as the tracking plan has them', async () => {
    const mapping = await compileMapping(definition);
    for (const { before, after } of examples) {
      for (const event of after) expect(checkEvent(event, arrival)).toBeUndefined();
      const { events, quarantined, dropped = 0 } = await cleaned(before, { source, mapping });
      expect(quarantined).toEqual([]);
      expect(events).toHaveLength(after.length);
      expect(dropped).toBe(after.length === 0 ? 1 : 0);
      expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(after.length);
    }
  });

  it('reads whatever clients of its protocol were recorded to send', async () => {
    const mapping = await compileMapping(definition);
    const decode = decoderOf(protocol);
    let read = 0;
    for (const payload of await payloadSeeds(protocol)) {
      const unpacked = decode?.(payload, { ...SERVER, ...source });
      if (unpacked === undefined || isFinding(unpacked)) continue;
      for (const item of unpacked.items) {
        if (!isObject(item) || checkEvent(item, arrival) !== undefined) continue;
        const event = withShared(item, unpacked.shared);
        read += 1;
        const result = await mapping.map(event, contextOf(source));
        expect(isFinding(result) ? [result, event] : undefined).toBeUndefined();
        const wrong = isFinding(result) ? [] : result.map((mapped) => checkEvent(mapped, arrival)).filter(Boolean);
        expect(wrong).toEqual([]);
      }
    }
    // Rows come out of files; no client sends them.
    if (protocol !== 'rows') expect(read).toBeGreaterThan(0);
  });

  it('ends in events or in a finding, whatever comes', async () => {
    const mapping = await compileMapping(definition);
    const dice = new Dice(20261122);
    for (let run = 0; run < 150; run += 1) {
      let event: unknown = examples[dice.below(examples.length)]?.before;
      for (let n = 1 + dice.below(4); n > 0; n -= 1) event = mutateJson(event, dice);
      if (!isObject(event)) continue;
      const result = await mapping.map(event, contextOf(source));
      if (isFinding(result)) expect(result.reason).toBe('mapping_failed');
      else expect(result.every(isObject)).toBe(true);
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

/** What mappings are for, each as it is written in an expression, or as it shows in what a sample does. */
const TECHNIQUES: readonly (readonly [string, (sample: (typeof SAMPLES)[number]) => boolean])[] = [
  ['rename', ({ definition }) => /"product_id": (?:\$string\()?(?:\$p\.id|material)/.test(definition.expression)],
  ['path', ({ definition }) => /\$order\.customer\.no/.test(definition.expression)],
  ['constant', ({ definition }) => /"currency": "CNY"/.test(definition.expression)],
  ['template', ({ definition }) => /"[A-Z]+-" & /.test(definition.expression)],
  ['dates with zone and format', ({ definition }) => /\$instant\([^;]+"dd\.MM\.yyyy/.test(definition.expression)],
  ['lookup of a name', ({ definition }) => /"event": \$table\(/.test(definition.expression)],
  ['split', ({ examples }) => examples.some(({ after }) => new Set(after.map(({ event }) => event)).size > 1)],
  ['filter of events', ({ examples }) => examples.some(({ after }) => after.length === 0)],
  ['filter of what is in one', ({ definition }) => /\$sift\(|\[qty > 0\]|\$filter\(/.test(definition.expression)],
  ['coalesce', ({ definition }) => /\?\? /.test(definition.expression)],
  ['conditional', ({ definition }) => /\? [^:?]+: /.test(definition.expression)],
];

describe('the samples together', () => {
  it('stand for every channel that has one', () => {
    const protocols = new Set(SAMPLES.map(({ protocol }) => protocol));
    expect(NAMES).toHaveLength(18);
    expect([...protocols].sort()).toEqual(
      'cloudevents doudian douyin growingio jos posthog rows segment sensors shopify snowplow tmc wechat wecom youzan'.split(
        ' ',
      ),
    );
    expect(readdirSync(join(FOLDER, 'examples')).sort()).toEqual(NAMES.map((name) => `${name}.json`).sort());
  });

  it.each(TECHNIQUES)('show %s', (_, shows) => {
    expect(SAMPLES.filter(shows).map(({ name }) => name)).not.toEqual([]);
  });

  it('use every function that mappings have, apart from those that only refuse and the clock', () => {
    const [{ definition, source }] = SAMPLES as [(typeof SAMPLES)[number]];
    const names = Object.keys(functionsOf(definition, () => contextOf(source)));
    const unused = ['now', 'millis', 'random', 'shuffle', 'eval'];
    const expressions = SAMPLES.map((sample) => sample.definition.expression).join('\n');
    const missing = names.filter((name) => !unused.includes(name) && !expressions.includes(`$${name}(`));
    expect(missing).toEqual([]);
    expect(expressions).toContain('$source.');
  });
});
