import { expect, it } from 'vitest';
import { detectRoles } from '../../../../functions/shared/match/roles.ts';

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
