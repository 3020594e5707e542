import { describe, expect, it } from 'vitest';
import { ServeEnv } from '../../functions/serve/env.ts';
import { isQualityTask, TASK_SECONDS } from '../../functions/serve/quality-task.ts';
import { environmentCase } from '../support/environment-case.ts';
import { actionsOf, statements, synthesise } from '../support/templates.ts';

const serve = synthesise().template('serve');

describe('the look at data quality', () => {
  it('is asked for every two hours, of the function of the API, once', () => {
    const schedules = Object.values(serve.findResources('AWS::Scheduler::Schedule')).map(
      ({ Properties }) => Properties,
    );
    expect(schedules).toHaveLength(1);
    expect(schedules[0]).toMatchObject({
      ScheduleExpression: 'rate(2 hours)',
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
    });
    expect(isQualityTask(JSON.parse(schedules[0].Target.Input))).toBe(true);
    serve.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });

  it('is missed when two in a row fail, and not when one does', () => {
    serve.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'oneriver-serve-quality',
      Period: 5 * 3600,
      EvaluationPeriods: 1,
      TreatMissingData: 'breaching',
    });
  });

  it('has time beyond what a caller would wait', () => {
    const functions = Object.values(serve.findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties);
    expect(functions.map(({ Timeout }) => Timeout > TASK_SECONDS)).toEqual([true]);
  });
});

describe('serve', () => {
  environmentCase(serve, ServeEnv);

  it('asks every caller for an IAM signature', () => {
    const routes = Object.values(serve.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);
    expect(routes).toEqual([expect.objectContaining({ RouteKey: 'ANY /api/{proxy+}', AuthorizationType: 'AWS_IAM' })]);
  });

  it('asks for a token of the issuer where the deployment has one', () => {
    const oidc = { issuer: 'https://login.example.com', audience: ['oneriver'] };
    const own = synthesise({ oidc }).template('serve');
    own.hasResourceProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'JWT' });
    own.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: oidc.issuer, Audience: oidc.audience },
    });
  });

  it('may change nothing but sources, mappings and the results of its queries, and put declarations into the raw queue', () => {
    const changing = statements(serve).filter((statement) =>
      actionsOf(statement).some((action) =>
        /:(Put(?!LogEvents|Trace|Telemetry)|Send|Delete|Update|Create(?!LogStream))/.test(action),
      ),
    );
    expect(changing.map((statement) => [actionsOf(statement), JSON.stringify(statement.Resource)])).toEqual([
      [['dynamodb:PutItem'], expect.stringMatching(/Persons/)],
      [['sqs:SendMessage'], expect.stringMatching(/RawQueue/)],
      [expect.arrayContaining(['dynamodb:PutItem', 'dynamodb:DeleteItem']), expect.stringMatching(/Sources/)],
      [expect.arrayContaining(['s3:PutObject']), expect.stringContaining('/query-results/oneriver-api/*')],
    ]);
  });

  it('writes mappings alone where persons are kept', () => {
    const writing = statements(serve).filter((statement) => /Persons/.test(JSON.stringify(statement.Resource)));
    const put = writing.filter((statement) => actionsOf(statement).includes('dynamodb:PutItem'));
    expect(put.map(({ Condition }) => Condition)).toEqual([
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['map:*'] } },
    ]);
  });

  it('encrypts platform secrets and nothing else', () => {
    const encrypting = statements(serve).filter((statement) => actionsOf(statement).includes('kms:Encrypt'));
    const Condition = { StringEquals: { 'kms:EncryptionContext:purpose': 'source-secret' } };
    expect(encrypting).toEqual([expect.objectContaining({ Action: 'kms:Encrypt', Effect: 'Allow', Condition })]);
  });

  it('is told what the collector takes, in less than an environment holds', () => {
    const [functionOf] = Object.values(serve.findResources('AWS::Lambda::Function'));
    const { PROTOCOLS, COLLECT_URL } = functionOf?.Properties.Environment.Variables ?? {};
    expect(PROTOCOLS).toContain('segment');
    expect(PROTOCOLS.length).toBeLessThan(2_500);
    expect(JSON.stringify(COLLECT_URL)).toContain('https://');
  });
});
