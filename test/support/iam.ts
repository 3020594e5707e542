import type { Template } from 'aws-cdk-lib/assertions';

/** A statement as it stands in a template, its one or many values as lists. */
export interface Statement {
  readonly actions: readonly string[];
  /** Each as JSON text, so that references can be compared. */
  readonly resources: readonly string[];
  readonly principals: readonly string[];
  readonly conditions: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const list = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

interface Written {
  readonly Effect: string;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Statement['conditions'];
}

/** The statements of a policy document that allow something. */
export const allows = (document: { readonly Statement: readonly Written[] }): Statement[] =>
  document.Statement.filter(({ Effect }) => Effect === 'Allow').map((written) => ({
    actions: list(written.Action).map(text),
    resources: list(written.Resource).map(text),
    principals: Object.values(Object(written.Principal)).flatMap(list).map(text),
    conditions: written.Condition ?? {},
  }));

/** What each role of a template may do, by the role's logical id. */
export function rolePolicies(template: Template): Map<string, Statement[]> {
  const of = new Map<string, Statement[]>();
  const roles = Object.entries(template.findResources('AWS::IAM::Role'));
  for (const [id, { Properties }] of roles) {
    const inline: { PolicyDocument: { Statement: Written[] } }[] = Properties.Policies ?? [];
    of.set(
      id,
      inline.flatMap(({ PolicyDocument }) => allows(PolicyDocument)),
    );
  }
  for (const { Properties } of Object.values(template.findResources('AWS::IAM::Policy'))) {
    for (const { Ref } of Properties.Roles) of.set(Ref, [...(of.get(Ref) ?? []), ...allows(Properties.PolicyDocument)]);
  }
  return of;
}

const like = (pattern: string, value: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(value);

/**
 * Whether the conditions of a statement hold for a request with these keys, for the operators that the stacks use.
 * Throws for any other, so that a test never takes for true what it did not understand.
 */
export function holds(conditions: Statement['conditions'], request: Readonly<Record<string, string>>): boolean {
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const given = request[key];
      const values = list(wanted).map(text);
      if (operator === 'Null') return values.includes(String(given === undefined));
      if (operator.startsWith('ForAllValues:') && given === undefined) return true;
      if (given === undefined) return false;
      const compare = operator.replace(/^ForAllValues:/, '');
      if (compare === 'StringEquals') return values.includes(given);
      if (compare === 'StringLike') return values.some((pattern) => like(pattern, given));
      throw new Error(`This test does not know the condition operator ${operator}.`);
    }),
  );
}
