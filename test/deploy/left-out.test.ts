import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LeftOut, leaveOut, thinAssembly } from './left-out.ts';

const LIST: readonly LeftOut[] = [
  { type: 'A::B::Gone', reason: 'The emulator does not know it.' },
  { type: 'A::B::Never', reason: 'Nothing has it.' },
];
const gone = { Type: 'A::B::Gone' };
const kept = { Type: 'A::B::Kept' };

describe('leaving resources out of a template', () => {
  it('takes out what is listed and keeps the rest as it is', () => {
    const { template, counts } = leaveOut({ Resources: { a: gone, b: kept, c: gone }, Outputs: { o: 1 } }, LIST);
    expect(template).toEqual({ Resources: { b: kept }, Outputs: { o: 1 } });
    expect(counts).toEqual([2, 0]);
  });

  it('lets others wait no more for what is gone, and still for what is not', () => {
    const waiting = (...DependsOn: string[]) => ({ ...kept, DependsOn });
    const Resources = { a: gone, b: kept, c: waiting('a', 'b'), d: waiting('a'), e: { ...kept, DependsOn: 'a' } };
    expect(leaveOut({ Resources }, LIST).template.Resources).toEqual({ b: kept, c: waiting('b'), d: kept, e: kept });
  });

  it.each([
    ['Ref', { Properties: { Name: [{ Ref: 'a' }] } }],
    ['Fn::GetAtt', { Properties: { Arn: { 'Fn::GetAtt': ['a', 'Arn'] } } }],
  ])('refuses to take out what stays refers to by %s', (_, properties) => {
    expect(() => leaveOut({ Resources: { a: gone, b: { ...kept, ...properties } } }, LIST)).toThrow(/takes out a,/);
  });

  it('gives a changed template a name of its own in the asset bucket, and leaves others alone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'oneriver-left-out-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const write = (name: string, content: unknown): void => writeFileSync(join(folder, name), JSON.stringify(content));
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    const assets = (stack: string, id: string) => ({ files: { [id]: { source: { path: `${stack}.template.json` } } } });
    write('one.template.json', { Resources: { a: gone, b: kept } });
    write('one.assets.json', assets('one', 'hash-1'));
    write('two.template.json', { Resources: { b: kept } });
    write('two.assets.json', assets('two', 'hash-2'));
    write('manifest.json', { one: 's3://assets/hash-1.json', two: 's3://assets/hash-2.json' });
    expect(thinAssembly(folder, LIST)).toEqual([1, 0]);
    expect(JSON.parse(read('one.template.json'))).toEqual({ Resources: { b: kept } });
    for (const name of ['one.assets.json', 'manifest.json']) expect(read(name)).not.toContain('hash-1');
    for (const name of ['two.assets.json', 'manifest.json']) expect(read(name)).toContain('hash-2');
  });
});
