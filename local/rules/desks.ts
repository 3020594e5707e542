import type { RulesPreview } from '../../functions/shared/person/preview.ts';
import type { RulesState } from './desk.ts';

/** The same calls, whoever has the rules: a server, a data folder, or a table of a deployment. */
export interface Desk {
  state(): Promise<RulesState>;
  diff(rules: unknown): Promise<RulesPreview>;
  apply(rules: unknown, why: string): Promise<RulesPreview>;
  /** Takes up a sweep that was left undone. Resolves when it is over. */
  done(): Promise<RulesState>;
  close(): Promise<void>;
}
