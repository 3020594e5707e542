import { Compile } from 'typebox/compile';
import type { Finding } from '../../schemas/reasons.ts';
import type { PlannedEvent, TrackingPlan } from '../../schemas/tracking-plan.ts';
import { isObject, type JsonObject, kindOf, pointer } from '../shared/json.ts';
import type { CompiledEvent, CompiledPlan } from './compiled-plan.ts';
import type { Step } from './draft.ts';
import { contactKind, looksPersonal } from './personal.ts';

/**
 * Compiles a tracking plan; do it once.
 * @throws TypeError naming the event whose schema cannot be compiled.
 */
export function compilePlan(plan: TrackingPlan): CompiledPlan {
  const tracks = new Map<string, CompiledEvent>();
  const types = new Map<string, CompiledEvent>();
  for (const [name, planned] of Object.entries(plan.events)) {
    const validator = checked(name, planned);
    const compiled: CompiledEvent = { validator, personal: personalOf(planned), role: planned.role };
    if (planned.type === 'track') tracks.set(name, compiled);
    else if (!types.has(planned.type)) types.set(planned.type, compiled);
  }
  return { find: (type, name) => (type === 'track' ? tracks.get(name) : types.get(type)) };
}

const compileEvent = ({ properties, required }: PlannedEvent) => Compile({ type: 'object', properties, required });

function checked(name: string, planned: PlannedEvent): ReturnType<typeof compileEvent> {
  try {
    return compileEvent(planned);
  } catch (cause) {
    throw new TypeError(`Tracking plan: the properties of "${name}" are not valid JSON Schema. Correct them.`, {
      cause,
    });
  }
}

const personalOf = ({ properties }: PlannedEvent): ReadonlySet<string> =>
  new Set(
    Object.keys(properties).filter((name) => isObject(properties[name]) && properties[name]['x-personal'] === true),
  );

/** Types that the plan is expected to name. */
const PLANNED_TYPES: ReadonlySet<string> = new Set(['track', 'page', 'screen']);

/** Holds the event against the tracking plan. */
export const validate: Step = (draft, { deps }) => {
  const planned = deps.plan.find(draft.type, draft.name);
  if (planned === undefined) {
    if (PLANNED_TYPES.has(draft.type)) draft.flags.push('unplanned_event');
    return undefined;
  }
  const part = draft.type === 'identify' ? 'traits' : 'properties';
  return planned.validator.Check(draft[part]) ? undefined : violation(planned, part, draft[part]);
};

/** Names the first property that breaks the plan. Values of personal properties are not repeated. */
function violation(planned: CompiledEvent, part: string, value: JsonObject): Finding {
  const error = planned.validator.Errors(value)[0];
  const path = (error?.instancePath ?? '').split('/').slice(1).map(unescapePointer);
  if (error?.keyword === 'required') {
    const missing = [...path, error.params.requiredProperties[0] ?? ''];
    const field = pointer(part, ...missing);
    return { reason: 'plan_violation', field, detail: `${field} is required and missing.` };
  }
  const field = pointer(part, ...path);
  const hidden = path.some((name) => planned.personal.has(name) || contactKind(name) !== undefined);
  const got = show(valueAt(value, path), hidden);
  return { reason: 'plan_violation', field, detail: `${field} ${error?.message ?? 'breaks the plan'}, got ${got}.` };
}

const unescapePointer = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.getOwnPropertyDescriptor(at, step)?.value;
  }
  return at;
}

function show(value: unknown, hidden: boolean): string {
  if (hidden || (typeof value !== 'string' && typeof value !== 'number')) return kindOf(value);
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, 40) : value);
  return looksPersonal(text) ? kindOf(value) : `${kindOf(value)} ${text}`;
}
