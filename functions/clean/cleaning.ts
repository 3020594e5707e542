import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import plan from '../../schemas/plans/retail.json' with { type: 'json' };
import type { TrackingPlan } from '../../schemas/tracking-plan.ts';
import { identityKeys } from '../shared/identity-secrets.ts';
import { once } from '../shared/once.ts';
import { refreshed } from '../shared/refresh.ts';
import type { Clock } from '../shared/seams.ts';
import { loadOrMakeTokenKey } from '../shared/token-key-store.ts';
import { tokeniser } from '../shared/tokens.ts';
import { TOPOLOGY } from '../shared/topology.ts';
import type { CleanDeps } from './draft.ts';
import { DynamoIdentitySecrets } from './identity-secret-store.ts';
import { compilePlan } from './plan.ts';

interface Vault {
  readonly clients: { readonly dynamo: DynamoDBClient; readonly kms: KMSClient };
  readonly names: { readonly table: string; readonly keyId: string };
}

/** What cleaning needs besides the identity rules in force: the plan and the token key once, the identity secrets now and then. */
export function cleaningOn(
  { clients, names }: Vault,
  clock: Clock,
): () => Promise<Pick<CleanDeps, 'plan' | 'tokenise' | 'identityKeys'>> {
  const secrets = new DynamoIdentitySecrets(clients, names);
  /** Read again now and then, so that a new secret counts and a removed one no longer does. */
  const identity = refreshed(async () => identityKeys(await secrets.load()), {
    clock,
    seconds: TOPOLOGY.limits.identity_secret_cache_seconds,
  });
  const lasting = once(async () => ({
    plan: compilePlan(plan as TrackingPlan),
    tokenise: tokeniser(await loadOrMakeTokenKey(clients, names)),
  }));
  return async () => ({ ...(await lasting()), identityKeys: await identity() });
}
