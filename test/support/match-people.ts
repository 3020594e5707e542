import { soundOf } from '../../functions/shared/match/pinyin.ts';
import { seededRandom } from '../../functions/shared/match/random.ts';

const SURNAMES =
  '王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余于杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严'.match(
    /./gu,
  ) ?? [];
const GIVEN =
  '伟芳娜敏静丽强磊军洋勇艳杰涛明超霞平刚桂英华玉兰红建国文晓东海燕雪梅志鹏浩宇佳欣雨桐子轩思远天宝嘉怡博睿俊峰立诚春花秋月冬青振国家豪美琳慧如意安康宁远达成功'.match(
    /./gu,
  ) ?? [];
const CITIES = '上海 北京 广州 深圳 杭州 成都 武汉 西安 南京 重庆 苏州 天津'.split(' ');
const TRADITIONAL = new Map(
  [
    ...'张張陈陳刘劉黄黃赵趙吴吳孙孫马馬罗羅郑鄭谢謝韩韓冯馮邓鄧伟偉丽麗强強军軍艳豔杰傑东東华華国國晓曉鹏鵬宁寧达達兰蘭红紅'.matchAll(
      /(.)(.)/gu,
    ),
  ].map(([, simple = '', old = '']) => [simple, old]),
);

/** What one record says of a human being. */
export interface Said {
  readonly name: string;
  readonly birthday: string;
  readonly city: string;
  readonly gender: string;
  readonly street: string;
}

/** A member, and what the shop's other system says of the same human; undefined where it does not know him. */
export interface TwoRecords {
  readonly member: Said;
  readonly elsewhere: Said | undefined;
}

const traditional = (name: string): string => [...name].map((char) => TRADITIONAL.get(char) ?? char).join('');
/** In Latin letters, surname last: `Xiaoming Wang`. */
const latin = (name: string): string => `${soundOf(name.slice(1))} ${soundOf(name.slice(0, 1))}`;
const written = (name: string, chance: number): string =>
  chance < 0.35 ? traditional(name) : chance < 0.5 ? latin(name) : name;
const typo = (date: string): string => `${date.slice(0, 9)}${(Number(date.at(-1)) + 3) % 10}`;

/** People of whom every third is in two systems, which write some names in traditional characters, and mistype some dates. */
export function people(count: number, seed = 5): TwoRecords[] {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = (list: readonly string[]): string => list[below(list.length)] ?? '';
  const two = (number: number): string => String(number).padStart(2, '0');
  return Array.from({ length: count }, (_, at) => {
    const member: Said = {
      name: `${pick(SURNAMES)}${pick(GIVEN)}${random() < 0.8 ? pick(GIVEN) : ''}`,
      birthday: `${1950 + below(55)}-${two(1 + below(12))}-${two(10 + below(19))}`,
      city: pick(CITIES),
      gender: pick(['female', 'male']),
      street: `${pick(GIVEN)}${pick(GIVEN)}路${1 + below(300)}号`,
    };
    if (at % 3 !== 0) return { member, elsewhere: undefined };
    const elsewhere: Said = {
      name: written(member.name, random()),
      birthday: random() < 0.2 ? typo(member.birthday) : member.birthday,
      city: random() < 0.2 ? pick(CITIES) : member.city,
      gender: random() < 0.1 ? '' : member.gender,
      street: random() < 0.7 ? '' : member.street,
    };
    return { member, elsewhere };
  });
}

/** The same as traits of an identify event; what is not known is left out. */
export const traitsOf = ({ name, birthday, city, gender, street }: Said): Record<string, unknown> => ({
  name,
  birthday,
  ...(gender === '' ? {} : { gender }),
  address: { city, ...(street === '' ? {} : { street }) },
});
