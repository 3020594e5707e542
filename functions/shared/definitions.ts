import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import abandoned from '../../schemas/campaigns/cart-left-30-minutes.json' with { type: 'json' };
import visit from '../../schemas/campaigns/store-visit-offline-code.json' with { type: 'json' };
import viewed from '../../schemas/campaigns/viewed-three-days-coupon.json' with { type: 'json' };
import { CampaignDefinition, TagDefinition } from '../../schemas/definition.ts';
import survivorship from '../../schemas/survivorship.json' with { type: 'json' };
import tags from '../../schemas/tags/retail.json' with { type: 'json' };
import { faultOf } from './definition-fault.ts';
import { type RegisterSpec, registerSpec } from './profile/register-spec.ts';
import { type CompiledSurvivorship, compileSurvivorship, LATEST_WINS } from './profile/survivorship.ts';
import { tagRegisters } from './profile/tag-registers.ts';

/** Everything that is computed about persons, compiled once. */
export interface Definitions {
  readonly tags: readonly TagDefinition[];
  readonly campaigns: readonly CampaignDefinition[];
  /** Registers that the definitions need, one per distinct key. */
  readonly registers: readonly RegisterSpec[];
  /** Which source is believed about which trait. */
  readonly survivorship: CompiledSurvivorship;
}

const tagValidator = Compile(TagDefinition);
const campaignValidator = Compile(CampaignDefinition);

/** A definition is wrong; the message names the definition, the field and what was expected. */
export class DefinitionError extends Error {
  override name = 'DefinitionError';
}

function check<T>(validator: { Check(v: unknown): v is T }, schema: TSchema, value: unknown): T {
  if (validator.Check(value)) return value;
  const id = (value as { id?: unknown } | null)?.id;
  const { at, message } = faultOf(schema, value);
  throw new DefinitionError(`Definition ${JSON.stringify(id)}: ${at} ${message}.`);
}

interface CampaignRegisters {
  readonly trigger: RegisterSpec;
  readonly unless: readonly RegisterSpec[];
  readonly only_if: readonly RegisterSpec[];
}

const campaignSpecs = new WeakMap<CampaignDefinition, CampaignRegisters>();

/** The registers that one campaign reads: its trigger, its cancel conditions, its preconditions. Worked out once. */
export function campaignRegisters(campaign: CampaignDefinition): CampaignRegisters {
  const known = campaignSpecs.get(campaign);
  if (known) return known;
  const { trigger: t } = campaign;
  const specs = {
    trigger:
      t.kind === 'streak_days'
        ? registerSpec('days', t.event, { channel: t.channel, by: t.by })
        : registerSpec('last', t.event, { channel: t.channel }),
    unless: campaign.unless.map((u) => registerSpec('last', u.event, { channel: u.channel, by: u.by })),
    only_if: campaign.only_if.map((o) => registerSpec('days', o.event, { channel: o.channel })),
  };
  campaignSpecs.set(campaign, specs);
  return specs;
}

/**
 * Validates and compiles definitions. Without survivorship the latest declaration of a trait wins.
 * @throws DefinitionError naming the definition and field that is wrong, an id that is used twice, or a wait that does not
 *   go with its trigger.
 */
export function compileDefinitions(
  tagFiles: readonly unknown[],
  campaignFiles: readonly unknown[],
  survivorship: CompiledSurvivorship = LATEST_WINS,
): Definitions {
  const tagDefinitions = tagFiles.map((value) => check<TagDefinition>(tagValidator, TagDefinition, value));
  const campaigns = campaignFiles.map((value) =>
    check<CampaignDefinition>(campaignValidator, CampaignDefinition, value),
  );
  for (const list of [tagDefinitions, campaigns]) {
    const seen = new Set<string>();
    for (const { id } of list) {
      if (seen.has(id)) throw new DefinitionError(`Definition "${id}" exists twice; ids must be unique.`);
      seen.add(id);
    }
  }
  for (const { id, trigger, wait } of campaigns) {
    if (trigger.kind !== 'streak_days' || wait.kind === 'local_time') continue;
    throw new DefinitionError(
      `Definition "${id}": /wait/kind must be local_time, because days, not minutes, complete a streak.`,
    );
  }
  const registers = new Map<string, RegisterSpec>();
  for (const tag of tagDefinitions) {
    for (const spec of tagRegisters(tag)) registers.set(spec.key, spec);
  }
  for (const campaign of campaigns) {
    const { trigger, unless, only_if } = campaignRegisters(campaign);
    for (const spec of [trigger, ...unless, ...only_if]) registers.set(spec.key, spec);
  }
  return { tags: tagDefinitions, campaigns, registers: [...registers.values()], survivorship };
}

/** The definitions that ship in `schemas/`. */
export const loadDefinitions = (): Definitions =>
  compileDefinitions(tags, [viewed, abandoned, visit], compileSurvivorship(survivorship));
