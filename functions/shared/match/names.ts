import { foldText } from './fold.ts';

/** Chinese surnames of two characters, in simplified and traditional writing; all others have one. */
const COMPOUND_SURNAMES = new Set(
  '欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 司徒 东方 東方 独孤 獨孤 南宫 南宮 夏侯 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 长孙 長孫 宇文 司空 端木 轩辕 軒轅 百里 呼延 东郭 東郭 申屠 太史 闻人 聞人 赫连 赫連 澹台 澹臺'.split(
    ' ',
  ),
);

export interface NameParts {
  readonly first: string;
  readonly last: string;
}

/** First and last name of a full name: "Ann Lee", "Lee, Ann", 李安, 欧阳修. A single Latin word is taken as a first name. */
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
  return {
    first: words.slice(0, Math.max(1, words.length - 1)).join(' '),
    last: words.length > 1 ? (words.at(-1) ?? '') : '',
  };
}
