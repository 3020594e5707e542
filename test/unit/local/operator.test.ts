import { expect, it } from 'vitest';
import { callerOf } from '../../../local/operator.ts';
import { post } from '../../support/ingest.ts';

const asHeader = (name: string): string => Buffer.from(name).toString('latin1');

it.each([
  ['anna', 'anna'],
  [' anna ', 'anna'],
  [asHeader('安娜'), '安娜'],
  ['Jos\u00e9', 'José'],
  ['', 'local operator'],
  ['  ', 'local operator'],
])('reads the operator %j', (header, name) => {
  expect(callerOf(post('/', '', { 'x-operator': header }))).toBe(name);
});

it('has a name for nobody in particular', () => {
  expect(callerOf(post('/', ''))).toBe('local operator');
});
