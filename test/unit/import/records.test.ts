import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldsOf } from '../../../functions/import/csv.ts';
import { type Cut, RecordCutter } from '../../../functions/import/records.ts';

const MAX = 64;

/** All records of some pieces. */
function cut(pieces: readonly Uint8Array[], delimiter: string | undefined): (string | { problem: string })[] {
  const cutter = new RecordCutter({ delimiter: delimiter?.charCodeAt(0), maxBytes: MAX });
  const told = (one: Cut) => (one.problem ? { problem: one.problem } : one.bytes.toString('latin1'));
  return [...pieces.flatMap((piece) => [...cutter.push(piece)]), ...cutter.end()].map(told);
}
const whole = (text: string, delimiter: string | undefined = ',') => cut([Buffer.from(text, 'latin1')], delimiter);

describe('records', () => {
  it('end at line breaks outside quotes', () => {
    expect(whole('a,b\r\n1,"x\ny"\n2,z')).toEqual(['a,b', '1,"x\ny"', '2,z']);
    expect(cut([Buffer.from('a,b\n1,"x\ny"\n')], undefined)).toEqual(['a,b', '1,"x', 'y"']);
  });

  it('take a quote inside a field for text', () => {
    expect(whole('size\n5" pipe\n6" pipe\n')).toEqual(['size', '5" pipe', '6" pipe']);
  });

  it('lose the first line alone to a quote that is never closed', () => {
    expect(whole('a\n"open,1\n2\n3\n')).toEqual(['a', { problem: 'unclosed_quote' }, '2', '3']);
    const long = `a\n"open,1\n${'2\n'.repeat(MAX)}`;
    expect(whole(long).slice(0, 3)).toEqual(['a', { problem: 'row_too_large' }, '2']);
    expect(whole(long)).toHaveLength(MAX + 2);
  });

  it('hold none that is too large', () => {
    expect(whole(`a\n${'x'.repeat(10 * MAX)}\nb\n`)).toEqual(['a', { problem: 'row_too_large' }, 'b']);
    expect(whole(`a\n${'x'.repeat(10 * MAX)}`)).toEqual(['a', { problem: 'row_too_large' }]);
  });

  it('are the same however the bytes are divided, and say where each begins', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', ',', '"', '\n', '\r', '中', 'x'.repeat(20)),
      maxLength: 60,
    });
    fc.assert(
      fc.property(text, fc.array(fc.nat(200), { maxLength: 12 }), fc.boolean(), (chars, at, quotes) => {
        const bytes = Buffer.from(chars);
        const places = [0, ...at.map((n) => n % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
        const delimiter = quotes ? ',' : undefined;
        expect(cut(pieces, delimiter)).toEqual(cut([bytes], delimiter));
        const cutter = new RecordCutter({ delimiter: delimiter?.charCodeAt(0), maxBytes: MAX });
        const cuts = [...cutter.push(bytes), ...cutter.end()];
        for (const [index, { next }] of cuts.entries()) {
          expect(cut([bytes.subarray(next)], delimiter)).toHaveLength(cuts.length - index - 1);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('fields', () => {
  it.each([
    ['a,b', ['a', 'b']],
    ['"a,b",c', ['a,b', 'c']],
    ['"a ""b""",', ['a "b"', '']],
    ['5" pipe,x', ['5" pipe', 'x']],
    ['"a"b,c', ['ab', 'c']],
    ['', ['']],
    ['"open', ['open']],
  ])('of %j are %j', (record, fields) => {
    expect(fieldsOf(record, ',')).toEqual(fields);
  });

  it('come back as they were written', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', '中') });
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), (fields) => {
        const record = fields.map((one) => `"${one.replaceAll('"', '""')}"`).join(',');
        expect(fieldsOf(record, ',')).toEqual(fields);
      }),
    );
  });
});
