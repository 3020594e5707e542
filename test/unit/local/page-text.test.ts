import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MESSAGES } from '../../../local/page/messages.js';
import { REASON_TEXTS } from '../../../local/page/reasons.js';
import { chooseLanguage, reasonText, translate } from '../../../local/page/text.js';
import { REASONS } from '../../../schemas/reasons.ts';

const FOLDER = join(import.meta.dirname, '../../../local/page');
const sources = readdirSync(FOLDER)
  .filter((name) => /\.(html|js)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(FOLDER, name), 'utf8') }));
const placeholders = (sentence: string): string[] =>
  [...new Set([...sentence.matchAll(/\{(\w+)[|}]/g)].map(([, name = '']) => name))].sort();

describe('the sentences of the page', () => {
  it.each(Object.entries(MESSAGES))('%s is in both languages, with the same values', (_, { en, zh }) => {
    expect(en.trim()).not.toBe('');
    expect(zh.trim()).not.toBe('');
    expect(placeholders(zh)).toEqual(placeholders(en));
  });

  it('exist for every key that a script or the document names', () => {
    const named = sources.flatMap(({ name, text }) =>
      [...text.matchAll(/\bt\('([\w.]+)'|data-t(?:-label|-placeholder)?="([\w.]+)"/g)].map(([, js, html]) => ({
        name,
        key: js ?? html ?? '',
      })),
    );
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter(({ key }) => !(key in MESSAGES))).toEqual([]);
  });

  it('speak Chinese for every reason of the registry, and for no other', () => {
    expect(Object.keys(REASON_TEXTS).sort()).toEqual(Object.keys(REASONS).sort());
    for (const { zh } of Object.values(REASON_TEXTS))
      expect(zh.every((text) => /\p{Script=Han}/u.test(text))).toBe(true);
  });

  it('repeat the English titles of decisions exactly', () => {
    const decisions = Object.entries(REASONS).filter(([, reason]) => reason.outcome === 'decision');
    expect(decisions.map(([code]) => [code, REASON_TEXTS[code]?.en])).toEqual(
      decisions.map(([code, { title }]) => [code, title]),
    );
  });

  it('fill in values, and choose by number', () => {
    expect(translate('en', 'persons.events', { count: '1' })).toBe('1 event');
    expect(translate('en', 'persons.events', { count: '1,204' })).toBe('1,204 events');
    expect(translate('zh', 'persons.events', { count: '1' })).toBe('1 个事件');
    expect(translate('en', 'no.such.key')).toBe('no.such.key');
  });

  it('start in the remembered language, else in that of the browser', () => {
    expect(chooseLanguage('en', 'zh-CN')).toBe('en');
    expect(chooseLanguage(null, 'zh-Hant-TW')).toBe('zh');
    expect(chooseLanguage('fr', 'de-DE')).toBe('en');
    expect(chooseLanguage(null, undefined)).toBe('en');
  });

  it('prefer what the server said in English, and our table in Chinese', () => {
    const sent = { title: 'Told by the server', fix: 'Do this.' };
    expect(reasonText('late', sent, 'en')).toEqual(sent);
    expect(reasonText('late', sent, 'zh').title).toBe('迟到超过 7 天');
    expect(reasonText('new_reason', {}, 'zh')).toEqual({ title: 'new reason', fix: '' });
  });
});

it('never parses data as HTML, and loads nothing from elsewhere', () => {
  const parsing =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|setHTMLUnsafe/;
  expect(sources.filter(({ text }) => parsing.test(text)).map(({ name }) => name)).toEqual([]);
  const html = sources.find(({ name }) => name === 'index.html')?.text ?? '';
  expect(
    [...html.matchAll(/(?:src|href)="([^"]+)"/g)]
      .map(([, url]) => url)
      .filter((url) => /^(?:\w+:|\/\/)/.test(url ?? '')),
  ).toEqual([]);
  expect(html).not.toMatch(/\sstyle=|\son\w+=|<style/);
});
