import { describe, expect, it } from 'vitest';
import { allows, holds, rolePolicies, type Statement } from '../support/iam.ts';
import { synthesise } from '../support/templates.ts';

const { template, names } = synthesise();
const clean = template('clean');
const [key, ...others] = Object.entries(clean.findResources('AWS::KMS::Key'));
const [keyId, { Properties }] = key ?? ['', { Properties: {} }];
const keyPolicy = allows(Properties.KeyPolicy);
const roles = new Map(
  names.flatMap((name) => [...rolePolicies(template(name))].map(([id, own]) => [`${name}/${id}`, own])),
);
const role = (pattern: RegExp): string => [...roles.keys()].find((id) => pattern.test(id)) ?? '';
const CLEAN = role(/^clean\/FunctionRole/);
const SERVE = role(/^serve\/FunctionRole/);
const READER = role(/^clean\/VaultReader/);

const ROOT = '":iam::",{"Ref":"AWS::AccountId"},":root"';
const isKey = (resource: string) => resource.includes(keyId);
const contextKeys = (context: Record<string, string>) =>
  Object.fromEntries(Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]));
const permits = (statements: readonly Statement[], action: string, request: Record<string, string>) =>
  statements.some(({ actions, conditions }) => actions.includes(action) && holds(conditions, request));

/** As KMS decides within one account: the key's policy for the role itself, or for the account and the role's own policy. */
function may(who: string, action: string, context: Record<string, string>): boolean {
  const request = contextKeys(context);
  const own = (roles.get(who) ?? []).filter(({ resources }) => resources.some(isKey));
  const direct = keyPolicy.filter(({ principals }) => principals.some((arn) => arn.includes(who.split('/')[1] ?? '?')));
  return permits(direct, action, request) || (byAccount(action, context) && permits(own, action, request));
}
/** What an administrator with every permission in IAM may do. */
const byAccount = (action: string, context: Record<string, string>): boolean =>
  permits(
    keyPolicy.filter(({ principals }) => principals.some((arn) => arn.includes(ROOT))),
    action,
    contextKeys(context),
  );

const VALUE = { token: 't1.abcdefghijklmnopqrstuv' };
const TOKEN_KEY = { purpose: 'token-key:v1' };
const SECRETS = { purpose: 'identity-secrets', source: 'web' };

describe("the vault's key", () => {
  it('is one of its own, rotated, kept, with a name', () => {
    expect(others).toEqual([]);
    expect(Properties.EnableKeyRotation).toBe(true);
    clean.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    clean.hasResourceProperties('AWS::KMS::Alias', { AliasName: 'alias/oneriver-vault' });
    clean.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { KEY_ID: { 'Fn::GetAtt': [keyId, 'Arn'] } } },
    });
  });

  it.each([
    ['the reader opens values', READER, 'kms:Decrypt', VALUE, true],
    ['the reader opens no token key', READER, 'kms:Decrypt', TOKEN_KEY, false],
    ['the reader opens no identity secrets', READER, 'kms:Decrypt', SECRETS, false],
    ['the reader opens nothing that names both', READER, 'kms:Decrypt', { ...VALUE, ...TOKEN_KEY }, false],
    ['the reader opens nothing without a context', READER, 'kms:Decrypt', {}, false],
    ['the reader seals nothing', READER, 'kms:GenerateDataKey', VALUE, false],
    ['clean seals values', CLEAN, 'kms:GenerateDataKey', VALUE, true],
    ['clean opens no value', CLEAN, 'kms:Decrypt', VALUE, false],
    ['clean makes the token key', CLEAN, 'kms:GenerateDataKey', TOKEN_KEY, true],
    ['clean opens the token key', CLEAN, 'kms:Decrypt', TOKEN_KEY, true],
    ['clean opens identity secrets', CLEAN, 'kms:Decrypt', SECRETS, true],
    ['serve opens the token key', SERVE, 'kms:Decrypt', TOKEN_KEY, true],
    ['serve opens no value', SERVE, 'kms:Decrypt', VALUE, false],
    ['serve opens no identity secrets', SERVE, 'kms:Decrypt', SECRETS, false],
    ['serve makes no key', SERVE, 'kms:GenerateDataKey', TOKEN_KEY, false],
  ])('%s', (_, who, action, context, expected) => {
    expect(who).not.toBe('');
    expect(may(who, action, context)).toBe(expected);
  });

  it('opens no value for an administrator, whatever IAM allows', () => {
    for (const action of ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:CreateGrant'])
      expect([action, byAccount(action, VALUE)]).toEqual([action, false]);
    expect(byAccount('kms:PutKeyPolicy', {})).toBe(true);
    expect(keyPolicy.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([]);
  });

  it('is named in the policy of no other role', () => {
    const using = [...roles].filter(([, own]) => own.some(({ resources }) => resources.some(isKey))).map(([id]) => id);
    expect(using.toSorted()).toEqual([CLEAN, SERVE].toSorted());
  });
});

describe("the vault's table", () => {
  const onTable = (who: string) =>
    (roles.get(who) ?? []).filter(({ resources }) => resources.some((arn) => /VaultTable/.test(arn)));
  const reads = (who: string, item: string) =>
    permits(onTable(who), 'dynamodb:GetItem', { 'dynamodb:LeadingKeys': item });

  it('is read by the reader where it has values, by serve where it has the token key', () => {
    const items = [VALUE.token, 'token-key:v1', 'identity-secrets'];
    expect(items.map((item) => reads(READER, item))).toEqual([true, false, false]);
    expect(items.map((item) => reads(SERVE, item))).toEqual([false, true, false]);
  });

  it('is written by clean alone, and item by item only', () => {
    const writers = [...roles.keys()].filter((who) =>
      onTable(who).some(({ actions }) => actions.some((a) => /Put|Update|Write|Delete/.test(a))),
    );
    expect(writers).toEqual([CLEAN]);
    expect(
      onTable(CLEAN)
        .flatMap(({ actions }) => actions)
        .toSorted(),
    ).toEqual(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem']);
  });

  it('is reachable for nobody else', () => {
    const using = [...roles.keys()].filter((who) => onTable(who).length > 0);
    expect(using.toSorted()).toEqual([CLEAN, READER, SERVE].toSorted());
  });
});

it('lets the reader be taken on within the account alone, and use the key of the table only through DynamoDB', () => {
  const reader = Object.entries(clean.findResources('AWS::IAM::Role')).find(([id]) => READER.endsWith(id))?.[1];
  expect(JSON.stringify(reader?.Properties.AssumeRolePolicyDocument)).toContain(ROOT);
  const [through] = (roles.get(READER) ?? []).filter(({ actions }) => actions.includes('kms:Decrypt'));
  expect(JSON.stringify(through?.conditions)).toMatch(/"kms:ViaService":\{"Fn::Join":\["",\["dynamodb\."/);
});
