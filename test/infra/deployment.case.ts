import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETENTION, LAKE_RETENTION } from '../../functions/shared/retention.ts';
import { SIZES, topologyOf } from '../../functions/shared/topology.ts';
import { DeploymentError, readDeployment } from '../../infra/deployment.ts';
import { SETTINGS } from '../../infra/settings.ts';
import { LAKE_TABLES } from '../../schemas/lake.ts';
import { blocksOf } from '../support/markdown.ts';

const read = (context: Record<string, unknown>, env = {}, file?: string) =>
  readDeployment((key) => context[key], env, { names: Object.keys(context), readText: () => file ?? '' });

const SSH_KEY = `ssh-ed25519 ${'A'.repeat(68)}`;
const CERTIFICATE = 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d';
const BY_DEFAULT = {
  env: {},
  profile: 'global',
  size: 'small',
  firewall: true,
  connect: false,
  announce_new_persons: false,
  sftp_users: [],
  lake_formation: false,
  alarm_email: undefined,
  monthly_budget_usd: undefined,
  allowed_origins: [],
  oidc: undefined,
  collect_domain: undefined,
  api_domain: undefined,
  channels: ['outbox'],
  webhook: undefined,
  retention: DEFAULT_RETENTION,
  default_region: 'CN',
};

/** Everything that can be set, as it comes from the command line. */
const ALL = {
  profile: 'global',
  size: 'large',
  region: 'eu-central-1',
  firewall: 'false',
  connect: 'true',
  announce_new_persons: 'true',
  sftp_users: `pos:${SSH_KEY}`,
  lake_formation: 'true',
  alarm_email: 'ops@example.com',
  monthly_budget_usd: '200',
  allowed_origins: 'https://a.example.com, http://localhost:8080',
  oidc_issuer: 'https://login.example.com',
  oidc_audience: 'oneriver,console',
  collect_domain: 'collect.example.com',
  collect_certificate_arn: CERTIFICATE,
  api_domain: 'example.com',
  api_certificate_arn: CERTIFICATE,
  hosted_zone_id: 'Z0123456789ABCDEFGHIJ',
  hosted_zone_name: 'example.com',
  default_region: 'DE',
  channels: 'webhook',
  webhook_url: 'https://hooks.example.com',
  webhook_wrapped_secret: 'd3JhcHBlZA==',
};
const DAYS = Object.fromEntries(Object.keys(DEFAULT_RETENTION).map((name) => [`retention_${name}_days`, '14']));

describe('the deployment', () => {
  it('needs no setting at all', () => {
    expect(read({})).toEqual(BY_DEFAULT);
  });

  it('reads every setting from texts, as the command line gives them', () => {
    expect(Object.keys({ ...ALL, ...DAYS }).toSorted()).toEqual(Object.keys(SETTINGS).toSorted());
    const hosted_zone = { id: 'Z0123456789ABCDEFGHIJ', name: 'example.com' };
    expect(read({ ...ALL, ...DAYS })).toEqual({
      env: { region: 'eu-central-1' },
      profile: 'global',
      size: 'large',
      firewall: false,
      connect: true,
      announce_new_persons: true,
      sftp_users: [{ source: 'pos', key: SSH_KEY }],
      lake_formation: true,
      alarm_email: 'ops@example.com',
      monthly_budget_usd: 200,
      allowed_origins: ['https://a.example.com', 'http://localhost:8080'],
      oidc: { issuer: 'https://login.example.com', audience: ['oneriver', 'console'] },
      collect_domain: { name: 'collect.example.com', certificate_arn: CERTIFICATE, hosted_zone },
      api_domain: { name: 'example.com', certificate_arn: CERTIFICATE, hosted_zone },
      channels: ['webhook'],
      webhook: { url: 'https://hooks.example.com', wrapped_secret: 'd3JhcHBlZA==' },
      retention: Object.fromEntries(Object.keys(DEFAULT_RETENTION).map((name) => [name, 14])),
      default_region: 'DE',
    });
  });

  it('reads a file with comments, typed values and addresses; the command line goes before it', () => {
    const file = `{
      // who is told
      "alarm_email": "ops@example.com", /* "size": "large", */
      "allowed_origins": ["https://a.example.com"],
      "oidc_issuer": "https://login.example.com//x", "oidc_audience": ["a"],
      "size": "medium", "firewall": false, "retention_events_days": 400
    }`;
    expect(read({ deployment: 'deployment.json', size: 'large' }, {}, file)).toEqual({
      ...BY_DEFAULT,
      alarm_email: 'ops@example.com',
      allowed_origins: ['https://a.example.com'],
      oidc: { issuer: 'https://login.example.com//x', audience: ['a'] },
      size: 'large',
      firewall: false,
      retention: { ...DEFAULT_RETENTION, events: 400 },
    });
  });

  it('reads the file that lies there, unless another one is named', () => {
    const files: Record<string, string> = { here: '{ "size": "large" }', other: '{ "size": "medium" }' };
    const from = (deployment?: string) =>
      readDeployment(
        (key) => (key === 'deployment' ? deployment : undefined),
        {},
        {
          file: 'here',
          readText: (path) => files[path] ?? '',
        },
      );
    expect(from().size).toBe('large');
    expect(from('other').size).toBe('medium');
  });

  it('takes the profile from the region, and the region of a setting before that of the account', () => {
    const env = { account: '123456789012', region: 'eu-central-1' };
    expect(read({}, env)).toMatchObject({ profile: 'global', env });
    const china = { env: { ...env, region: 'cn-north-1' }, profile: 'china' };
    expect(read({ region: 'cn-north-1' }, env)).toMatchObject(china);
    expect(read({ profile: 'china' })).toMatchObject({ env: {}, profile: 'china' });
  });

  it('takes a host name without a certificate where there is a zone to prove it in', () => {
    const { hosted_zone_id, hosted_zone_name, collect_domain } = ALL;
    expect(read({ hosted_zone_id, hosted_zone_name, collect_domain })).toMatchObject({
      collect_domain: { name: collect_domain, hosted_zone: { name: 'example.com' } },
      api_domain: undefined,
    });
  });

  it('has the webhook among its channels where it is set up', () => {
    const webhook = { webhook_url: ALL.webhook_url, webhook_wrapped_secret: ALL.webhook_wrapped_secret };
    expect(read(webhook).channels).toEqual(['outbox', 'webhook']);
  });

  it('minds only names of its own in the context: those of the CDK have a colon, a slash, or are known', () => {
    const ofCdk = { '@aws-cdk/core:x': true, 'aws:cdk:y': 1, 'cli-telemetry': false, 'hosted-zone:account=1:z': {} };
    expect(read(ofCdk)).toEqual(BY_DEFAULT);
  });
});

describe('a wrong setting', () => {
  const { hosted_zone_id, hosted_zone_name, collect_certificate_arn } = ALL;
  const zone = { hosted_zone_id, hosted_zone_name };
  const collect = { collect_domain: 'collect.example.org', collect_certificate_arn };

  it.each([
    [{ size: 'tiny' }, 'The setting "size" is "tiny". It must be small, medium or large, as in -c size=medium'],
    [{ profile: 'cn' }, 'The setting "profile" is "cn". It must be global or china, as in -c profile=china'],
    [{ firewall: 'no' }, 'The setting "firewall" is "no". It must be true or false, as in -c firewall=false'],
    [{ allowed_origins: 'https://a.example.com/' }, 'The setting "allowed_origins" is ["https://a.example.com/"]'],
    [{ allowed_origins: ['*'] }, 'It must be origins, each a scheme and a host'],
    [{ allowed_origins: 7 }, 'The setting "allowed_origins" is 7'],
    [{ alarm_email: '' }, 'The setting "alarm_email" is not right. It must be one e-mail address'],
    [{ oidc_issuer: 'https://login.example.com' }, 'The setting "oidc_issuer" needs "oidc_audience": set both'],
    [{ oidc_audience: 'x' }, 'The setting "oidc_audience" needs "oidc_issuer": set both'],
    [{ oidc_issuer: 'http://login.example.com', oidc_audience: 'x' }, 'must be an address that begins with https://'],
    [{ webhook_url: 'http://hooks.example.com', webhook_wrapped_secret: 'x' }, '"webhook_url" is not right'],
    [{ webhook_wrapped_secret: 'eA==' }, 'The setting "webhook_wrapped_secret" needs "webhook_url"'],
    [{ channels: 'webhook' }, 'set "webhook_url" and "webhook_wrapped_secret" too'],
    [{ channels: 'email' }, 'The setting "channels" is ["email"]. It must be one or more of outbox, webhook'],
    [{ retention_raw_days: '0' }, 'The setting "retention_raw_days" is 0. It must be a whole number from 1 to 10950'],
    [{ retention_raw_days: '1.5' }, 'The setting "retention_raw_days" is "1.5"'],
    [{ retention_logs_days: '31' }, 'The setting "retention_logs_days" is 31. It must be one of 1, 3, 5'],
    [{ region: 'cn-north-1', profile: 'global' }, 'cn-north-1 is a region of the profile china'],
    [{ region: 'Frankfurt' }, 'The setting "region" is "Frankfurt". It must be the code of a region'],
    [{ ...zone }, 'The setting "hosted_zone_id" needs "collect_domain" or "api_domain"'],
    [{ ...collect, ...zone }, '"collect_domain" is collect.example.org, which is not in the zone example.com'],
    [{ ...collect, region: 'us-east-1' }, 'is in eu-central-1; API Gateway needs one in us-east-1'],
    [{ collect_domain: 'collect.example.com' }, '"collect_domain" needs "collect_certificate_arn"'],
    [{ collect_certificate_arn, ...zone }, '"collect_certificate_arn" needs "collect_domain"'],
    [{ collect_domain: 'https://collect.example.com' }, 'It must be a host name in small letters'],
    [
      { alarm_mail: 'a@example.com' },
      'There is no setting "alarm_mail", which stands in the CDK context. Did you mean "alarm_email"?',
    ],
    [{ 'retention-raw-days': '7' }, 'Did you mean "retention_raw_days"?'],
    [{ colour: 'blue' }, 'There is no setting "colour", which stands in the CDK context. The settings are in docs/'],
  ])('%j is refused, with what to write', (context, message) => {
    expect(() => read(context)).toThrow(DeploymentError);
    expect(() => read(context)).toThrow(message);
  });

  it.each([
    ['{ "siez": "small" }', 'There is no setting "siez", which stands in the deployment file. Did you mean "size"?'],
    ['{ "size": 3 }', 'The setting "size" is 3.'],
    ['{ size: "small" }', 'The deployment file "d.json" is not JSON'],
    ['[]', 'must hold one JSON object'],
    ['null', 'must hold one JSON object'],
  ])('in a file that says %s is refused', (file, message) => {
    expect(() => read({ deployment: 'd.json' }, {}, file)).toThrow(DeploymentError);
    expect(() => read({ deployment: 'd.json' }, {}, file)).toThrow(message);
  });

  it('in a file that is not there is refused by its name', () => {
    const absent = (path: string) => readDeployment((key) => (key === 'deployment' ? path : undefined), {});
    expect(() => absent('/nowhere/deployment.json')).toThrow('"/nowhere/deployment.json" cannot be read');
    expect(() => absent('')).toThrow('Write -c deployment=deployment.json.');
  });

  it('never shows an address or a secret', () => {
    for (const name of ['alarm_email', 'webhook_url', 'webhook_wrapped_secret']) {
      expect(() => read({ [name]: ' hidden ' })).toThrow(/^(?!.*hidden)/);
    }
  });
});

describe('the guide to deploying', () => {
  const guide = readFileSync(new URL('../../docs/how-to/deploy.md', import.meta.url), 'utf8');

  it('shows a file that can be read, and that sets something', () => {
    const [file = ''] = blocksOf(guide, 'jsonc');
    expect(read({ deployment: 'deployment.json' }, {}, file)).toMatchObject({
      env: { region: 'eu-central-1' },
      collect_domain: { name: 'collect.example.com', hosted_zone: { name: 'example.com' } },
      oidc: { audience: ['oneriver'] },
    });
  });

  it('has every setting in its table, and no other', () => {
    const rows = guide.split('\n').filter((line) => /^\| `/.test(line));
    const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(named.toSorted()).toEqual(Object.keys(SETTINGS).toSorted());
  });

  it.each(Object.entries(DEFAULT_RETENTION))('says for how long %s is kept unless set', (name, days) => {
    expect(guide).toMatch(new RegExp(`^\\| \`retention_${name}_days\` \\|[^|]*\\| ${days} \\|$`, 'm'));
  });

  it('says of each size what the topology does', () => {
    const row = (title: string) =>
      guide
        .split('\n')
        .find((line) => line.startsWith(`| ${title}`))
        ?.split('|')
        .slice(2, 5);
    const said = (title: string) => row(title)?.map((cell) => Number(cell.replace(/[^0-9]/g, '')));
    const sizes = SIZES.map((size) => topologyOf(size));
    expect(said('requests a second')).toEqual(sizes.map(({ limits }) => limits.collect_requests_per_second));
    expect(said('events reach the lake')).toEqual(sizes.map(({ lake }) => lake.buffer_seconds));
    expect(said('a clean record')).toEqual(sizes.map(({ streams }) => streams.clean.retention_hours));
    expect(said('a raw record')).toEqual(sizes.map(({ raw_queue }) => raw_queue.retention_days));
    expect(said('clean waits')).toEqual(sizes.map(({ consumers }) => consumers.clean.window_seconds));
    expect(said('clean functions')).toEqual(sizes.map(({ consumers }) => consumers.clean.concurrency));
    expect(said('stitch functions')).toEqual(sizes.map(({ consumers }) => consumers.stitch.parallelization));
  });
});

describe('the classes of retention', () => {
  it.each(LAKE_TABLES)('give $name the days that its description has', ({ name, retention_days }) => {
    expect(DEFAULT_RETENTION[LAKE_RETENTION[name as keyof typeof LAKE_RETENTION]]).toBe(retention_days);
  });
});
