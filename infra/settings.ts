import Type, { type TSchema } from 'typebox';
import { DEFAULT_RETENTION, RETENTION_CLASSES, type RetentionClass } from '../functions/shared/retention.ts';
import { DEFAULT_SIZE, SIZES } from '../functions/shared/topology.ts';

/** What a setting is, what its value has to look like, and one that would do. Hidden values are not repeated in messages. */
export interface About {
  readonly description: string;
  readonly expected: string;
  readonly example: string;
  readonly hidden?: boolean;
}

export const CHANNELS = ['outbox', 'webhook'] as const;

const HOST = '[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+';
const CERTIFICATE = 'arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+';
const MOST_DAYS = 10_950;
/** CloudWatch keeps logs for one of these many days. */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const text = (pattern: string, about: About) =>
  Type.Optional(Type.String({ ...about, pattern: `^${pattern}$`, maxLength: 2_048 }));
const list = (pattern: string, about: About) =>
  Type.Optional(
    Type.Array(Type.String({ pattern: `^${pattern}$`, maxLength: 253 }), { ...about, minItems: 1, maxItems: 100 }),
  );
const host = (what: string, example: string) =>
  text(HOST, { description: `host name of ${what}`, expected: 'a host name in small letters', example });
const certificate = (what: string) =>
  text(CERTIFICATE, {
    description: `certificate of ${what}, in the region of the deployment; one is made where a hosted zone is set`,
    expected: 'the ARN of a certificate in ACM',
    example: 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000000',
  });

/** Every setting but the days of the retention classes. */
export const Settings = Type.Object({
  profile: Type.Optional(
    Type.Enum(['global', 'china'], {
      description: 'what the partition offers; follows the region where there is one',
      expected: 'global or china',
      example: 'china',
    }),
  ),
  size: Type.Optional(
    Type.Enum([...SIZES], {
      description: `how much the deployment is made for; ${DEFAULT_SIZE} unless set`,
      expected: 'small, medium or large',
      example: 'medium',
    }),
  ),
  region: text('[a-z]{2}(-[a-z]+)+-[0-9]', {
    description: "where to deploy; that of the AWS CLI's profile unless set",
    expected: 'the code of a region',
    example: 'eu-central-1',
  }),
  firewall: Type.Optional(
    Type.Boolean({
      description: 'a web application firewall before the collector; true unless set',
      expected: 'true or false',
      example: 'false',
    }),
  ),
  connect: Type.Optional(
    Type.Boolean({
      description: 'asks platforms that send nothing by themselves (Tmall, JD) once a minute; false unless set',
      expected: 'true or false',
      example: 'true',
    }),
  ),
  announce_new_persons: Type.Optional(
    Type.Boolean({
      description: 'the bus tells of new persons too, not of merges and splits alone; false unless set',
      expected: 'true or false',
      example: 'true',
    }),
  ),
  lake_formation: Type.Optional(
    Type.Boolean({
      description: "Lake Formation's tags and grants on the lake, beside IAM; false unless set",
      expected: 'true or false',
      example: 'true',
    }),
  ),
  sftp_users: list('[a-z][a-z0-9_-]{0,39}:ssh-ed25519 [A-Za-z0-9+/=]{40,120}', {
    description: 'who may drop files for which source over SFTP; a server for them is billed by the hour',
    expected: 'ids of sources, each with a colon and a public key of the kind ssh-ed25519',
    example: 'pos:ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7nCw1kq2XcXo3sI0bYtQz4yQvO0c1hQeT9m1n3k5p2',
  }),
  alarm_email: text('[^@\\s,]+@[^@\\s,]+\\.[^@\\s,]+', {
    description: 'who is told when an alarm goes off',
    expected: 'one e-mail address',
    example: 'ops@example.com',
    hidden: true,
  }),
  monthly_budget_usd: Type.Optional(
    Type.Integer({
      description: 'what the deployment may cost a month; alarm_email is told when it does, or will',
      expected: 'a whole number of US dollars above 0',
      example: '200',
      minimum: 1,
      maximum: 10_000_000,
    }),
  ),
  allowed_origins: list('https?://[A-Za-z0-9.-]+(:[0-9]+)?', {
    description: 'whose pages may send to the collector with any public key',
    expected: 'origins, each a scheme and a host without a path or a slash at the end',
    example: 'https://shop.example.com,https://m.example.com',
  }),
  oidc_issuer: text('https://[^\\s]+', {
    description: 'who signs people in to the API; without one, callers sign with IAM',
    expected: 'an address that begins with https://',
    example: 'https://login.example.com',
  }),
  oidc_audience: list('[^\\s,]+', {
    description: 'for whom the tokens of the issuer are',
    expected: 'one or more client ids',
    example: 'oneriver',
  }),
  collect_domain: host('the collector', 'collect.example.com'),
  collect_certificate_arn: certificate('the collector'),
  api_domain: host('the API', 'cdp.example.com'),
  api_certificate_arn: certificate('the API'),
  hosted_zone_id: text('Z[A-Z0-9]{1,31}', {
    description: 'Route 53 zone in which the host names are recorded; without one, point them yourself',
    expected: 'the id of a hosted zone',
    example: 'Z0123456789ABCDEFGHIJ',
  }),
  hosted_zone_name: host('the hosted zone', 'example.com'),
  default_region: text('[A-Z]{2}', {
    description: 'country of phone numbers that somebody looks up without +; CN unless set',
    expected: 'two capital letters, ISO 3166',
    example: 'DE',
  }),
  channels: Type.Optional(
    Type.Array(Type.Enum([...CHANNELS]), {
      description: 'through what campaigns may send; outbox, and webhook where it is set up',
      expected: `one or more of ${CHANNELS.join(', ')}`,
      example: 'outbox',
      minItems: 1,
      maxItems: CHANNELS.length,
    }),
  ),
  webhook_url: text('https://[^\\s]+', {
    description: 'where the channel webhook sends',
    expected: 'an address that begins with https://',
    example: 'https://hooks.example.com/oneriver',
    hidden: true,
  }),
  webhook_wrapped_secret: text('[A-Za-z0-9+/]+={0,2}', {
    description: "its signing secret, encrypted with the deployment's key",
    expected: 'base64',
    example: 'AQICAHh…',
    hidden: true,
  }),
});

/** The name of the setting that says for how many days a class is kept. */
export const daysSetting = (of: RetentionClass): string => `retention_${of}_days`;

function daysSchema(of: RetentionClass): TSchema {
  const about = { description: `days to keep ${RETENTION_CLASSES[of].keeps}`, example: String(DEFAULT_RETENTION[of]) };
  if (of === 'logs') return Type.Enum(LOG_DAYS, { ...about, expected: `one of ${LOG_DAYS.join(', ')}` });
  const expected = `a whole number from 1 to ${MOST_DAYS}`;
  return Type.Integer({ ...about, minimum: 1, maximum: MOST_DAYS, expected });
}

export const CLASSES = Object.keys(RETENTION_CLASSES) as RetentionClass[];

/** Every setting there is, by name. */
export const SETTINGS: Readonly<Record<string, TSchema>> = {
  ...Settings.properties,
  ...Object.fromEntries(CLASSES.map((of) => [daysSetting(of), daysSchema(of)])),
};
