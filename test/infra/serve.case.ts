import { describe, expect, it } from 'vitest';
import { ServeEnv } from '../../functions/serve/env.ts';
import { environmentCase } from '../support/environment-case.ts';
import { actionsOf, statements, synthesise } from '../support/templates.ts';

const serve = synthesise().template('serve');

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

  it('may change nothing but the results of its queries, and put declarations on the raw stream', () => {
    const changing = statements(serve).filter((statement) =>
      actionsOf(statement).some((action) =>
        /:(Put(?!LogEvents|Trace|Telemetry)|Delete|Update|Create(?!LogStream))/.test(action),
      ),
    );
    expect(changing.map((statement) => [actionsOf(statement), JSON.stringify(statement.Resource)])).toEqual([
      [['kinesis:PutRecord'], expect.stringMatching(/Raw/)],
      [expect.arrayContaining(['s3:PutObject']), expect.stringContaining('/query-results/oneriver-api/*')],
    ]);
  });
});
