import type { Source } from '../../schemas/event.ts';
import type { Recording } from './recordings.ts';

/** An event that a recording should end up as. */
export interface ExpectedEvent {
  readonly type: string;
  readonly name: string;
  /** Canonical key of the strongest identifier, personal values left out: `user_id:u-1`. Absent where it is a token. */
  readonly owner?: string;
  /** Absent where it is made from the content. */
  readonly event_id?: string;
}

/** What is expected of a recorded client when its requests are sent again, byte for byte. */
export interface RecordedClient {
  /** Folder under test/recordings. */
  readonly client: string;
  /** What its source has beyond the ordinary. */
  readonly source: Partial<Source>;
  /** Keys and aliases (`sensors:production`, `path:/my/collect/path`) that stand for that source. */
  readonly keys: readonly string[];
  /** Platform secrets of the source, by name. */
  readonly secrets?: Readonly<Record<string, readonly string[]>>;
  /** Status of each answer, in the order of the requests. */
  statuses(recording: Recording): readonly number[];
  /** The distinct events, in any order. */
  events(recording: Recording): readonly ExpectedEvent[];
}
