import type { Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { actionsOf, statements } from './templates.ts';

/** What must hold for every stage that reads a stream. */
export function streamConsumerCase(stage: 'stitch', template: Template): void {
  const settings = TOPOLOGY.consumers[stage];
  const mapping = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'))[0]?.Properties;

  it('reads its stream as the topology says', () => {
    expect(mapping).toMatchObject({
      BatchSize: settings.batch_size,
      MaximumBatchingWindowInSeconds: settings.window_seconds,
      ParallelizationFactor: settings.parallelization,
      StartingPosition: 'TRIM_HORIZON',
    });
  });

  it('reports partial batch failures', () => {
    expect(mapping.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  it('halves a failing batch', () => {
    expect(mapping.BisectBatchOnFunctionError).toBe(true);
  });

  it('bounds retries and age, well within what the stream keeps', () => {
    expect(mapping.MaximumRetryAttempts).toBe(settings.retries);
    expect(mapping.MaximumRecordAgeInSeconds).toBe(settings.max_age_hours * 3600);
    expect(settings.max_age_hours).toBeLessThan(TOPOLOGY.streams[settings.from].retention_hours);
  });

  it('keeps what it gives up on in the failures bucket, which its role may write to', () => {
    const { Destination } = mapping.DestinationConfig.OnFailure;
    expect(Destination['Fn::ImportValue']).toMatch(/Failures/);
    const puts = statements(template).filter((statement) => actionsOf(statement).includes('s3:PutObject'));
    expect(puts.flatMap(({ Resource }) => Resource)).toContainEqual({
      'Fn::Join': ['', [Destination, '/aws/lambda/*']],
    });
  });
}
