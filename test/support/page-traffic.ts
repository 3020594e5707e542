import { people, traitsOf } from './match-people.ts';

const identify = (userId: string, traits: object, more: object = {}): object => ({
  type: 'identify',
  messageId: `i-${userId}-${JSON.stringify(traits).length}`,
  userId,
  traits,
  ...more,
});
const fromWecom = (id: string, traits: object): object => ({
  type: 'identify',
  messageId: `w-${id}`,
  traits,
  context: { externalIds: [{ type: 'external_userid', scope: 'corp1', id }] },
});
const track = (userId: string, more: object): object => ({
  type: 'track',
  event: 'Signed In',
  messageId: `t-${userId}-${JSON.stringify(more)}`,
  userId,
  ...more,
});
/** Alike, but not surely enough. */
const DOUBTFUL = [
  [
    'h3',
    { name: '林晓梅', gender: 'female', address: { city: '广州' } },
    { name: '林小梅', gender: 'female', address: { city: '深圳' } },
  ],
  [
    'h1',
    { name: '周海燕', gender: 'female', address: { city: '苏州' } },
    { name: '周海艳', address: { city: '成都' } },
  ],
] as const;

/**
 * What the page is tried with: a population from two systems, of whom two pairs are doubtful; and for each language two members,
 * `en1`, `en2`, `zh1`, `zh2`, each with a telephone and a cookie, all at one kiosk.
 */
export function pageTraffic(): object[] {
  const known = people(360).flatMap(({ member, elsewhere }, at) => [
    identify(`p${at}`, traitsOf(member)),
    ...(elsewhere ? [fromWecom(`p${at}`, traitsOf(elsewhere))] : []),
  ]);
  const doubtful = DOUBTFUL.flatMap(([id, shop, wecom]) => [identify(id, shop), fromWecom(id, wecom)]);
  const members = ['en', 'zh'].flatMap((lang, n) => [
    identify(`${lang}1`, { phone: `1391717609${n}`, name: `Anna ${lang}` }),
    track(`${lang}1`, { anonymousId: `cookie-of-${lang}1`, context: { device: { id: 'kiosk-1' } } }),
    identify(`${lang}2`, { phone: `1391717608${n}`, name: `Berta ${lang}` }),
    track(`${lang}2`, { anonymousId: `cookie-of-${lang}2`, context: { device: { id: 'kiosk-1' } } }),
  ]);
  return [...known, ...doubtful, ...members];
}
