import { RulesRefused } from '../../functions/shared/identity/active-rules.ts';
import type { RulesPreview } from '../../functions/shared/person/preview.ts';

/** What a change must have before anything is looked at. @throws RulesRefused */
export function checkReason(why: string): void {
  if (why.trim() === '') throw new RulesRefused('Say why the rules change; whoever looks at the history will ask.');
}

/** No set of connected identifiers may be too large to be resolved. @throws RulesRefused */
export function checkSizes({ components }: RulesPreview): void {
  const { largest, too_large, bound } = components;
  if (too_large === 0) return;
  throw new RulesRefused(
    `Under these rules ${too_large} sets of connected identifiers would pass max_component (${bound}; the largest has ` +
      `${largest}). Lower max_degree, block what connects them, or raise max_component.`,
  );
}
