import type { CleanDeps } from '../functions/clean/draft.ts';
import type { MappingDeps } from '../functions/clean/mapped.ts';
import { compilePlan } from '../functions/clean/plan.ts';
import type { CompiledRules } from '../functions/shared/identity/resolve.ts';
import shipped from '../schemas/plans/retail.json' with { type: 'json' };
import type { TrackingPlan } from '../schemas/tracking-plan.ts';
import { IdentitySecretFile } from './identity-secrets.ts';
import type { SourceRegistry } from './sources.ts';

/**
 * What cleaning needs in the embedded binding: the plan (the one that ships unless given) made ready, and the identity secrets of
 * the data folder, made for every public source at the first start.
 * @throws IdentitySecretError when the file of secrets is damaged or others may read it
 */
export function cleanDeps(
  dir: string,
  {
    plan,
    sources,
    now,
    rules,
    tokenise,
    mappingOf,
  }: Pick<CleanDeps, 'tokenise'> &
    Pick<MappingDeps, 'mappingOf'> & {
      /** Replaced when other rules come into force: looked at for each record. */
      readonly rules: CompiledRules;
      readonly plan: TrackingPlan | undefined;
      readonly sources: SourceRegistry;
      readonly now: number;
    },
): MappingDeps {
  const identity = new IdentitySecretFile(dir, { first: sources.publicIds(), now });
  return {
    get rules() {
      return rules.rules;
    },
    tokenise,
    plan: compilePlan(plan ?? (shipped as TrackingPlan)),
    identityKeys: identity.keysOf,
    ...(mappingOf && { mappingOf, elapsedMs: () => performance.now() }),
  };
}
