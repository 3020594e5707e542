import { type CfnResource, Stack } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { CfnPrincipalPermissions, CfnTag, CfnTagAssociation } from 'aws-cdk-lib/aws-lakeformation';
import { Construct, type IDependable } from 'constructs';
import { type Classification, type Column, classificationOf } from '../../schemas/lake.ts';

/** The tag that says what columns tell of persons. */
export const TAG_KEY = 'oneriver_pii';
export const CLASSES: readonly Classification[] = ['none', 'tokens', 'personal'];

/** A relation of the catalogue, with the columns that it shows. */
export interface TaggedRelation {
  readonly name: string;
  readonly columns: readonly Column[];
  /** What has to be there before it can be tagged. */
  readonly after: IDependable;
}

export interface LakeTagsProps {
  readonly database: string;
  readonly databaseResource: CfnResource;
}

/**
 * Lake Formation's tags by classification: the database is `none`, which every column inherits, and columns with tokens or
 * personal values say so themselves. Grants go by tag, so that a column that is added to the registry is covered by its
 * classification. It takes nothing from anybody: as long as IAMAllowedPrincipals may use the database, IAM decides alone.
 */
export class LakeTags extends Construct {
  readonly #database: string;
  readonly #own: CfnTagAssociation;
  readonly #tag: CfnTag;
  readonly #catalog: string;

  constructor(scope: Construct, id: string, props: LakeTagsProps) {
    super(scope, id);
    this.#database = props.database;
    this.#catalog = Stack.of(this).account;
    this.#tag = new CfnTag(this, 'Tag', { catalogId: this.#catalog, tagKey: TAG_KEY, tagValues: [...CLASSES] });
    this.#own = this.#associate('Database', 'none', { database: { catalogId: this.#catalog, name: props.database } });
    this.#own.addResourceDependency(props.databaseResource);
  }

  /** Tags the columns of a relation that tell something of persons. */
  classify({ name, columns, after }: TaggedRelation): void {
    for (const value of CLASSES.filter((other) => other !== 'none')) {
      const columnNames = columns.filter((column) => classificationOf(column) === value).map((column) => column.name);
      if (columnNames.length === 0) continue;
      const made = this.#associate(`${name}-${value}`, value, {
        tableWithColumns: { catalogId: this.#catalog, databaseName: this.#database, name, columnNames },
      });
      made.node.addDependency(this.#own, after);
    }
  }

  #associate(id: string, value: Classification, resource: CfnTagAssociation.ResourceProperty): CfnTagAssociation {
    const lfTags = [{ catalogId: this.#catalog, tagKey: TAG_KEY, tagValues: [value] }];
    const made = new CfnTagAssociation(this, id, { resource, lfTags });
    made.addResourceDependency(this.#tag);
    return made;
  }

  /** Lets a role read the columns of these classes. The grant is made in `scope`: where the role is. */
  letRead(scope: Construct, role: IRole, classes: readonly Classification[]): IDependable[] {
    return [
      this.#grant(scope, 'Read', { role, classes, on: 'TABLE', permissions: ['SELECT', 'DESCRIBE'] }),
      this.#grant(scope, 'See', { role, classes: ['none'], on: 'DATABASE', permissions: ['DESCRIBE'] }),
    ];
  }

  /** Lets a role make tables and write to all of them. */
  letKeep(scope: Construct, role: IRole): IDependable[] {
    const permissions = ['SELECT', 'INSERT', 'DELETE', 'ALTER', 'DESCRIBE'];
    return [
      this.#grant(scope, 'Keep', { role, classes: CLASSES, on: 'TABLE', permissions }),
      this.#grant(scope, 'Make', {
        role,
        classes: ['none'],
        on: 'DATABASE',
        permissions: ['CREATE_TABLE', 'DESCRIBE'],
      }),
    ];
  }

  #grant(
    scope: Construct,
    id: string,
    of: { role: IRole; classes: readonly Classification[]; on: 'TABLE' | 'DATABASE'; permissions: string[] },
  ): IDependable {
    const grant = new CfnPrincipalPermissions(scope, `Lake${id}`, {
      catalog: this.#catalog,
      principal: { dataLakePrincipalIdentifier: of.role.roleArn },
      resource: {
        lfTagPolicy: {
          catalogId: this.#catalog,
          resourceType: of.on,
          expression: [{ tagKey: TAG_KEY, tagValues: [...of.classes] }],
        },
      },
      permissions: of.permissions,
      permissionsWithGrantOption: [],
    });
    if (Stack.of(scope) === Stack.of(this)) grant.addResourceDependency(this.#own);
    return grant;
  }
}
