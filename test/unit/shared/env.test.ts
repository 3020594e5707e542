import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { EnvironmentError, readEnv } from '../../../functions/shared/env.ts';

const schema = Type.Object({
  TABLE: Type.String({ minLength: 1 }),
  URL: Type.Optional(Type.String({ pattern: '^https://' })),
});

describe('readEnv', () => {
  it('gives what the schema names and nothing else', () => {
    expect(readEnv(schema, { TABLE: 't', AWS_SECRET_ACCESS_KEY: 's' })).toEqual({ TABLE: 't' });
  });

  it.each([
    [{}, 'missing: TABLE'],
    [{ TABLE: '' }, 'malformed: TABLE'],
    [{ URL: 'http://secret.example' }, 'missing: TABLE; malformed: URL'],
  ])('names what is wrong in %j', (environment, message) => {
    expect(() => readEnv(schema, environment)).toThrow(EnvironmentError);
    expect(() => readEnv(schema, environment)).toThrow(message);
  });

  it('never says a value', () => {
    expect(() => readEnv(schema, { TABLE: 't', URL: 'http://secret.example' })).toThrow(/^(?!.*secret).*$/);
  });
});
