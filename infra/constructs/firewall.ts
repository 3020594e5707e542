import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { refusalBody } from './refusal.ts';

/** How long the firewall counts an address's requests, and what it tells who sent too many of them to wait. */
const WINDOW_SECONDS = 300;
const RETRY_AFTER_SECONDS = 60;

/**
 * What a managed group only counts. Bodies are data that nothing here executes, and one refused request is a whole batch of
 * events lost, for SDKs do not send a 403 again: whoever typed `<script>` into a shop's search box would make the shop's
 * server lose everybody's events. Each name is that of a rule of the group.
 */
export const COUNTED_ONLY = {
  AWSManagedRulesCommonRuleSet: {
    SizeRestrictions_BODY: 'Refuses bodies over 8 KiB; a batch has up to 500 KiB, and the function holds it to that.',
    EC2MetaDataSSRF_BODY: 'Events carry addresses of pages, whichever they are; nothing here fetches them.',
    GenericLFI_BODY: 'Events carry paths and search terms that people typed.',
    GenericRFI_BODY: 'Events carry addresses of pages, those with an IP address for a host among them.',
    CrossSiteScripting_BODY: 'Events carry search terms and titles; the console escapes what it shows.',
    NoUserAgent_HEADER: "Servers' own HTTP clients and some mini programs send no User-Agent.",
    SizeRestrictions_Cookie_HEADER: "On a company's own domain, browsers send the cookies of its whole site.",
    EC2MetaDataSSRF_COOKIE: 'Cookies belong to other applications of the domain; the collector reads none.',
    CrossSiteScripting_COOKIE: 'Cookies belong to other applications of the domain; the collector reads none.',
  },
  AWSManagedRulesKnownBadInputsRuleSet: {
    JavaDeserializationRCE_BODY: 'Gzip and base64 in events look like it; no Java of ours reads bodies.',
    Log4JRCE_BODY: 'What an attacker typed into a shop comes in a batch with the events of others.',
    ReactJSRCE_BODY: 'What an attacker posted to a shop may be a property; no React of ours reads bodies.',
  },
} as const;

type ManagedGroup = keyof typeof COUNTED_ONLY;

export interface FirewallProps {
  /** Name of the web ACL and beginning of its metrics. */
  readonly name: string;
  /** ARN of the API's only stage. */
  readonly stageArn: string;
  /** More requests from one address within five minutes are answered 429. A carrier may hide a whole city behind one. */
  readonly requestsPerAddress: number;
}

/**
 * A web application firewall before one stage of a REST API. It looks at address, method, path, query and headers. Of
 * bodies it could see only the first 16 KiB, and nothing of what is gzipped; so it decides nothing by them. It keeps no
 * request and no sample of one: they hold addresses and keys.
 */
export class Firewall extends Construct {
  constructor(scope: Construct, id: string, props: FirewallProps) {
    super(scope, id);
    const acl = new CfnWebACL(this, 'WebAcl', {
      name: props.name,
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visible(props.name),
      customResponseBodies: {
        overloaded: {
          contentType: 'APPLICATION_JSON',
          content: refusalBody('overloaded', 'This address sent too many requests.'),
        },
      },
      rules: [
        rateRule(props),
        managedRule(props.name, 'AWSManagedRulesKnownBadInputsRuleSet', 1),
        managedRule(props.name, 'AWSManagedRulesCommonRuleSet', 2),
      ],
    });
    new CfnWebACLAssociation(this, 'Association', { resourceArn: props.stageArn, webAclArn: acl.attrArn });
  }
}

const visible = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  sampledRequestsEnabled: false,
});

/** Custom responses of the firewall go before the gateway responses of the API. */
const rateRule = ({ name, requestsPerAddress }: FirewallProps): CfnWebACL.RuleProperty => ({
  name: 'requests-per-address',
  priority: 0,
  statement: {
    rateBasedStatement: {
      aggregateKeyType: 'IP',
      limit: requestsPerAddress,
      evaluationWindowSec: WINDOW_SECONDS,
    },
  },
  action: {
    block: {
      customResponse: {
        responseCode: 429,
        customResponseBodyKey: 'overloaded',
        responseHeaders: [
          { name: 'Retry-After', value: String(RETRY_AFTER_SECONDS) },
          { name: 'Access-Control-Allow-Origin', value: '*' },
          { name: 'Access-Control-Expose-Headers', value: 'Retry-After' },
        ],
      },
    },
  },
  visibilityConfig: visible(`${name}-requests-per-address`),
});

const managedRule = (name: string, group: ManagedGroup, priority: number): CfnWebACL.RuleProperty => ({
  name: group,
  priority,
  overrideAction: { none: {} },
  statement: {
    managedRuleGroupStatement: {
      vendorName: 'AWS',
      name: group,
      ruleActionOverrides: Object.keys(COUNTED_ONLY[group]).map((rule) => ({ name: rule, actionToUse: { count: {} } })),
    },
  },
  visibilityConfig: visible(`${name}-${group}`),
});
