import type { Compile } from 'typebox/compile';
import type { EventType } from '../../schemas/event.ts';
import type { PlannedEvent } from '../../schemas/tracking-plan.ts';

/** One planned event, ready to check what came. */
export interface CompiledEvent {
  readonly validator: Pick<ReturnType<typeof Compile>, 'Check' | 'Errors'>;
  /** Top-level properties that the plan marks `x-personal`. */
  readonly personal: ReadonlySet<string>;
  readonly role: PlannedEvent['role'];
}

/** A tracking plan made fast to look up and to check. */
export interface CompiledPlan {
  /** Track events by their name; pages, screens and identifies by their type. */
  find(type: EventType, name: string): CompiledEvent | undefined;
}
