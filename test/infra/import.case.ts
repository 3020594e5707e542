import { describe, expect, it } from 'vitest';
import { ImportEnv } from '../../functions/import/env.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { environmentCase } from '../support/environment-case.ts';
import { actionsOf, statements, synthesise } from '../support/templates.ts';

const found = synthesise().template('import');

describe('import', () => {
  environmentCase(found, ImportEnv);

  it('ends a slice, with time to say so, before its run is ended; and a message at work comes to nobody else', () => {
    const { slice_seconds, timeout_seconds, attempts } = TOPOLOGY.import;
    expect(slice_seconds + 120).toBeLessThan(timeout_seconds);
    found.hasResourceProperties('AWS::Lambda::Function', { Timeout: timeout_seconds });
    const queues = Object.values(found.findResources('AWS::SQS::Queue')).map(({ Properties }) => Properties);
    const [waiting] = queues.filter(({ RedrivePolicy }) => RedrivePolicy !== undefined);
    expect(waiting.VisibilityTimeout).toBeGreaterThan(timeout_seconds);
    expect(waiting.RedrivePolicy.maxReceiveCount).toBe(attempts);
  });

  it('hears of files that are dropped, and of none of its own reports', () => {
    found.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { object: { key: [{ prefix: 'incoming/' }] } },
      },
    });
    found.hasResourceProperties('AWS::S3::Bucket', {
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
  });

  it('may read what was dropped and write reports, and change neither files nor settings', () => {
    const own = statements(found);
    const on = (action: string) =>
      JSON.stringify(own.filter((one) => actionsOf(one).includes(action)).map(({ Resource }) => Resource));
    expect(on('s3:GetObject')).toMatch(/incoming.*settings/);
    expect(on('s3:PutObject')).toMatch(/reports/);
    expect(on('s3:PutObject')).not.toMatch(/incoming|settings/);
    expect(own.flatMap(actionsOf)).not.toContain('s3:DeleteObject');
  });

  it('lets files expire, and settings not', () => {
    const [bucket] = Object.values(found.findResources('AWS::S3::Bucket'));
    const expiring = bucket?.Properties.LifecycleConfiguration.Rules.filter(
      (rule: Record<string, unknown>) => rule.ExpirationInDays !== undefined,
    );
    expect(expiring.map((rule: { Prefix: string }) => rule.Prefix).toSorted()).toEqual(['incoming/', 'reports/']);
  });
});

describe('SFTP', () => {
  const key = `ssh-ed25519 ${'A'.repeat(68)}`;
  const of = (type: string) => {
    const users = [
      { source: 'pos', key },
      { source: 'pos', key: `${key}B` },
      { source: 'crm', key },
    ];
    return Object.values(synthesise({ sftp_users: users }).template('import').findResources(type)).map(
      (one) => one.Properties,
    );
  };

  it('is there only where somebody may use it', () => {
    expect(found.findResources('AWS::Transfer::Server')).toEqual({});
    expect(of('AWS::Transfer::Server')).toMatchObject([
      { Protocols: ['SFTP'], IdentityProviderType: 'SERVICE_MANAGED' },
    ]);
  });

  it('lets each user put files into the folder of the source, and do nothing else', () => {
    const users = of('AWS::Transfer::User');
    expect(users.map(({ UserName, SshPublicKeys }) => [UserName, SshPublicKeys.length])).toEqual([
      ['pos', 2],
      ['crm', 1],
    ]);
    expect(JSON.stringify(users[0]?.HomeDirectoryMappings)).toContain('/incoming/pos');
    const template = synthesise({ sftp_users: [{ source: 'pos', key }] }).template('import');
    const put = statements(template).filter((one) => JSON.stringify(one.Resource).includes('incoming/pos/*'));
    expect(put.map(actionsOf)).toEqual([['s3:PutObject']]);
  });
});
