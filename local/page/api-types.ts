/** What the page reads from the API, for the type checker only: no browser loads this file. */

import type { Static } from 'typebox';
import type { Decision, Message } from '../../schemas/decision.ts';
import type { Evidence } from '../../schemas/evidence.ts';
import type { WaterfallSteps as Steps } from '../../schemas/match.ts';
import type { Person } from '../../schemas/profile.ts';
import type { QualityAlarm, QualityReport, QualityRow } from '../../schemas/quality-report.ts';

export type { Decision, Message, Person, QualityAlarm, QualityReport, QualityRow };
export type WaterfallSteps = Static<typeof Steps>;

export interface Stats {
  status: 'seeding' | 'ready';
  /** 0..1 while seeding. */
  progress: number;
  now: string;
  clock_offset_ms: number;
  url: string;
  public_key: string;
  stages: {
    collect: { requests: number; accepted: number; refused: number };
    clean: { events: number; quarantined: number; flags: number };
    stitch: { events: number; duplicates: number; persons: number; merges: number };
    lake: { rows: number; files: number; pending: number };
    fire: { armed: number; sent: number; not_sent: number };
  };
  quarantine: { reason: string; title: string; fix: string; count: number }[];
  decisions: DecisionCount[];
  refused: { reason: string; title: string; count: number }[];
}

export interface DecisionCount {
  campaign: string;
  outcome: string;
  reason: string;
  count: number;
}

export interface LiveEvent {
  kind: 'event';
  at: string;
  source_id: string;
  channel: string;
  name: string;
  type: string;
  outcome: 'accepted' | 'duplicate' | 'quarantined';
  reason?: string;
  one_id?: string;
  owner?: string;
}

export interface LiveDecision {
  kind: 'decision';
  at: string;
  campaign: string;
  one_id: string;
  subject: string;
  outcome: string;
  reason: string;
}

export type LiveMessage =
  | LiveEvent
  | LiveDecision
  | { kind: 'person'; at: string; change: 'created' | 'merged' | 'split'; one_id: string }
  | { kind: 'stats'; stats: Stats }
  | { kind: 'clock'; now: string };

export interface PersonRow {
  one_id: string;
  identifiers: string[];
  last_seen: string;
  events: number;
  name?: string;
}

export interface TimelineEvent {
  event_id: string;
  name: string;
  type: string;
  channel: string;
  source_id: string;
  occurred_at: string;
  owner: string;
  properties: Record<string, unknown>;
}

/** A piece of evidence, with who declared it where somebody did. */
export interface Told extends Evidence {
  declared?: { by: string; why: string };
}

export interface Explanation {
  same_person: boolean;
  /** Weakest first. */
  path: Told[];
  rejected: (Told & { reason: string })[];
  apart: (Told & { holds: boolean })[];
}

export interface AuditRow {
  event_id: string;
  occurred_at: string;
  received_at: string;
  action: string;
  actor: string;
  why: string;
  identifiers: string[];
}

export interface ReviewRow {
  review_id: string;
  status: 'open' | 'accepted' | 'rejected' | 'settled';
  a: string;
  b: string;
  confidence: number;
  decided_at: string | null;
  decided_by: string | null;
  why: string | null;
}

export interface ReviewSide {
  identifier: string;
  one_id: string | null;
  record: Record<string, string>;
}

export interface Review extends ReviewRow {
  same_person: boolean;
  may_join: boolean;
  left: ReviewSide;
  right: ReviewSide;
  waterfall: WaterfallSteps;
}

export interface QuarantineGroup {
  group_id: string;
  source_id: string;
  reason: string;
  field: string;
  event_name: string;
  /** The detail without values. */
  shape: string;
  title: string;
  fix: string;
  entries: number;
  open: number;
  first_seen: string;
  last_seen: string;
  examples: { first_seen: string; detail: string | null }[];
  /** The body of a replay of this cause. */
  replay: Record<string, string>;
}

export interface ReplayReport {
  matched: number;
  fed: number;
  dry_run: boolean;
  tried?: {
    passes: number;
    untried: number;
    fails: { reason: string; title: string; field: string; shape: string; entries: number }[];
  };
}

export interface SqlAnswer {
  columns: string[];
  rows: unknown[][];
  truncated?: boolean;
}
