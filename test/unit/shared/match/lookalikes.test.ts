import { expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../functions/shared/match/model.ts';
import { seededRandom } from '../../../../functions/shared/match/random.ts';
import { evaluate } from '../../../../functions/shared/match/report.ts';
import type { RawTable } from '../../../../functions/shared/match/roles.ts';
import { prepare, train } from '../../../../functions/shared/match/train.ts';

const FIRST = 'ann bob carl dora emil fay gus hal ida joe kim lea max nora otto pia quin rosa sam tess'.split(' ');
const LAST = 'adams baker clark davis evans foster green hughes irwin jones king lewis moore noble owens'.split(' ');
const ROLES = ['truth', 'first_name', 'last_name', 'birth_date', 'email', 'street', 'postcode'] as const;

/** Families at one address, each person one to three times, a cell missing now and then, mail made of the name. */
function families(count: number): RawTable {
  const random = seededRandom(11);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = (list: readonly string[]): string => list[below(list.length)] ?? '';
  const rows: string[][] = [];
  for (let family = 0; family < count; family += 1) {
    const [last, street, code] = [pick(LAST), `${below(99)} ${pick(LAST)} road`, String(10_000 + below(80_000))];
    for (let person = 0; person <= below(4); person += 1) {
      const first = pick(FIRST);
      const birth = `${1940 + below(70)}-${10 + below(3)}-${10 + below(18)}`;
      const known = [first, last, birth, `${first}.${last}${below(50)}@mail.example`, street, code];
      const copies = 1 + below(3);
      for (let copy = 0; copy < copies; copy += 1) {
        rows.push([`${family}.${person}`, ...known.map((cell) => (random() < 0.15 ? '' : cell))]);
      }
    }
  }
  return { columns: [...ROLES], rows };
}

it('takes neither a family nor namesakes for one person', () => {
  const raw = families(400);
  const prepared = prepare(raw, ROLES, DEFAULT_SETTINGS);
  const truth = raw.rows.map(([person = '']) => person);
  const { best, atDefault, agreeingClusters } = evaluate(
    prepared,
    train(raw, ROLES, DEFAULT_SETTINGS, prepared),
    truth,
  );
  expect(best.pairs.f1).toBeGreaterThan(0.95);
  expect(atDefault.pairs.precision).toBeGreaterThan(0.95);
  expect(agreeingClusters.f1).toBeGreaterThan(0.95);
});
