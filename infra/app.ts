import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readEnv } from '../functions/shared/env.ts';
import { CleanStack } from './clean.ts';
import { CollectStack } from './collect.ts';
import { Foundation } from './constructs/foundation.ts';
import { CdkEnv, type Deployment, readDeployment } from './deployment.ts';
import { FireStack } from './fire.ts';
import { LakeStack } from './lake.ts';
import { ServeStack } from './serve.ts';
import { StitchStack } from './stitch.ts';

/** Feature flags of the CDK that this app was written with. */
const FLAGS = {
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/aws-sns-subscriptions:restrictSqsDescryption': true,
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
};

/** The flow: events are collected, cleaned, stitched to persons, fired upon, kept in the lake, and served. */
export function flow(app: App, deployment: Deployment) {
  const { env, size, profile, alarm_email, allowed_origins, webhook, oidc, default_region, firewall } = deployment;

  const foundation = new Foundation(app, 'oneriver-foundation', { env, size, profile, alarm_email });
  const lake = new LakeStack(app, 'oneriver-lake', { env, foundation });
  const collect = new CollectStack(app, 'oneriver-collect', { env, foundation, allowed_origins, firewall });
  const clean = new CleanStack(app, 'oneriver-clean', { env, foundation, lake, raw: collect.raw });
  const stitch = new StitchStack(app, 'oneriver-stitch', { env, foundation, lake, clean: clean.clean });
  const { bus } = stitch;
  const fire = new FireStack(app, 'oneriver-fire', { env, foundation, lake, bus, webhook });
  const { raw } = collect;
  const { vault } = clean;
  const serve = new ServeStack(app, 'oneriver-serve', {
    env,
    foundation,
    lake,
    raw,
    vault,
    oidc,
    default_region,
  });

  Tags.of(app).add('application', 'oneriver');
  return { foundation, lake, collect, clean, stitch, fire, serve };
}

/** An app whose synthesis fails on every AwsSolutions finding that is not acknowledged with a reason. */
export function oneriverApp(outdir?: string): App {
  const app = new App({ analyticsReporting: false, context: FLAGS, outdir });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

if (import.meta.main) {
  const app = oneriverApp();
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = readEnv(CdkEnv);
  flow(
    app,
    readDeployment((key) => app.node.tryGetContext(key), { account, region }),
  );
  app.synth();
}
