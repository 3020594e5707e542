import { expect, test } from 'vitest';
import { compileRules, explain, oneId, resolve } from '../../../../functions/shared/identity/resolve.ts';
import { edge, SHIPPED_RULES, verified } from '../../../support/identity.ts';

const rules = compileRules(SHIPPED_RULES);
const crm = verified('phone:p1', 'user_id:m1', { kind: 'import' });
const login = edge('anonymous_id:c1', 'user_id:m1', { kind: 'login' });
const miniProgram = edge('openid:wxapp:o1', 'phone:p1', { confidence: 0.8 });
const story = [crm, login, miniProgram];

const about = (evidence: typeof story, from: string, to: string) =>
  explain(resolve(evidence, [], rules), evidence, from, to);

test('the chain from a cookie to an openid goes through the member, weakest link first', () => {
  const explanation = about(story, 'anonymous_id:c1', 'openid:wxapp:o1');
  expect(explanation).toMatchObject({ same_person: true, rejected: [], apart: [] });
  expect(explanation.path).toEqual(['anonymous_id:c1', 'user_id:m1', 'phone:p1', 'openid:wxapp:o1']);
  expect(explanation.chain).toEqual([miniProgram, login, crm]);
});

test('a longer chain of strong links is shown rather than a short weak one', () => {
  const guess = edge('anonymous_id:c1', 'openid:wxapp:o1', { kind: 'probabilistic', confidence: 0.6 });
  expect(about([...story, guess], 'anonymous_id:c1', 'openid:wxapp:o1').path).toHaveLength(4);
});

test('of two edges between the same identifiers the stronger one is shown', () => {
  const weak = edge('phone:p1', 'user_id:m1');
  expect(about([weak, ...story], 'phone:p1', 'user_id:m1').chain).toEqual([crm]);
});

test('what was refused at either end is shown with its reason', () => {
  const attack = edge('phone:p2', 'user_id:m1');
  const explanation = about([...story, attack], 'user_id:m1', 'phone:p2');
  expect(explanation).toMatchObject({
    same_person: false,
    path: [],
    chain: [],
    to_one_id: oneId('phone:p2'),
    rejected: [{ edge: attack, reason: 'attach_never_merge' }],
  });
  expect(about([...story, attack], 'anonymous_id:c1', 'phone:p1').rejected).toEqual([]);
});

test('evidence that keeps either end apart is shown once', () => {
  const unbind = verified('anonymous_id:c1', 'user_id:m1', { kind: 'unbind' });
  const elsewhere = verified('openid:wxapp:o1', 'phone:p9', { kind: 'split' });
  const explanation = about([...story, elsewhere, unbind, { ...unbind }], 'anonymous_id:c1', 'user_id:m1');
  expect(explanation).toMatchObject({ same_person: false, apart: [unbind], rejected: [{ reason: 'split' }] });
});

test('an identifier explains itself with an empty chain', () => {
  expect(about(story, 'phone:p1', 'phone:p1')).toMatchObject({ same_person: true, path: ['phone:p1'], chain: [] });
});

test('an identifier that nobody has seen is nobody', () => {
  const explanation = about(story, 'phone:p1', 'phone:unheard-of');
  expect(explanation).toMatchObject({ same_person: false, to_one_id: null, path: [] });
  expect(about(story, 'phone:x', 'phone:x')).toMatchObject({ same_person: false, from_one_id: null });
});
