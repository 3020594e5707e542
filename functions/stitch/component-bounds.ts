import type { Evidence } from '../../schemas/evidence.ts';
import { type CompiledRules, isTrusted } from '../shared/identity/resolve.ts';
import { ComponentTooLarge } from './components.ts';
import type { Part } from './parts.ts';

/** Evidence of a component that anybody may add to, bytes: what is left of a component's is kept for what is verified. */
const MAX_OPEN_BYTES = 272 * 1024;
/** One edge as JSON without its texts. */
const EDGE_BYTES = 160;

/**
 * Holds parts that would take in new evidence to the bounds of a component: as many identifiers as the rules say by evidence that
 * anybody may send, and a tenth more by what is verified. Without that room, whoever names a member beside a few hundred made-up
 * browsers could keep out whatever the company's own systems say of him afterwards.
 * @throws ComponentTooLarge
 */
export function checkBounds(
  parts: readonly Part[],
  { added, rules }: { readonly added: readonly Evidence[]; readonly rules: CompiledRules },
): void {
  const open = !added.every(isTrusted);
  const { max_component } = rules.rules;
  const bound = open ? max_component : Math.floor(max_component * 1.1);
  const culprit = added[0]?.a ?? '';
  for (const { evidence, external, sightings, persons } of parts) {
    const size = Object.keys(sightings).length;
    if (size > bound) throw new ComponentTooLarge(culprit, `${size} identifiers`, `${bound} identifiers`);
    // A shared identifier keeps no more than it needs to be known as such.
    if (!open || persons.some(({ shared }) => shared)) continue;
    let bytes = 0;
    for (const edge of [...evidence, ...external]) bytes += bytesOf(edge);
    if (bytes > MAX_OPEN_BYTES) {
      throw new ComponentTooLarge(culprit, `${bytes} bytes`, `${MAX_OPEN_BYTES} bytes for what is not verified`);
    }
  }
}

/** About as many as the edge has in a document. */
export const bytesOf = ({ a, b, source_id, event_id }: Evidence): number =>
  EDGE_BYTES + Buffer.byteLength(a) + Buffer.byteLength(b) + source_id.length + event_id.length;
