import { describe, expect, it } from 'vitest';
import { sentenceOf } from '../../../functions/serve/sentence.ts';
import { type Evidence, EvidenceKind } from '../../../schemas/evidence.ts';

const evidence = (over: Partial<Evidence>): Evidence => ({
  a: 'phone:t1.x',
  b: 'user_id:m1',
  kind: 'same_event',
  verified: true,
  confidence: 1,
  first_seen: '2026-11-20T10:11:12.000Z',
  source_id: 'crm',
  event_id: 'e1',
  ...over,
});
const declared = { by: 'anna', why: 'he said so' };
const kinds = EvidenceKind.anyOf.map(({ const: kind }) => kind);

describe('a piece of evidence in words', () => {
  it.each(kinds)('%s names both, the time, and how far it can be trusted', (kind) => {
    const sentence = sentenceOf(evidence({ kind, confidence: 0.93, model: 'fs-1' }));
    for (const part of ['phone:t1.x', 'user_id:m1', '2026-11-20 10:11 UTC', 'verified'])
      expect(sentence).toContain(part);
    expect(sentence).toMatch(/^[A-Za-z].*\.$/);
  });

  it('reads differently for each kind', () => {
    expect(new Set(kinds.map((kind) => sentenceOf(evidence({ kind })))).size).toBe(kinds.length);
  });

  it('says who declared it and why, and when last', () => {
    const bind = evidence({ kind: 'bind', last_seen: '2026-11-21T00:00:00.000Z' });
    expect(sentenceOf(bind, { declared })).toBe(
      'anna bound phone:t1.x and user_id:m1 together (2026-11-21 00:00 UTC, verified): "he said so".',
    );
    expect(sentenceOf(evidence({ kind: 'bind', verified: false }))).toContain('Source crm bound');
  });

  it('tells a release from an unbind', () => {
    const release = evidence({ kind: 'unbind', b: 'phone:t1.x' });
    expect(sentenceOf(release, { declared })).toMatch(/^anna released phone:t1\.x from/);
    expect(sentenceOf(evidence({ kind: 'unbind' }), { declared })).toMatch(/no longer belong together/);
  });

  it('adds why it joins nothing, with one full stop', () => {
    for (const but of ['It joins nothing: one is shared', 'It joins nothing: one is shared.']) {
      expect(sentenceOf(evidence({}), { but })).toMatch(/verified\)\. It joins nothing: one is shared\.$/);
    }
  });
});
