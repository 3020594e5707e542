import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { AccountRootPrincipal, type IRole, PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { docTable } from './doc-table.ts';
import type { Foundation } from './foundation.ts';
import { throughService } from './through-service.ts';

/** What administrators may do with the key: everything but use it. Each name in full, so that no new action joins by itself. */
const ADMINISTRATION = [
  'CancelKeyDeletion',
  'CreateAlias',
  'DeleteAlias',
  'DescribeKey',
  'DisableKey',
  'DisableKeyRotation',
  'EnableKey',
  'EnableKeyRotation',
  'GetKeyPolicy',
  'GetKeyRotationStatus',
  'ListKeyPolicies',
  'ListKeyRotations',
  'ListResourceTags',
  'PutKeyPolicy',
  'RotateKeyOnDemand',
  'ScheduleKeyDeletion',
  'TagResource',
  'UntagResource',
  'UpdateAlias',
  'UpdateKeyDescription',
].map((action) => `kms:${action}`);

/** Encryption contexts of what is wrapped by the key and is nobody's phone or address. */
const TOKEN_KEYS = 'token-key:*';
const IDENTITY_SECRETS = 'identity-secrets';
const purpose = (...values: readonly string[]) => ({
  StringLike: { 'kms:EncryptionContext:purpose': values.length === 1 ? values[0] : values },
});
/** The encryption context of a value's data key: the token that the value belongs to, and nothing that names a purpose. */
const A_TOKEN = { Null: { 'kms:EncryptionContext:token': 'false', 'kms:EncryptionContext:purpose': 'true' } };
/** Tokens have a version and a dot; the names of other items of the table have none. */
const TOKENS = 't*.*';

/**
 * Telephone numbers and addresses, and what unlocks them. Each value is sealed under a data key of its own, and only KMS opens
 * data keys, with a key that nothing else uses. Its policy, not IAM, says who may: clean makes data keys and opens none; the
 * reader's role opens them; no administrator does, without changing the policy, which CloudTrail tells.
 */
export class Vault extends Construct {
  readonly table: Table;
  readonly key: Key;
  /** Whoever is to see raw values takes this role on, for an hour at most, under a name of his own in CloudTrail. */
  readonly reader: Role;

  constructor(scope: Construct, id: string, { key: deploymentKey, topology }: Foundation) {
    super(scope, id);
    this.table = docTable(this, 'Table', {
      settings: topology.tables.vault,
      key: deploymentKey,
      store: {
        holds: 'telephone numbers and e-mail addresses, each sealed under a key of its own; keys and secrets, wrapped',
        pii: 'personal',
        retention: { until: 'erasure' },
        erasure: 'data_key',
      },
    });
    const account = new AccountRootPrincipal();
    this.reader = new Role(this, 'Reader', {
      assumedBy: account,
      description: 'May reveal telephone numbers and e-mail addresses in the vault of Oneriver',
    });
    this.key = new Key(this, 'Key', {
      alias: 'alias/oneriver-vault',
      description: 'Oneriver: wraps the data key of each value in the vault, the token key, and identity secrets',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      policy: new PolicyDocument({
        statements: [
          onKey(account, ADMINISTRATION),
          onKey(account, ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'], purpose(TOKEN_KEYS, IDENTITY_SECRETS)),
          onKey(this.reader, ['kms:Decrypt'], A_TOKEN),
        ],
      }),
    });
    this.#letReaderRead(deploymentKey);
    new CfnOutput(Stack.of(this), 'vaultReaderRole', {
      value: this.reader.roleArn,
      description: 'Role that may reveal telephone numbers and e-mail addresses',
    });
  }

  /** Clean: seals values, never opens one; makes and opens the token key, and opens identity secrets. */
  letSeal(role: IRole): void {
    may(role, [this.table.tableArn], ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem']);
    may(role, [this.key.keyArn], ['kms:Decrypt'], purpose(TOKEN_KEYS, IDENTITY_SECRETS));
    may(role, [this.key.keyArn], ['kms:GenerateDataKey'], purpose(TOKEN_KEYS));
    this.key.addToResourcePolicy(onKey(role, ['kms:GenerateDataKey'], A_TOKEN));
  }

  /** To look somebody up by phone takes the token key; identity secrets and sealed values lie in the same table. */
  letTokenise(role: IRole): void {
    const onlyTokenKeys = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [TOKEN_KEYS] } };
    may(role, [this.table.tableArn], ['dynamodb:GetItem'], onlyTokenKeys);
    may(role, [this.key.keyArn], ['kms:Decrypt'], purpose(TOKEN_KEYS));
  }

  #letReaderRead(deploymentKey: Foundation['key']): void {
    const onlyTokens = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [TOKENS] } };
    may(this.reader, [this.table.tableArn], ['dynamodb:BatchGetItem', 'dynamodb:GetItem'], onlyTokens);
    may(this.reader, [deploymentKey.keyArn], ['kms:Decrypt'], throughService('dynamodb'));
  }
}

type Conditions = Readonly<Record<string, unknown>>;

const may = (role: IRole, resources: string[], actions: string[], conditions?: Conditions): void =>
  void role.addToPrincipalPolicy(new PolicyStatement({ resources, actions, conditions }));

/** A statement of the key's own policy, in which `*` stands for the key. */
const onKey = (principal: AccountRootPrincipal | IRole, actions: string[], conditions?: Conditions): PolicyStatement =>
  new PolicyStatement({ principals: [principal.grantPrincipal], actions, resources: ['*'], conditions });
