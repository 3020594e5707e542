import { existsSync } from 'node:fs';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { readEnv } from '../functions/shared/env.ts';
import { CleanStack } from './clean.ts';
import { CollectStack } from './collect.ts';
import { ConnectStack } from './connect.ts';
import { everywhere } from './constructs/everywhere.ts';
import { Foundation } from './constructs/foundation.ts';
import { StoreChecks } from './constructs/store-checks.ts';
import { CdkEnv, type Deployment, DeploymentError, readDeployment } from './deployment.ts';
import { FireStack } from './fire.ts';
import { ImportStack } from './import.ts';
import { LakeStack } from './lake.ts';
import { OperationsStack } from './operations.ts';
import { RedriveStack } from './redrive.ts';
import { ServeStack } from './serve.ts';
import { StitchStack } from './stitch.ts';

/** Feature flags of the CDK that this app was written with. */
const FLAGS = {
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/aws-sns-subscriptions:restrictSqsDescryption': true,
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
};

/** Where the CDK is called, the settings of a company: a deployment that forgot them would be another one. */
const DEPLOYMENT_FILE = 'deployment.json';

/** The flow: events are collected, cleaned, stitched to persons, fired upon, kept in the lake, and served. */
export function flow(app: App, deployment: Deployment) {
  const { env, firewall, sftp_users, lake_formation, allowed_origins, oidc, default_region, webhook, channels } =
    deployment;

  const foundation = new Foundation(app, 'oneriver-foundation', deployment);
  const lake = new LakeStack(app, 'oneriver-lake', { env, foundation, lake_formation });
  const collect = new CollectStack(app, 'oneriver-collect', {
    env,
    foundation,
    allowed_origins,
    firewall,
    domain: deployment.collect_domain,
  });
  const imports = new ImportStack(app, 'oneriver-import', { env, foundation, collect, sftp_users });
  const connect = new ConnectStack(app, 'oneriver-connect', {
    env,
    foundation,
    collect,
    imports,
    enabled: deployment.connect,
  });
  const clean = new CleanStack(app, 'oneriver-clean', { env, foundation, lake, raw: collect.raw });
  const stitch = new StitchStack(app, 'oneriver-stitch', {
    env,
    foundation,
    lake,
    clean: clean.clean,
    announce_new_persons: deployment.announce_new_persons,
  });
  const { bus } = stitch;
  const fire = new FireStack(app, 'oneriver-fire', { env, foundation, lake, bus, webhook, channels });
  const { raw } = collect;
  const { vault } = clean;
  const redrive = new RedriveStack(app, 'oneriver-redrive', { env, foundation, lake, bus, raw, clean: clean.clean });
  const serve = new ServeStack(app, 'oneriver-serve', {
    env,
    foundation,
    lake,
    collect,
    vault,
    oidc,
    domain: deployment.api_domain,
    default_region,
  });

  const operations = new OperationsStack(app, 'oneriver-operations', {
    env,
    foundation,
    watched: [foundation, collect, imports, connect, clean, stitch, fire, lake, serve, redrive],
    alarm_email: deployment.alarm_email,
    monthly_budget_usd: deployment.monthly_budget_usd,
  });

  everywhere(app, foundation);
  return { foundation, lake, collect, import: imports, connect, clean, stitch, fire, serve, redrive, operations };
}

/**
 * An app whose synthesis fails on every finding of the AwsSolutions and Serverless rules that is not acknowledged with a reason, and on every store of
 * which nobody says what it holds of persons.
 */
export function oneriverApp(outdir?: string): App {
  const app = new App({ analyticsReporting: false, context: FLAGS, outdir });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app), new StoreChecks());
  return app;
}

/**
 * The deployment that the CDK was called for. A region counts only with an account: without credentials the CDK names one of
 * its own choice, and the templates are to fit any.
 * @throws DeploymentError naming the setting that is wrong.
 */
function deploymentOf({ node }: App): Deployment {
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = readEnv(CdkEnv);
  const env = account === undefined ? {} : { account, region };
  const names = Object.keys(node.getAllContext()).filter((name) => !Object.hasOwn(FLAGS, name));
  const file = existsSync(DEPLOYMENT_FILE) ? DEPLOYMENT_FILE : undefined;
  return readDeployment((key) => node.tryGetContext(key), env, { names, file });
}

if (import.meta.main) {
  const app = oneriverApp();
  try {
    flow(app, deploymentOf(app));
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
  app.synth();
}
