import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { DEFAULT_RETENTION, type Retention } from '../functions/shared/retention.ts';
import { DEFAULT_SIZE, type Size } from '../functions/shared/topology.ts';
import type { ApiDomainSettings } from './constructs/api-domain.ts';
import { type Profile, profileOf } from './partition.ts';
import { type Context, DeploymentError, readSettings, type Sources } from './read-settings.ts';
import { CHANNELS, CLASSES, daysSetting, Settings } from './settings.ts';

export type { Profile } from './partition.ts';
export { DeploymentError } from './read-settings.ts';

/** Somebody who may drop files for a source over SFTP. */
export interface SftpUser {
  readonly source: string;
  /** Public, as `ssh-keygen` writes it. */
  readonly key: string;
}

/** What a company decides about its deployment; everything else has a default or is in the topology. */
export interface Deployment {
  /** Account and region, as the CDK finds them in the environment; undefined gives templates for any. */
  readonly env: { readonly account?: string; readonly region?: string };
  /** What the partition offers: `china` for accounts in mainland China, `global` for all others. */
  readonly profile: Profile;
  /** How much it is made for; see `functions/shared/topology.ts`. */
  readonly size: Size;
  /** A web application firewall before the collector. */
  readonly firewall: boolean;
  /** Whether platforms that send nothing by themselves are asked once a minute. */
  readonly connect: boolean;
  /** Whether the bus tells of new persons too, not of merges and splits alone. */
  readonly announce_new_persons: boolean;
  /** Without any, there is no SFTP server. */
  readonly sftp_users: readonly SftpUser[];
  /** Lake Formation's tags and grants on the lake, beside IAM. */
  readonly lake_formation: boolean;
  /** Who is told when an alarm goes off; nobody when absent. */
  readonly alarm_email?: string;
  /** What it may cost a month, US dollars; nobody watches where absent. */
  readonly monthly_budget_usd?: number;
  /** Origins whose pages may send to the collector with any public key, e.g. `https://shop.example.com`. */
  readonly allowed_origins: readonly string[];
  /** Who may sign people in to the API and for whom the tokens are; without it, callers sign with IAM. */
  readonly oidc?: { readonly issuer: string; readonly audience: readonly string[] };
  readonly collect_domain?: ApiDomainSettings;
  readonly api_domain?: ApiDomainSettings;
  /** Through what campaigns may send. */
  readonly channels: readonly (typeof CHANNELS)[number][];
  /** Where the channel `webhook` sends, and its signing secret encrypted with the deployment's key (base64). */
  readonly webhook?: { readonly url: string; readonly wrapped_secret: string };
  /** Days to keep each class of data. */
  readonly retention: Retention;
  /** ISO 3166 country of phone numbers that somebody looks up without +. */
  readonly default_region: string;
}

/** What the CDK says of the account in use; empty without credentials, and templates then fit any account. */
export const CdkEnv = Type.Object({
  CDK_DEFAULT_ACCOUNT: Type.Optional(Type.String()),
  CDK_DEFAULT_REGION: Type.Optional(Type.String()),
});

type Given = Static<typeof Settings>;

/**
 * Reads the deployment from CDK context (`cdk.json`, or `-c alarm_email=…`), from the file that `-c deployment=FILE` names, and
 * from the account that the CDK resolved.
 * @throws DeploymentError naming the setting that is unknown, wrong, or does not go with another.
 */
export function readDeployment(context: Context, env: Deployment['env'], sources: Sources = {}): Deployment {
  const all = readSettings(context, sources);
  const given = Value.Parse(
    Settings,
    Object.fromEntries(Object.entries(all).filter(([name]) => name in Settings.properties)),
  );
  const region = given.region ?? env.region;
  const profile = profileFor(given, region);
  const { webhook_url, webhook_wrapped_secret } = given;
  const webhook = together(['webhook_url', 'webhook_wrapped_secret'], webhook_url, webhook_wrapped_secret);
  const oidc = together(['oidc_issuer', 'oidc_audience'], given.oidc_issuer, given.oidc_audience);
  return {
    env: { ...env, ...(region !== undefined && { region }) },
    profile,
    size: given.size ?? DEFAULT_SIZE,
    firewall: given.firewall ?? true,
    connect: given.connect ?? false,
    announce_new_persons: given.announce_new_persons ?? false,
    sftp_users: (given.sftp_users ?? []).map(sftpUser),
    lake_formation: given.lake_formation ?? false,
    alarm_email: given.alarm_email,
    monthly_budget_usd: budgetOf(given, profile),
    allowed_origins: given.allowed_origins ?? [],
    oidc: oidc && { issuer: oidc[0], audience: oidc[1] },
    ...domains(given, region),
    channels: channelsOf(given, webhook !== undefined),
    webhook: webhook && { url: webhook[0], wrapped_secret: webhook[1] },
    retention: retentionOf(all),
    default_region: given.default_region ?? 'CN',
  };
}

const sftpUser = (text: string): SftpUser => ({
  source: text.slice(0, text.indexOf(':')),
  key: text.slice(text.indexOf(':') + 1),
});

/** A budget is of no use when nobody is told, and AWS in China has none. */
function budgetOf({ monthly_budget_usd: usd, alarm_email }: Given, profile: Profile): number | undefined {
  if (usd === undefined) return undefined;
  if (profile === 'china') throw new DeploymentError('The setting "monthly_budget_usd" is not for the profile china.');
  if (alarm_email !== undefined) return usd;
  throw new DeploymentError('The setting "monthly_budget_usd" needs "alarm_email": somebody has to be told.');
}

/** Two settings of which one is nothing without the other: both, or none. */
function together<A, B>(names: readonly [string, string], a: A | undefined, b: B | undefined): [A, B] | undefined {
  if (a !== undefined && b !== undefined) return [a, b];
  if (a === undefined && b === undefined) return undefined;
  const [there, missing] = a === undefined ? names.toReversed() : names;
  throw new DeploymentError(`The setting "${there}" needs "${missing}": set both, or neither.`);
}

function profileFor(given: Given, region: string | undefined): Profile {
  const follows = profileOf(region);
  const profile = given.profile ?? follows ?? 'global';
  if (follows === undefined || profile === follows) return profile;
  throw new DeploymentError(
    `The setting "profile" is ${profile}, but ${region} is a region of the profile ${follows}. Leave "profile" out, or set another "region".`,
  );
}

function domains(given: Given, region: string | undefined): Pick<Deployment, 'collect_domain' | 'api_domain'> {
  const pair = together(['hosted_zone_id', 'hosted_zone_name'], given.hosted_zone_id, given.hosted_zone_name);
  const hosted_zone = pair && { id: pair[0], name: pair[1] };
  const domain = (of: 'collect' | 'api'): ApiDomainSettings | undefined => {
    const names = [`${of}_domain`, `${of}_certificate_arn`] as const;
    const [name, certificate_arn] = [given[names[0]], given[names[1]]];
    // In a zone, a name proves itself, and a certificate is made.
    if (!hosted_zone || name === undefined) together(names, name, certificate_arn);
    if (name === undefined) return undefined;
    if (certificate_arn !== undefined) checkPlace(names[1], certificate_arn, region);
    if (hosted_zone && name !== hosted_zone.name && !name.endsWith(`.${hosted_zone.name}`))
      throw new DeploymentError(`The setting "${of}_domain" is ${name}, which is not in the zone ${hosted_zone.name}.`);
    return { name, ...(certificate_arn && { certificate_arn }), ...(hosted_zone && { hosted_zone }) };
  };
  const found = { collect_domain: domain('collect'), api_domain: domain('api') };
  if (hosted_zone && !found.collect_domain && !found.api_domain)
    throw new DeploymentError('The setting "hosted_zone_id" needs "collect_domain" or "api_domain", or leave it out.');
  return found;
}

function checkPlace(name: string, certificate_arn: string, region: string | undefined): void {
  const place = certificate_arn.split(':')[3];
  if (region !== undefined && place !== region)
    throw new DeploymentError(`The setting "${name}" is in ${place}; API Gateway needs one in ${region}.`);
}

function channelsOf({ channels }: Given, webhook: boolean): Deployment['channels'] {
  if (channels?.includes('webhook') && !webhook)
    throw new DeploymentError(
      'The setting "channels" has webhook: set "webhook_url" and "webhook_wrapped_secret" too.',
    );
  return channels ?? CHANNELS.filter((channel) => channel !== 'webhook' || webhook);
}

function retentionOf(all: Readonly<Record<string, unknown>>): Retention {
  const set = CLASSES.flatMap((of) => {
    const days = all[daysSetting(of)];
    return typeof days === 'number' ? [[of, days] as const] : [];
  });
  return { ...DEFAULT_RETENTION, ...Object.fromEntries(set) };
}
