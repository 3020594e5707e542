import type { Template } from 'aws-cdk-lib/assertions';
import type { TObject } from 'typebox';
import { expect, it } from 'vitest';

/** The function's environment is exactly what its stage reads. */
export function environmentCase(template: Template, schema: TObject): void {
  it('gives its function every variable that it reads, and no other', () => {
    const [made] = Object.values(template.findResources('AWS::Lambda::Function'));
    const given = Object.keys(made?.Properties.Environment.Variables);
    const optional = Object.keys(schema.properties).filter((name) => !schema.required?.includes(name));
    expect(given.filter((name) => !optional.includes(name)).toSorted()).toEqual(
      [...(schema.required ?? [])].toSorted(),
    );
  });
}
