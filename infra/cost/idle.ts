import { type Context, type CostLine, HOURS, SECONDS } from './model.ts';

/** The service asks KMS about that often for each stream, table and container; it caches data keys meanwhile. */
const KMS_CACHE_SECONDS = 300;
const KMS_USERS = 12;

/** Lambda waits at a queue with several of these at once, whether anything comes or not. */
const LONG_POLL_SECONDS = 20;

/** What is paid although nobody sends anything. */
export function idle({ line, deployed, workload }: Context): CostLine[] {
  const { topology, counts, firewall } = deployed;
  const streams = Object.values(topology.streams);
  const shardHours = streams.reduce((sum, { shards = 0 }) => sum + shards * HOURS, 0);
  const onDemand = streams.filter(({ mode }) => mode === 'on_demand').length;
  const extended = streams.filter(({ shards, retention_hours }) => shards && retention_hours > 24).length;
  return [
    line('idle', 'Stream shards', 'kinesis_shard_hour', shardHours),
    line('idle', 'Streams kept beyond 24 hours', 'kinesis_shard_hour_extended', extended * HOURS),
    line('idle', 'Streams on demand', 'kinesis_on_demand_hour', onDemand * HOURS),
    ...(firewall
      ? [
          line('idle', 'WAF web ACL', 'waf_web_acl_month', 1),
          line('idle', 'WAF rules', 'waf_rule_month', counts.waf_rules),
        ]
      : []),
    line('idle', 'Queue, empty receives', 'sqs_request', (workload.sqs_idle_polls * SECONDS) / LONG_POLL_SECONDS),
    line('idle', 'KMS keys', 'kms_key_month', counts.kms_keys),
    line('idle', 'KMS requests', 'kms_request', (KMS_USERS * SECONDS) / KMS_CACHE_SECONDS),
    line('idle', 'Alarms', 'alarm_month', counts.alarms),
    line('idle', 'Dashboards', 'dashboard_month', counts.dashboards),
  ].filter(({ quantity }) => quantity > 0);
}
