import type { Evidence } from '../../../schemas/evidence.ts';
import { type CompiledRules, type ResolvedPerson, resolve } from '../identity/resolve.ts';
import { thresholdsOf } from '../match/thresholds.ts';
import type { ComponentDoc } from './docs.ts';

/**
 * The parts of a person that are sure enough for sending: its identifiers resolved again without the probabilistic links
 * under that threshold. One part, the person itself, where no such link holds it together. The part with `owner` comes
 * first. Only what the person holds is looked at, so that a part never has an identifier that the person has not.
 */
export function partsForSending(
  owner: string,
  { person, component }: { readonly person: ResolvedPerson; readonly component: ComponentDoc | undefined },
  rules: CompiledRules,
): readonly ResolvedPerson[] {
  const { sending } = thresholdsOf(rules.rules);
  const tooWeak = ({ kind, confidence }: Evidence): boolean => kind === 'probabilistic' && confidence < sending;
  if (!component?.evidence.some(tooWeak)) return [person];
  const held = new Set(person.members);
  const kept = component.evidence.filter((edge) => held.has(edge.a) && held.has(edge.b) && !tooWeak(edge));
  const sightings = Object.entries(component.sightings)
    .filter(([key]) => held.has(key))
    .map(([key, first_seen]) => ({ key, first_seen }));
  const { persons } = resolve(kept, sightings, rules);
  if (persons.length === 1) return [person];
  const rank = ({ members }: ResolvedPerson): number => (members.includes(owner) ? 0 : 1);
  return persons.sort((a, b) => rank(a) - rank(b));
}
