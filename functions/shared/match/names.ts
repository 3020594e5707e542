import { foldText } from './fold.ts';
import { isPinyin } from './pinyin.ts';

/** Chinese surnames of two characters, in simplified and traditional writing; all others have one. */
const COMPOUND_SURNAMES = new Set(
  '欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 司徒 东方 東方 独孤 獨孤 南宫 南宮 夏侯 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 长孙 長孫 宇文 司空 端木 轩辕 軒轅 百里 呼延 东郭 東郭 申屠 太史 闻人 聞人 赫连 赫連 澹台 澹臺'.split(
    ' ',
  ),
);

/** The commonest surnames in pinyin: with a given name of two syllables after them, they stand first. */
const PINYIN_SURNAMES = new Set(
  'wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he gao lin luo zheng liang xie song tang deng han feng cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei su lv ding ren lu yao shen zhong jiang cui tan fan liao shi jin jia xia fu fang zou xiong bai meng qin qiu hou yin xue yan lei long tao'.split(
    ' ',
  ),
);

/** `wang xiao ming`: a surname, then two single syllables. */
const isSurnameFirst = (words: readonly string[]): boolean =>
  words.length === 3 &&
  PINYIN_SURNAMES.has(words[0] ?? '') &&
  !PINYIN_SURNAMES.has(words[2] ?? '') &&
  words.every(isPinyin);

export interface NameParts {
  readonly first: string;
  readonly last: string;
}

/** First and last name of a full name: "Ann Lee", "Lee, Ann", 李安, 欧阳修, "Li Xiao Ming". A single Latin word is taken as a first name. */
export function splitName(text: string): NameParts {
  const [beforeComma, afterComma] = text.split(/[,，]/);
  if (afterComma !== undefined) return { first: foldText(afterComma), last: foldText(beforeComma ?? '') };
  const folded = foldText(text);
  const joined = folded.replaceAll(' ', '');
  if (/^\p{Script=Han}{2,5}$/u.test(joined)) {
    const cut = joined.length > 2 && COMPOUND_SURNAMES.has(joined.slice(0, 2)) ? 2 : 1;
    return { first: joined.slice(cut), last: joined.slice(0, cut) };
  }
  const words = folded.split(' ').filter((word) => word !== '');
  if (isSurnameFirst(words)) return { first: words.slice(1).join(' '), last: words[0] ?? '' };
  return {
    first: words.slice(0, Math.max(1, words.length - 1)).join(' '),
    last: words.length > 1 ? (words.at(-1) ?? '') : '',
  };
}
