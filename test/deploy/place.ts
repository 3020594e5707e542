import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Environment } from './cdk.ts';
import { EmulatorMissing, startEmulator } from './emulator.ts';

const EMULATOR_PATIENCE_MS = 240_000;
/** Firehose writes a file every five minutes in a small deployment, and a new function or role takes a while to be known. */
const AWS_PATIENCE_MS = 900_000;
const ON_API_GATEWAY = /^https?:\/\/([a-z0-9]+)\.execute-api\.[^/]+/;

/** Where the stacks are deployed to. */
export interface Place {
  readonly title: string;
  /** What the CDK has in its environment besides what this process has. */
  readonly environment: Environment;
  /** Nothing can be left out on AWS itself. */
  readonly emulated: boolean;
  /** Started for this run, with what `emulator.py` adds. */
  readonly own: boolean;
  readonly patience_ms: number;
  /** The address that a stack tells, as it is reached from here. */
  reachable(url: string): string;
  /** @throws Error when the stacks are made for another place than this one. */
  allow(environments: readonly string[]): void;
  log(): string;
  stop(): Promise<void>;
}

/** API Gateway's host names mean nothing to an emulator on this machine; it takes the same paths below one of its own. */
const below = (endpoint: string) => (url: string) => url.replace(ON_API_GATEWAY, `${endpoint}/_aws/execute-api/$1`);

/** Makes the AWS clients of this process, which read their settings from the environment, talk to the place too. */
function adopt(environment: Environment): void {
  Object.assign(process.env, environment);
  const certificate = environment.NODE_EXTRA_CA_CERTS;
  if (certificate === undefined) return;
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(certificate, 'utf8')]);
}

/**
 * An emulator started for this run; another one, or a gateway to one, where AWS_ENDPOINT_URL is set; an account of AWS where
 * ONERIVER_TEST_ACCOUNT names it: credentials alone are not enough, as events of the test stay in the account's lake.
 * @throws EmulatorMissing with the reason when there is none.
 */
export async function placeToDeploy(): Promise<Place> {
  const { AWS_ENDPOINT_URL: endpoint, ONERIVER_TEST_ACCOUNT: account } = process.env;
  const anywhere = { own: false, environment: {}, allow: () => {}, log: () => '', stop: async () => {} };
  if (endpoint) {
    if (!endpoint.startsWith('https://')) {
      throw new Error(
        `AWS_ENDPOINT_URL is ${endpoint}; our buckets and functions accept nothing without TLS. Use https://.`,
      );
    }
    const reachable = below(endpoint.replace(/\/$/, ''));
    return { ...anywhere, title: endpoint, emulated: true, patience_ms: EMULATOR_PATIENCE_MS, reachable };
  }
  if (account) {
    const allow = (environments: readonly string[]): void => {
      const other = environments.filter((each) => !each.startsWith(`aws://${account}/`));
      if (other.length === 0) return;
      throw new Error(`ONERIVER_TEST_ACCOUNT is ${account}, but the credentials lead to ${other.join(', ')}.`);
    };
    const reachable = (url: string): string => url;
    return { ...anywhere, allow, title: account, emulated: false, patience_ms: AWS_PATIENCE_MS, reachable };
  }
  const { environment, log, stop } = await startEmulator();
  adopt(environment);
  const reachable = below(environment.AWS_ENDPOINT_URL ?? '');
  const title = 'an emulator of AWS on this machine';
  return {
    ...anywhere,
    own: true,
    title,
    environment,
    emulated: true,
    patience_ms: EMULATOR_PATIENCE_MS,
    reachable,
    log,
    stop,
  };
}

/** The place, or why there is none here. */
export async function placeOrReason(): Promise<Place | string> {
  try {
    return await placeToDeploy();
  } catch (error) {
    if (error instanceof EmulatorMissing) return error.message;
    throw error;
  }
}
