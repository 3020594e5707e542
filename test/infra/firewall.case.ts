import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import type { ApiDomainSettings } from '../../infra/constructs/api-domain.ts';
import { COUNTED_ONLY } from '../../infra/constructs/firewall.ts';
import { REASONS } from '../../schemas/reasons.ts';
import { synthesise } from '../support/templates.ts';

const collect = synthesise({ firewall: true }).template('collect');
const all = (type: string) => Object.entries(collect.findResources(type));
const properties = (type: string) => all(type).map(([, found]) => found.Properties);

const [acl] = properties('AWS::WAFv2::WebACL');
const rule = (name: string) => acl.Rules.find(({ Name }: { Name: string }) => Name === name);

describe('the firewall', () => {
  it('stands before every stage that there is, and leaves no other way to the function', () => {
    const stages = all('AWS::ApiGateway::Stage').map(([id]) => id);
    const guarded = properties('AWS::WAFv2::WebACLAssociation').map(({ ResourceArn }) => JSON.stringify(ResourceArn));
    expect(stages).toHaveLength(1);
    expect(guarded).toEqual([expect.stringMatching(new RegExp(`/stages/.*${stages[0]}`))]);
    for (const type of ['AWS::ApiGatewayV2::Api', 'AWS::Lambda::Url', 'AWS::Lambda::EventSourceMapping'])
      expect(properties(type)).toEqual([]);
    const callers = properties('AWS::Lambda::Permission');
    expect(callers.length).toBeGreaterThan(0);
    for (const { Principal, SourceArn } of callers) {
      expect(Principal).toBe('apigateway.amazonaws.com');
      expect(JSON.stringify(SourceArn)).toContain(`{"Ref":"${stages[0]}"}`);
    }
  });

  it('answers 429 with Retry-After to an address that sends too much', () => {
    const { Statement, Action } = rule('requests-per-address');
    expect(Statement.RateBasedStatement).toEqual({
      AggregateKeyType: 'IP',
      EvaluationWindowSec: 300,
      Limit: TOPOLOGY.limits.firewall_requests_per_address,
    });
    const { ResponseCode, ResponseHeaders, CustomResponseBodyKey } = Action.Block.CustomResponse;
    expect(ResponseCode).toBe(REASONS.overloaded.status);
    expect(ResponseHeaders).toContainEqual({ Name: 'Retry-After', Value: expect.stringMatching(/^\d+$/) });
    expect(JSON.parse(acl.CustomResponseBodies[CustomResponseBodyKey].Content)).toMatchObject({ reason: 'overloaded' });
  });

  it.each(Object.entries(COUNTED_ONLY))('blocks by %s, but counts what events may well hold', (group, counted) => {
    const { OverrideAction, Statement } = rule(group);
    expect(OverrideAction).toEqual({ None: {} });
    const { Name, VendorName, RuleActionOverrides } = Statement.ManagedRuleGroupStatement;
    expect([VendorName, Name]).toEqual(['AWS', group]);
    expect(RuleActionOverrides).toEqual(Object.keys(counted).map((own) => ({ Name: own, ActionToUse: { Count: {} } })));
    for (const reason of Object.values(counted)) expect(reason).toMatch(/.{20,}\.$/);
  });

  it('decides nothing by bodies, of which it sees only the beginning', () => {
    // The body rules of the two groups that are known; WAF passes over the name of a rule that a group does not have.
    const COMMON = ['SizeRestrictions', 'EC2MetaDataSSRF', 'GenericLFI', 'GenericRFI', 'CrossSiteScripting'];
    const BAD_INPUTS = ['JavaDeserializationRCE', 'Log4JRCE', 'ReactJSRCE'];
    const counted = Object.values(COUNTED_ONLY).flatMap((group) => Object.keys(group));
    expect(counted).toEqual(expect.arrayContaining([...COMMON, ...BAD_INPUTS].map((name) => `${name}_BODY`)));
    expect(acl.AssociationConfig).toBeUndefined();
  });

  it('keeps no request and no sample of one', () => {
    const configs = [
      acl.VisibilityConfig,
      ...acl.Rules.map((own: { VisibilityConfig: object }) => own.VisibilityConfig),
    ];
    expect(configs.map(({ SampledRequestsEnabled }) => SampledRequestsEnabled)).toEqual(configs.map(() => false));
    expect(properties('AWS::WAFv2::LoggingConfiguration')).toEqual([]);
  });
});

describe('the API behind it', () => {
  const [api] = properties('AWS::ApiGateway::RestApi');
  const [stage] = properties('AWS::ApiGateway::Stage');
  const answers = new Map(properties('AWS::ApiGateway::GatewayResponse').map((own) => [own.ResponseType, own]));

  it('is regional, takes TLS 1.2 and later alone, and keeps the bytes of every body', () => {
    expect(api).toMatchObject({
      EndpointConfiguration: { Types: ['REGIONAL'] },
      SecurityPolicy: expect.stringMatching(/^SecurityPolicy_TLS13_1_2_/),
      BinaryMediaTypes: ['*/*'],
    });
  });

  it('hands every path to the function, the root too, under the first part of the paths of SDKs', () => {
    expect(stage.StageName).toBe('v1');
    expect(properties('AWS::ApiGateway::Resource').map(({ PathPart }) => PathPart)).toEqual(['{proxy+}']);
    const methods = properties('AWS::ApiGateway::Method').map(({ HttpMethod, Integration }) => [
      HttpMethod,
      Integration.Type,
    ]);
    expect(methods).toEqual([
      ['ANY', 'AWS_PROXY'],
      ['ANY', 'AWS_PROXY'],
    ]);
  });

  it('is traced', () => {
    expect(stage.TracingEnabled).toBe(true);
  });

  it.each([
    ['THROTTLED', 'overloaded', '429'],
    ['QUOTA_EXCEEDED', 'overloaded', '429'],
    ['DEFAULT_5XX', 'overloaded', '503'],
    ['REQUEST_TOO_LARGE', 'body_too_large', '413'],
    ['WAF_FILTERED', 'blocked_by_firewall', '403'],
    ['MISSING_AUTHENTICATION_TOKEN', 'unknown_path', '404'],
  ])('answers %s with the reason %s and status %s, to be read by any page', (type, reason, status) => {
    const { StatusCode, ResponseParameters, ResponseTemplates } = answers.get(type) ?? {};
    expect(StatusCode).toBe(status);
    expect(JSON.parse(ResponseTemplates['application/json'])).toMatchObject({ success: false, accepted: 0, reason });
    expect(ResponseTemplates['application/json']).not.toMatch(/[$#]/);
    const again = status === '429' || status === '503';
    expect(ResponseParameters['gatewayresponse.header.Retry-After']).toEqual(
      again ? expect.stringMatching(/^'\d+'$/) : undefined,
    );
    expect(ResponseParameters['gatewayresponse.header.Access-Control-Allow-Origin']).toBe("'*'");
  });

  it('says its address without the name of the stage, for paths begin with it', () => {
    expect(Object.keys(collect.toJSON().Outputs).filter((name) => /url|endpoint/i.test(name))).toEqual(['collectUrl']);
    expect(JSON.stringify(collect.toJSON().Outputs.collectUrl)).not.toMatch(/v1|stage/i);
  });
});

const collectAt = (firewall: boolean, collect_domain: ApiDomainSettings): Template =>
  synthesise({ firewall, collect_domain }).template('collect');

describe('a host name of the company', () => {
  const domain = {
    name: 'collect.example.com',
    certificate_arn: 'arn:aws:acm:eu-central-1:111122223333:certificate/x',
  };

  it.each([true, false])('is the only one, over TLS 1.2, at the root of the API (firewall: %s)', (firewall) => {
    const hosted_zone = { id: 'Z1', name: 'example.com' };
    const own = collectAt(firewall, { ...domain, hosted_zone });
    own.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
      DomainName: domain.name,
      DomainNameConfigurations: [
        { CertificateArn: domain.certificate_arn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
      ],
    });
    own.hasResourceProperties('AWS::Route53::RecordSet', {
      Name: 'collect.example.com.',
      Type: 'A',
      HostedZoneId: 'Z1',
    });
    const [mapping] = Object.values(own.findResources('AWS::ApiGatewayV2::ApiMapping'));
    expect(mapping?.Properties.ApiMappingKey).toBeUndefined();
    const kind = firewall ? 'AWS::ApiGateway::RestApi' : 'AWS::ApiGatewayV2::Api';
    own.hasResourceProperties(kind, { DisableExecuteApiEndpoint: true });
    expect(own.toJSON().Outputs.collectUrl.Value).toBe('https://collect.example.com');
  });

  it('gets a certificate that its zone proves, where it has none', () => {
    const hosted_zone = { id: 'Z1', name: 'example.com' };
    const own = collectAt(true, { name: domain.name, hosted_zone });
    own.hasResourceProperties('AWS::CertificateManager::Certificate', {
      DomainName: domain.name,
      ValidationMethod: 'DNS',
      DomainValidationOptions: [{ DomainName: domain.name, HostedZoneId: 'Z1' }],
    });
    const [certificate = ''] = Object.keys(own.findResources('AWS::CertificateManager::Certificate'));
    own.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
      DomainNameConfigurations: [Match.objectLike({ CertificateArn: { Ref: certificate } })],
    });
  });

  it('is told what to point at where the deployment has no zone', () => {
    const own = collectAt(true, domain);
    own.resourceCountIs('AWS::Route53::RecordSet', 0);
    expect(JSON.stringify(own.toJSON().Outputs.collectDomainTarget.Value)).toContain('RegionalDomainName');
  });
});
