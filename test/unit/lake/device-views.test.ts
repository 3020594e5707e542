import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEVICE_VIEW_COLUMNS } from '../../../functions/lake/device-views.ts';
import type { LakeRow } from '../../../schemas/lake.ts';
import { query } from '../../support/lake-views.ts';

type Session = 'login' | 'logout' | null;
/** One thing that happened on the tablet: at which hour, by whom (nobody: anonymously), and whether it is a login or logout. */
type Step = readonly [hour: number, member: string | null, session?: Session];

const time = (hour: number): string => `2026-03-01 ${String(hour).padStart(2, '0')}:00:00`;
const idOf = (type: string, value: string) => ({ type, value });

/** The event's row, with its identifiers strongest first, as clean writes them. */
function row([hour, member, session = null]: Step, event_id: string, more: LakeRow = {}): LakeRow {
  const devices = [idOf('device_id', 'tablet'), idOf('anonymous_id', 'cookie')];
  const identifiers = member === null ? devices : [idOf('user_id', member), ...devices];
  return {
    event_id,
    owner: member === null ? 'device_id:tablet' : `user_id:${member}`,
    identifiers: JSON.stringify(identifiers),
    session,
    occurred_at: time(hour),
    received_at: time(hour),
    ...more,
  };
}
const rows = (steps: readonly Step[]): LakeRow[] => steps.map((step, index) => row(step, `e${index}`));

const OWNERSHIP = `SELECT owner, strftime(valid_from, '%-H'), strftime(valid_to, '%-H'), began_with, ended_with
  FROM device_ownership WHERE identifier = 'device_id:tablet' ORDER BY valid_from`;
const ownership = (events: readonly LakeRow[]): Promise<unknown[][]> => query({ events }, OWNERSHIP);

describe('device_ownership', () => {
  it.each<[string, Step[], unknown[][]]>([
    [
      'from a login to the logout',
      [
        [1, null],
        [2, 'li', 'login'],
        [3, 'li'],
        [4, 'li', 'logout'],
        [5, null],
      ],
      [['user_id:li', '2', '4', 'login', 'logout']],
    ],
    [
      'until another signs in',
      [
        [1, 'li', 'login'],
        [5, 'wang', 'login'],
      ],
      [
        ['user_id:li', '1', '5', 'login', 'other_login'],
        ['user_id:wang', '5', null, 'login', null],
      ],
    ],
    [
      'once, however often the same member signs in',
      [
        [1, 'li', 'login'],
        [2, 'li', 'login'],
        [3, 'li', 'logout'],
        [4, 'li', 'logout'],
      ],
      [['user_id:li', '1', '3', 'login', 'logout']],
    ],
    [
      'again after a logout',
      [
        [1, 'li', 'login'],
        [2, null, 'logout'],
        [3, 'li', 'login'],
      ],
      [
        ['user_id:li', '1', '2', 'login', 'logout'],
        ['user_id:li', '3', null, 'login', null],
      ],
    ],
    [
      'from the first event that names a member, where the login was lost',
      [
        [1, 'li'],
        [2, 'li', 'login'],
        [3, 'wang'],
      ],
      [
        ['user_id:li', '1', '3', 'activity', 'other_login'],
        ['user_id:wang', '3', null, 'activity', null],
      ],
    ],
    [
      'whatever a logout of somebody else says',
      [
        [1, 'li', 'login'],
        [2, 'wang', 'logout'],
      ],
      [['user_id:li', '1', null, 'login', null]],
    ],
    [
      'and nobody, where only logouts were seen',
      [
        [1, 'li', 'logout'],
        [2, null, 'logout'],
      ],
      [],
    ],
    [
      'and nobody, where all were anonymous',
      [
        [1, null],
        [2, null],
      ],
      [],
    ],
  ])('says who was signed in %s', async (_, steps, expected) => {
    expect(await ownership(rows(steps))).toEqual(expected);
  });

  it('knows each device of an event, up to the last of twenty identifiers', async () => {
    const many = [idOf('user_id', 'li'), ...Array.from({ length: 19 }, (_, n) => idOf('anonymous_id', `c${n}`))];
    const events = [row([1, 'li', 'login'], 'e', { identifiers: JSON.stringify(many) })];
    const found = await query({ events }, 'SELECT identifier FROM device_ownership ORDER BY 1');
    expect(found).toHaveLength(19);
    expect(found).toContainEqual(['anonymous_id:c18']);
  });

  it('names the person whose the member is now, however often the answer changed', async () => {
    const map = (owner: string, one_id: string, day: number): LakeRow => ({
      owner,
      one_id,
      shared: false,
      valid_from: `2026-03-0${day} 00:00:00`,
      seq: day,
    });
    const identity_map = [map('user_id:li', 'A', 1), map('user_id:li', 'B', 2)];
    const events = rows([[1, 'li', 'login']]);
    expect(await query({ events, identity_map }, 'SELECT DISTINCT one_id FROM device_ownership')).toEqual([['B']]);
  });

  it('gives the same whatever order events come in and however often', async () => {
    const step = fc.tuple(
      fc.integer({ min: 0, max: 9 }),
      fc.constantFrom('li', 'wang', null),
      fc.constantFrom<Session>('login', 'logout', null),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        async (steps, rank) => {
          const events = rows(
            steps.map(([hour, member, session]) => [
              hour,
              member,
              member === null && session === 'login' ? null : session,
            ]),
          );
          const twice = [...events, ...events.slice(0, 3)];
          const mixed = twice.map((item) => ({ item, at: rank.next().value })).sort((a, b) => a.at - b.at);
          const expected = replay(events);
          expect(await ownership(mixed.map(({ item }) => item))).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });
});

/** The same told as a story, one event after the other. */
function replay(events: readonly LakeRow[]): unknown[][] {
  const hourOf = (event: LakeRow) => Number(String(event.occurred_at).slice(11, 13));
  const rankOf = (event: LakeRow) =>
    `${hourOf(event)}|${event.session === 'logout' ? 0 : 1}|${String(event.owner).startsWith('user_id:') ? event.owner : '~'}|${event.event_id}`;
  const found: { owner: string; from: number; to: number | null; began: string; ended: string | null }[] = [];
  let held: (typeof found)[number] | undefined;
  for (const event of [...events].sort((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1))) {
    const member = String(event.owner).startsWith('user_id:') ? String(event.owner) : undefined;
    if (event.session === 'logout') {
      if (held && (member === undefined || member === held.owner)) {
        Object.assign(held, { to: hourOf(event), ended: 'logout' });
        held = undefined;
      }
      continue;
    }
    if (member === undefined || member === held?.owner) continue;
    if (held) Object.assign(held, { to: hourOf(event), ended: 'other_login' });
    held = {
      owner: member,
      from: hourOf(event),
      to: null,
      began: event.session === 'login' ? 'login' : 'activity',
      ended: null,
    };
    found.push(held);
  }
  return found
    .filter(({ from, to }) => to === null || to > from)
    .map(({ owner, from, to, began, ended }) => [owner, String(from), to === null ? null : String(to), began, ended]);
}

describe('shared_devices', () => {
  it('lists devices that are shared now, with how many people and anonymous events', async () => {
    const map = (owner: string, one_id: string, shared: boolean): LakeRow => ({
      owner,
      one_id,
      shared,
      valid_from: time(1),
      seq: 1,
    });
    const identity_map = [
      map('device_id:tablet', 'T', true),
      map('anonymous_id:cookie', 'A', false),
      map('user_id:li', 'A', false),
      map('user_id:wang', 'B', false),
      map('phone:p', 'P', true),
    ];
    const events = rows([
      [1, null],
      [2, 'li', 'login'],
      [3, 'wang', 'login'],
      [4, null],
    ]);
    expect(
      await query({ events, identity_map }, 'SELECT identifier, one_id, people, anonymous_events FROM shared_devices'),
    ).toEqual([['device_id:tablet', 'T', '2', '2']]);
  });
});

it.each([...DEVICE_VIEW_COLUMNS])('%s has the columns that Glue is told', async (view, columns) => {
  const described = await query({}, `SELECT column_name, column_type FROM (DESCRIBE ${view})`);
  expect(described).toEqual(columns.map(({ name, type }) => [name, type.toUpperCase()]));
});
