import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { EventBridgeBus } from '../../functions/shared/event-bus.ts';
import { beginChange, readRules } from '../../functions/shared/identity/active-rules.ts';
import { runSweep } from '../../local/rules/run-sweep.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import { deliveryIn, lakeIn, personsIn } from './adapters.ts';
import { DEFINITIONS, type Deployment, SHIPPED_RULES } from './deployment.ts';
import type { FunctionSettings } from './lambda.ts';
import { simulatedClient } from './wire.ts';

/** A person has at most two browsers from now on: whoever signed in on more is cut. */
export const NEW_RULES: IdentityRules = {
  ...SHIPPED_RULES,
  version: SHIPPED_RULES.version + 1,
  types: SHIPPED_RULES.types.map((rule) => (rule.type === 'anonymous_id' ? { ...rule, limit: 2 } : rule)),
};

const HALF_A_DAY_SECONDS = 43_200;

/** The command that puts other identity rules in force, on a machine that may go away; run again, it goes on. */
export const rulesCommand = (deployment: Deployment): FunctionSettings<object, unknown> => ({
  name: 'rules',
  timeout_seconds: HALF_A_DAY_SECONDS,
  make(container) {
    const { topology, services } = deployment;
    const { clock, random, sleep } = container;
    const store = personsIn(container, deployment);
    const settings = { maxAttempts: 3 };
    const bus = simulatedClient(EventBridgeClient, { container, service: services.bus, settings });
    const parts = {
      store,
      lake: lakeIn(container, deployment),
      bus: new EventBridgeBus(
        bus,
        { bus: topology.bus.name, source: topology.bus.source },
        { delivery: deliveryIn(container) },
      ),
      definitions: DEFINITIONS,
      shipped: SHIPPED_RULES,
      clock,
      random,
      sleep,
      newId: () => container.world.newId('c'),
      say: (line: string) => container.world.note(container.id, line),
    };
    return async () => {
      const { doc } = await readRules(store, SHIPPED_RULES);
      const isBegun = [doc.active, doc.next].some((rules) => rules?.version === NEW_RULES.version);
      const at = new Date(clock.now()).toISOString();
      if (!isBegun) await beginChange(NEW_RULES, store, { by: 'anna', why: 'a trial', at, shipped: SHIPPED_RULES });
      return await runSweep(parts);
    };
  },
});
