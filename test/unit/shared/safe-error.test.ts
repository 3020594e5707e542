import { expect, it } from 'vitest';
import { faultOf, withoutData } from '../../../functions/shared/safe-error.ts';

const MAIL = 'anna@example.com';
const ofAws = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode: 400, requestId: 'r-1' } });
const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

it('keeps what our own errors say', () => {
  class VaultError extends Error {
    override name = 'VaultError';
  }
  const message = 'Table vault: the token key vanished while it was made. Try again.';
  expect(faultOf(new VaultError(message))).toMatchObject({ error: 'VaultError', message });
  expect(withoutData(new VaultError(message))).toMatchObject({ name: 'VaultError', message });
});

it.each([
  ['reading JSON', () => JSON.parse(`{"phone":"13812345678" ${MAIL}`), 'SyntaxError'],
  ['a zone', () => new Intl.DateTimeFormat('en', { timeZone: MAIL }), 'RangeError'],
  ['a URI', () => decodeURIComponent(`%${MAIL}`), 'URIError'],
])('drops what JavaScript says of %s, and keeps where that was', (_, work, name) => {
  const error = thrownBy(work);
  const fault = faultOf(error);
  expect(fault).toMatchObject({
    error: name,
    at: expect.arrayContaining([expect.stringContaining('safe-error.test')]),
  });
  expect(JSON.stringify([fault, withoutData(error).stack])).not.toMatch(/anna|138/);
});

it('drops what AWS says of what it was given, and keeps what it says of our permissions', () => {
  const invalid = faultOf(ofAws('ValidationException', `Value '${MAIL}' at 'key' failed`));
  expect(invalid).toMatchObject({ error: 'ValidationException', status: 400, aws_request_id: 'r-1' });
  expect(invalid).not.toHaveProperty('message');
  const arn = 'arn:aws:kms:eu-central-1:123456789012:key/1';
  const denied = `User: arn:aws:sts::123456789012:assumed-role/f is not authorized to perform: kms:Decrypt on resource: ${arn}`;
  expect(faultOf(ofAws('AccessDeniedException', denied))).toMatchObject({ message: denied });
});

it('takes addresses and telephone numbers out of whatever is left', () => {
  const { message } = faultOf(new Error(`No person for ${MAIL} or +86 138-1234-5678 or 13812345678.`));
  expect(message).toBe('No person for … or … or ….');
});

it('looks into causes, but not for ever', () => {
  const ring = new Error('a');
  ring.cause = new SyntaxError(MAIL, { cause: ring });
  expect(faultOf(ring)).toMatchObject({ message: 'a', cause: { error: 'SyntaxError', cause: { message: 'a' } } });
  expect(JSON.stringify(faultOf(ring))).not.toContain(MAIL);
  expect(faultOf('text of anna')).toEqual({ error: 'string' });
});
