import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { TableSettings } from '../../functions/shared/topology.ts';
import { declareStore, type StoreDeclaration } from './store.ts';

/** A table of the topology: billed per request, encrypted with our key, restorable to any second of 35 days, kept. */
export const docTable = (
  scope: Construct,
  id: string,
  props: { settings: TableSettings; key: IKey; store: StoreDeclaration },
): Table =>
  declareStore(
    new Table(scope, id, {
      partitionKey: { name: props.settings.partition_key, type: AttributeType.STRING },
      timeToLiveAttribute: props.settings.ttl_attribute,
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: props.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    }),
    props.store,
  );
