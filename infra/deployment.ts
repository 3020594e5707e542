import Type from 'typebox';
import { DEFAULT_SIZE, SIZES, type Size } from '../functions/shared/topology.ts';
import type { Profile } from './partition.ts';

export type { Profile } from './partition.ts';

/** What a company decides about its deployment; everything else has a default or is in the topology. */
export interface Deployment {
  /** What the partition offers: `china` for accounts in mainland China, `global` for all others. */
  readonly profile: Profile;
  /** How much it is made for; see `functions/shared/topology.ts`. */
  readonly size: Size;
  /** A web application firewall before the APIs. */
  readonly firewall: boolean;
  /** Account and region, as the CDK finds them in the environment; undefined gives templates for any. */
  readonly env: { readonly account?: string; readonly region?: string };
  /** Who is told when an alarm goes off; nobody when absent. */
  readonly alarm_email?: string;
  /** Origins whose pages may send to the collector with any public key, e.g. `https://shop.example.com`. */
  readonly allowed_origins: readonly string[];
  /** Who may sign people in to the API and for whom the tokens are; without it, callers sign with IAM. */
  readonly oidc?: { readonly issuer: string; readonly audience: readonly string[] };
  /** Where the channel `webhook` sends, and its signing secret encrypted with the deployment's key (base64). */
  readonly webhook?: { readonly url: string; readonly wrapped_secret: string };
  /** ISO 3166 country of phone numbers that somebody looks up without +. */
  readonly default_region: string;
}

/** What the CDK says of the account in use; empty without credentials, and templates then fit any account. */
export const CdkEnv = Type.Object({
  CDK_DEFAULT_ACCOUNT: Type.Optional(Type.String()),
  CDK_DEFAULT_REGION: Type.Optional(Type.String()),
});

/** A setting of the deployment is wrong; the message says which, and what is expected. */
export class DeploymentError extends Error {
  override name = 'DeploymentError';
}

type Context = (key: string) => unknown;

function text(context: Context, key: string): string | undefined {
  const value = context(key);
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw new DeploymentError(`Context "${key}" must be a non-empty text. Set it in cdk.json or with -c ${key}=….`);
}

function list(context: Context, key: string): string[] {
  const value = context(key) ?? [];
  const values = typeof value === 'string' ? value.split(',').filter(Boolean) : value;
  if (Array.isArray(values) && values.every((item) => typeof item === 'string')) return values;
  throw new DeploymentError(`Context "${key}" must be a list of texts, or one text with commas.`);
}

/** An origin as browsers send it: scheme and host, no path. */
function origin(value: string): string {
  if (URL.canParse(value) && new URL(value).origin === value) return value;
  throw new DeploymentError(`allowed_origins: "${value}" is not an origin. Write it like https://shop.example.com.`);
}

function one<T extends string>(context: Context, key: string, among: readonly [T, ...T[]]): T {
  const value = text(context, key) ?? among[0];
  const known = among.find((item) => item === value);
  if (known) return known;
  throw new DeploymentError(`Context "${key}" must be one of ${among.join(', ')}, not "${value}".`);
}

/** Both or neither. */
function pair(context: Context, [a, b]: readonly [string, string]): [string, string] | undefined {
  const first = text(context, a);
  const second = text(context, b);
  if ((first === undefined) !== (second === undefined))
    throw new DeploymentError(`Set both ${a} and ${b}, or neither.`);
  return first !== undefined && second !== undefined ? [first, second] : undefined;
}

/**
 * Reads the deployment from CDK context (`cdk.json`, or `-c alarm_email=…`) and the account that the CDK resolved.
 * @throws DeploymentError naming the setting that is wrong.
 */
export function readDeployment(context: Context, env: Deployment['env']): Deployment {
  const oidc = pair(context, ['oidc_issuer', 'oidc_audience']);
  const webhook = pair(context, ['webhook_url', 'webhook_wrapped_secret']);
  if (oidc && !oidc[0].startsWith('https://')) throw new DeploymentError('oidc_issuer must begin with https://.');
  if (webhook && !webhook[0].startsWith('https://')) throw new DeploymentError('webhook_url must begin with https://.');
  return {
    env,
    profile: one(context, 'profile', ['global', 'china']),
    size: one(context, 'size', [DEFAULT_SIZE, ...SIZES]),
    firewall: one(context, 'firewall', ['true', 'false']) === 'true',
    alarm_email: text(context, 'alarm_email'),
    allowed_origins: list(context, 'allowed_origins').map(origin),
    oidc: oidc && { issuer: oidc[0], audience: oidc[1].split(',') },
    default_region: text(context, 'default_region') ?? 'CN',
    webhook: webhook && { url: webhook[0], wrapped_secret: webhook[1] },
  };
}
