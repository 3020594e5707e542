import { describe, expect, it } from 'vitest';
import { DeploymentError, readDeployment } from '../../infra/deployment.ts';

const read = (context: Record<string, unknown>) => readDeployment((key) => context[key], {});

describe('the deployment', () => {
  it('needs no setting at all', () => {
    expect(read({})).toEqual({
      env: {},
      profile: 'global',
      size: 'small',
      firewall: true,
      alarm_email: undefined,
      allowed_origins: [],
      oidc: undefined,
      webhook: undefined,
      default_region: 'CN',
    });
  });

  it('reads every setting, lists as one text too', () => {
    expect(
      read({
        alarm_email: 'ops@example.com',
        allowed_origins: 'https://a.example.com,https://b.example.com',
        oidc_issuer: 'https://login.example.com',
        oidc_audience: 'oneriver',
        webhook_url: 'https://hooks.example.com',
        webhook_wrapped_secret: 'd3JhcHBlZA==',
        default_region: 'DE',
        profile: 'china',
        size: 'large',
        firewall: 'false',
      }),
    ).toEqual({
      env: {},
      profile: 'china',
      size: 'large',
      firewall: false,
      alarm_email: 'ops@example.com',
      allowed_origins: ['https://a.example.com', 'https://b.example.com'],
      oidc: { issuer: 'https://login.example.com', audience: ['oneriver'] },
      webhook: { url: 'https://hooks.example.com', wrapped_secret: 'd3JhcHBlZA==' },
      default_region: 'DE',
    });
  });

  it.each([
    [{ allowed_origins: 'https://a.example.com/' }, 'is not an origin'],
    [{ allowed_origins: ['*'] }, 'is not an origin'],
    [{ allowed_origins: 7 }, 'must be a list'],
    [{ alarm_email: '' }, 'must be a non-empty text'],
    [{ oidc_issuer: 'https://login.example.com' }, 'oidc_issuer and oidc_audience'],
    [{ oidc_issuer: 'http://login.example.com', oidc_audience: 'x' }, 'must begin with https'],
    [{ webhook_url: 'http://hooks.example.com', webhook_wrapped_secret: 'x' }, 'must begin with https'],
  ])('refuses %j by name', (context, message) => {
    expect(() => read(context)).toThrow(DeploymentError);
    expect(() => read(context)).toThrow(message);
  });
});
