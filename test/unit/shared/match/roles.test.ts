import { expect, it } from 'vitest';
import { makeComparisons } from '../../../../functions/shared/match/comparisons.ts';
import { detectRoles } from '../../../../functions/shared/match/roles.ts';
import { buildTable } from '../../../../functions/shared/match/table.ts';

const rolesOf = (header: string, rows: string[], labelled = false): string[] =>
  detectRoles({ columns: header.split(','), rows: rows.map((row) => row.split(',')) }, labelled);

it('knows columns by their names', () => {
  const rows = [
    '1,ann,lee,1990-01-01,a@b.example,5551234567,1 x st,york,12345,e1',
    '2,bob,ray,1990-01-02,c@b.example,5551234568,2 x st,bath,12346,e2',
    '3,bob,ray,1990-01-02,c@b.example,5551234568,2 x st,bath,12346,e2',
  ];
  expect(rolesOf('rec_id,FirstName,LastName,DateOfBirth,Email,Phone,Address1,City,ZipCode,EntityId', rows)).toEqual([
    'id',
    'first_name',
    'last_name',
    'birth_date',
    'email',
    'phone',
    'street',
    'city',
    'postcode',
    'truth',
  ]);
});

it('knows Chinese column names', () => {
  expect(
    rolesOf('姓名,生日,手机,cluster', [
      '王伟,1990-01-01,13800138000,1',
      '李芳,1990-01-03,13800138001,2',
      '李芳,1990-01-03,13800138001,2',
    ]),
  ).toEqual(['full_name', 'birth_date', 'phone', 'truth']);
});

it('knows dates and addresses of mail by what they look like', () => {
  expect(rolesOf('a,b', ['19900101,x@y.example', '19910203,z@y.example'])).toEqual(['birth_date', 'email']);
});

it('leaves a full name out where its parts are columns of their own', () => {
  expect(rolesOf('full_name,first_name,surname', ['ann lee,ann,lee', 'bob ray,bob,ray'])).toEqual([
    'ignore',
    'first_name',
    'last_name',
  ]);
});

it('takes repeated record ids for the truth in a labelled table alone', () => {
  const rows = ['7,ann', '7,anne', '8,bob'];
  expect(rolesOf('id,name', rows, true)).toEqual(['truth', 'full_name']);
  expect(rolesOf('id,name', rows)).toEqual(['identifier', 'full_name']);
});

it('takes ids of copies for record ids, never for something to compare', () => {
  expect(rolesOf('x,name', ['rec-1-org,ann', 'rec-1-dup-0,anne', 'rec-2-org,bob'], true)).toEqual(['id', 'full_name']);
});

it('never compares row numbers, whatever they are called', () => {
  expect(rolesOf('no,name,serial', ['1,ann,11', '2,anne,12', '3,bob,13'])).toEqual(['id', 'full_name', 'ignore']);
});

it('knows devices, addresses of the internet and tokens', () => {
  const rows = ['t1.a9,203.0.113.7,ios,t1.b', 't1.c8,2001:db8::1,android,t1.d', 't1.c8,203.0.113.9,android,t1.e'];
  expect(rolesOf('phone,last_ip,user_agent,email', rows)).toEqual(['token', 'ip', 'device', 'token']);
  expect(rolesOf('tip,ship', ['5 pct,fast', '6 pct,slow', '6 pct,fast'])).toEqual(['text', 'text']);
});

it.each([
  ['ip', '203.0.113.7', '::ffff:203.0.113.7', 'exact'],
  ['ip', '203.0.113.7', '203.0.113.9', 'same network'],
  ['ip', '203.0.113.7', '203.0.114.7', 'else'],
  ['ip', '2001:db8:1:2::3', '2001:DB8:1:9::1', 'same network'],
  ['ip', '2001:db8:1:2::3', '2001:db8:2:2::3', 'else'],
  ['device', 'A-1B', 'a1b', 'exact'],
  ['device', 'a1b', 'a1c', 'else'],
  ['token', 't1.aB', 't1.aB', 'exact'],
  ['token', 't1.aB', 't1.ab', 'else'],
] as const)('compares %s %s and %s: %s', (role, a, b, level) => {
  const [comparison] = makeComparisons(buildTable({ columns: ['x'], rows: [[a], [b]] }, [role]));
  expect(comparison?.levels[comparison.level(0, 1)]).toBe(level);
});
