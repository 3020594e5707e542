/** What the page reads from the API, for the type checker only: no browser loads this file. */
import type { Decision, Message } from '../../schemas/decision.ts';
import type { Evidence } from '../../schemas/evidence.ts';
import type { Person } from '../../schemas/profile.ts';

export type { Decision, Message, Person };

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

export interface Explanation {
  path: Pick<Evidence, 'a' | 'b' | 'kind' | 'verified' | 'confidence' | 'first_seen' | 'source_id'>[];
  rejected: { a: string; b: string; reason: string; detail: string }[];
}

export interface QuarantineItem {
  quarantine_id: string;
  source_id: string;
  reason: string;
  field: string;
  detail: string;
  first_seen: string;
  event_name?: string;
}

export interface SqlAnswer {
  columns: string[];
  rows: unknown[][];
  truncated?: boolean;
}
