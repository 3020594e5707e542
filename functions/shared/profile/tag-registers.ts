import type { TagDefinition } from '../../../schemas/definition.ts';
import { type RegisterSpec, registerSpec } from './register-spec.ts';

function registersOf({ measure: m }: TagDefinition): readonly [RegisterSpec, ...RegisterSpec[]] {
  const { event, channel } = m;
  const windowed = 'window_days' in m && m.window_days !== undefined;
  switch (m.kind) {
    case 'streak_days':
      return [registerSpec('days', event, { channel, by: m.by })];
    case 'count':
      return [registerSpec(windowed ? 'days' : 'count', event, { channel })];
    case 'distinct_days':
      return [registerSpec('dates', event, { channel })];
    case 'hour':
      return [registerSpec('hours', event, { channel })];
    case 'absent':
      return [registerSpec('last', event, { channel })];
    case 'first':
    case 'last':
      return [registerSpec(m.kind, event, { channel, property: m.property })];
    case 'sum':
    case 'average': {
      const money = { channel, property: m.property, currency: m.currency };
      const sum = registerSpec(windowed ? 'sum' : 'total', event, money);
      return m.kind === 'sum' ? [sum] : [sum, registerSpec(windowed ? 'days' : 'count', event, money)];
    }
    case 'min':
    case 'max': {
      const kind = windowed ? (`day_${m.kind}` as const) : m.kind;
      return [registerSpec(kind, event, { channel, property: m.property, currency: m.currency })];
    }
    case 'distinct':
    case 'top':
    case 'has': {
      const kind = m.kind === 'has' ? 'set' : m.kind;
      return [registerSpec(windowed ? 'days' : kind, event, { channel, by: m.property })];
    }
  }
}

const known = new WeakMap<TagDefinition, readonly [RegisterSpec, ...RegisterSpec[]]>();

/**
 * The registers that one tag reads. A window is served by a register per local day; without one, a register for all time is smaller
 * and never forgets. Worked out once.
 */
export function tagRegisters(tag: TagDefinition): readonly [RegisterSpec, ...RegisterSpec[]] {
  let specs = known.get(tag);
  if (specs === undefined) {
    specs = registersOf(tag);
    known.set(tag, specs);
  }
  return specs;
}
