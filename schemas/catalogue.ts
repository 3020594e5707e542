import type { TSchema } from 'typebox';
import { Decision, Message, Timer } from './decision.ts';
import { CampaignDefinition, TagDefinition } from './definition.ts';
import { CleanEvent, QuarantinedEvent, RawHead, Source } from './event.ts';
import { Evidence } from './evidence.ts';
import { Identifier, IdentityRules } from './identifier.ts';
import { MappingDefinition } from './mapping.ts';
import { MatchReview } from './match.ts';
import { Person } from './profile.ts';
import { QualityRules } from './quality.ts';
import { SourceDefinition } from './source.ts';
import { Survivorship } from './survivorship.ts';
import { TrackingPlan } from './tracking-plan.ts';

export interface VersionedSchema {
  readonly schema: TSchema;
  /** Goes up with every change that would refuse what the schema accepted, or take away what readers rely on. */
  readonly version: number;
}

/**
 * Every contract that is stored, sent or written by hand, under the name of its folder in `examples/`. A test compares
 * each with what was published as its version in `fingerprints.json`: a breaking change needs a new version.
 */
export const CATALOGUE: Readonly<Record<string, VersionedSchema>> = {
  'raw-head': { schema: RawHead, version: 1 },
  'clean-event': { schema: CleanEvent, version: 1 },
  'quarantined-event': { schema: QuarantinedEvent, version: 1 },
  identifier: { schema: Identifier, version: 1 },
  'identity-rules': { schema: IdentityRules, version: 1 },
  'match-review': { schema: MatchReview, version: 1 },
  evidence: { schema: Evidence, version: 1 },
  person: { schema: Person, version: 1 },
  decision: { schema: Decision, version: 1 },
  timer: { schema: Timer, version: 1 },
  message: { schema: Message, version: 1 },
  tag: { schema: TagDefinition, version: 1 },
  campaign: { schema: CampaignDefinition, version: 1 },
  survivorship: { schema: Survivorship, version: 1 },
  'tracking-plan': { schema: TrackingPlan, version: 1 },
  mapping: { schema: MappingDefinition, version: 1 },
  'quality-rules': { schema: QualityRules, version: 1 },
  source: { schema: Source, version: 1 },
  'source-definition': { schema: SourceDefinition, version: 1 },
};
