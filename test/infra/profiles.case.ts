import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { SIZES } from '../../functions/shared/topology.ts';
import { type Deployment, readDeployment } from '../../infra/deployment.ts';
import { CHINA_RULES, valueAt } from '../support/china-rules.ts';
import { CHINA_SERVICES, RESOURCE_TYPES, UNIVERSAL_PRINCIPALS } from '../support/resource-types.ts';
import { synthesise } from '../support/templates.ts';

const ACCOUNT = '123456789012';

/** Everything that adds resources. */
const everything = (partition: string, region: string) => ({
  alarm_email: 'ops@example.com',
  allowed_origins: 'https://shop.example.com',
  oidc_issuer: 'https://login.example.com',
  oidc_audience: 'oneriver',
  collect_domain: 'collect.example.com',
  collect_certificate_arn: `arn:${partition}:acm:${region}:${ACCOUNT}:certificate/0a1b2c3d`,
  api_domain: 'cdp.example.com',
  hosted_zone_id: 'Z0123456789ABCDEFGHIJ',
  hosted_zone_name: 'example.com',
  webhook_url: 'https://hooks.example.com',
  webhook_wrapped_secret: 'd3JhcHBlZA==',
});

interface Written {
  readonly name: string;
  readonly template: Template;
  readonly resources: readonly (readonly [id: string, { Type: string; Properties?: Record<string, unknown> }])[];
}

function write(settings: Record<string, unknown>, region?: string): Written[] {
  const env: Deployment['env'] = region === undefined ? {} : { account: ACCOUNT, region };
  const { template, names } = synthesise(readDeployment((key) => settings[key], env));
  return names.map((name) => {
    const { Resources } = template(name).toJSON();
    return { name, template: template(name), resources: Object.entries(Resources) };
  });
}

const anywhere = SIZES.flatMap((size) =>
  ['global', 'china'].map((profile) => ({ profile, size, region: undefined, settings: { profile, size } })),
);
const somewhere = [
  { profile: 'china', size: 'small', region: 'cn-north-1', settings: { ...everything('aws-cn', 'cn-north-1') } },
  { profile: 'china', size: 'large', region: 'cn-northwest-1', settings: { size: 'large', firewall: 'false' } },
  { profile: 'global', size: 'small', region: 'eu-central-1', settings: { ...everything('aws', 'eu-central-1') } },
  { profile: 'global', size: 'large', region: 'us-gov-west-1', settings: { size: 'large', firewall: 'false' } },
];

/** Text of a template without what a principal is called, and without certificates, which somebody gave. */
const plain = (value: unknown): string =>
  UNIVERSAL_PRINCIPALS.reduce((text, name) => text.replaceAll(`"${name}"`, '""'), JSON.stringify(value)).replace(
    /"arn:aws[a-z-]*:acm:[^"]*"/g,
    '""',
  );

describe.each([...anywhere, ...somewhere])(
  'the $profile profile, $size, in $region',
  ({ profile, region, settings }) => {
    const stacks = write(settings, region);
    const all = stacks.flatMap(({ name, resources }) =>
      resources.map(([id, one]) => ({ at: `${name}/${id}`, ...one })),
    );

    it('uses only types that are known, each with a service of the partition', () => {
      const unknown = all.filter(({ Type }) => RESOURCE_TYPES[Type] === undefined);
      expect(unknown.map(({ at, Type }) => `${at}: ${Type}; say in test/support/resource-types.ts what it is`)).toEqual(
        [],
      );
      if (profile !== 'china') return;
      const regions = (type: string) => CHINA_SERVICES[RESOURCE_TYPES[type]?.service ?? ''] ?? [];
      const missing = all.filter(({ Type }) => (region ? !regions(Type).includes(region) : regions(Type).length < 2));
      expect(missing.map(({ at, Type }) => `${at}: ${Type} does not exist in China`)).toEqual([]);
    });

    it('names no partition and no domain of another one', () => {
      const literal = region?.startsWith('eu-') ? /amazonaws\.com\b|arn:aws-/ : /amazonaws\.com(?!\.cn)\b|arn:aws:/;
      const outputs = stacks.map(({ name, template }) => ({
        at: `${name}/Outputs`,
        of: template.toJSON().Outputs ?? {},
      }));
      const found = [...all, ...outputs].filter((part) => literal.test(plain(part)));
      expect(found.map(({ at }) => at)).toEqual([]);
    });

    it('asks only for features that the partition has', () => {
      if (profile !== 'china') return;
      const broken = CHINA_RULES.flatMap(({ type, property, why, possible }) =>
        all
          .filter(({ Type, Properties }) => Type === type && !possible(valueAt(Properties, property)))
          .map(({ at }) => `${at}: ${property}. ${why}`),
      );
      expect(broken).toEqual([]);
    });
  },
);

describe('the global profile', () => {
  it('traces functions, counts what mappings read, and keeps failed batches in a bucket', () => {
    const all = write({}).flatMap(({ resources }) => resources.map(([, resource]) => resource));
    const lacking = CHINA_RULES.filter(({ type, property, possible }) =>
      all.some(({ Type, Properties }) => Type === type && !possible(valueAt(Properties, property))),
    );
    expect(new Set(lacking.map(({ property }) => property))).toEqual(
      new Set(['TracingConfig', 'MetricsConfig', 'Tags', 'DestinationConfig.OnFailure.Destination', 'MetricName']),
    );
  });
});
