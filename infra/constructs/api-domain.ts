import { CfnApiMapping, DomainName, EndpointType, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ARecord, HostedZone, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import { Construct, type IDependable } from 'constructs';

/** A host name of the company's own. */
export interface ApiDomainSettings {
  readonly name: string;
  /** Certificate in the region of the deployment; without it, one is made and proven in the zone. */
  readonly certificate_arn?: string;
  /** Zone in which the name is to be recorded; without it the company points the name itself, and has a certificate. */
  readonly hosted_zone?: { readonly id: string; readonly name: string };
}

export interface ApiDomainProps {
  readonly settings: ApiDomainSettings;
  /** Id of a REST or an HTTP API, and its only stage. */
  readonly apiId: string;
  readonly stage: string;
  /** What must exist before the name can lead to it. */
  readonly after: IDependable;
}

/** Serves an API of either kind at the root of a host name of the company's own, over TLS 1.2 and later alone. */
export class ApiDomain extends Construct {
  /** What to point the name at where the deployment does not. */
  readonly target: string;

  constructor(scope: Construct, id: string, props: ApiDomainProps) {
    super(scope, id);
    const { name, hosted_zone } = props.settings;
    const zone =
      hosted_zone &&
      HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: hosted_zone.id, zoneName: hosted_zone.name });
    const domain = new DomainName(this, 'Name', {
      domainName: name,
      certificate: this.#certificate(props.settings, zone),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    this.target = domain.regionalDomainName;
    const mapping = new CfnApiMapping(this, 'Mapping', {
      apiId: props.apiId,
      domainName: domain.name,
      stage: props.stage,
    });
    mapping.node.addDependency(props.after);
    if (!zone) return;
    const target = new ApiGatewayv2DomainProperties(domain.regionalDomainName, domain.regionalHostedZoneId);
    new ARecord(this, 'Record', { zone, recordName: `${name}.`, target: RecordTarget.fromAlias(target) });
  }

  #certificate({ name, certificate_arn }: ApiDomainSettings, zone: IHostedZone | undefined): ICertificate {
    if (certificate_arn !== undefined) return Certificate.fromCertificateArn(this, 'Certificate', certificate_arn);
    return new Certificate(this, 'Certificate', {
      domainName: name,
      validation: CertificateValidation.fromDns(zone),
    });
  }
}
