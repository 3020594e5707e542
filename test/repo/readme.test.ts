import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_IDENTIFIERS } from '../../functions/clean/event-identifiers.ts';
import { SKEW_TOLERANCE_MS } from '../../functions/clean/event-time.ts';
import { compileDefinitions, loadDefinitions } from '../../functions/shared/definitions.ts';
import { MAX_DEPTH, MAX_EVENT_BYTES, MAX_PROPERTIES } from '../../functions/shared/json-limits.ts';
import { MAX_BATCH_EVENTS, MAX_BODY_BYTES } from '../../functions/shared/segment-limits.ts';
import { DEDUPE_DAYS } from '../../functions/stitch/seen.ts';
import { readStartArgs } from '../../local/args.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { Measure } from '../../schemas/definition.ts';
import rules from '../../schemas/identity-rules.json' with { type: 'json' };
import { LAKE_TABLES } from '../../schemas/lake.ts';
import { REASONS } from '../../schemas/reasons.ts';
import { blocksOf } from '../support/markdown.ts';
import { projectFiles, ROOT, textOf } from '../support/source-tree.ts';

const READMES = ['README.md', 'README.zh-CN.md'];
const documents = projectFiles().filter((path) => path.endsWith('.md') && !path.startsWith('test/'));

const kib = (bytes: number): string => `${bytes / 1024} KiB`;
const count = (n: number): string => n.toLocaleString('en');

/** Reason → limit, as the table of limits must say it; the unit may be in either language. */
const LIMITS: Readonly<Record<string, string>> = {
  event_too_large: kib(MAX_EVENT_BYTES),
  body_too_large: kib(MAX_BODY_BYTES),
  too_many_events: count(MAX_BATCH_EVENTS),
  too_deep: count(MAX_DEPTH),
  too_many_properties: count(MAX_PROPERTIES),
  too_many_identifiers: count(MAX_IDENTIFIERS),
  component_too_large: count(rules.max_component),
  duplicate: count(DEDUPE_DAYS),
  clock_skewed: count(SKEW_TOLERANCE_MS / 60_000),
};

describe.each(documents)('%s', (path) => {
  const text = textOf(path);

  it('names only npm commands that exist', () => {
    const scripts = new Set([...Object.keys(packageJson.scripts), 'ci', 'test', 'start']);
    const code = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
    const commands = [...code, ...blocksOf(text, 'sh')].join('\n');
    const named = [...commands.matchAll(/\bnpm (?:run )?([a-z][a-z:-]*)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !scripts.has(name))).toEqual([]);
  });

  it('links only to what is there', () => {
    const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => target);
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));
    expect(local.filter((target) => !existsSync(join(ROOT, path, '..', target)))).toEqual([]);
  });

  it('shows JSON that is JSON', () => {
    for (const block of blocksOf(text, 'json')) expect(() => JSON.parse(block), block).not.toThrow();
  });
});

describe.each(READMES)('%s', (path) => {
  const text = textOf(path);

  it('states each limit as the code has it', () => {
    const rows = [...text.matchAll(/^\| [^|]+ \| ([^|]+) \| ([^|]+) \|$/gm)].filter(([row]) => /`[a-z_]+`/.test(row));
    const stated = Object.keys(LIMITS).map((reason) => {
      const row = rows.find(([, , reasons = '']) => reasons.includes(`\`${reason}\``));
      return [reason, row?.[1]?.match(/^[\d,]+(?: KiB)?/)?.[0]];
    });
    expect(Object.fromEntries(stated)).toEqual(LIMITS);
  });

  it('names only reasons that exist', () => {
    const reasons = [...text.matchAll(/^\| [^|]+ \| \d[^|]* \| ([^|]+) \|$/gm)].map(([, cell = '']) => cell);
    const named = reasons.flatMap((cell) => [...cell.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name));
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name = '') => !(name in REASONS))).toEqual([]);
  });

  it('names every table of the lake', () => {
    for (const { name } of LAKE_TABLES) expect(text).toContain(`\`${name}\``);
  });

  it('lists the options that npm start takes', () => {
    const options = [...new Set([...text.matchAll(/`(--[a-z-]+)`/g)].map(([, name = '']) => name))];
    expect(options.length).toBeGreaterThan(5);
    const value: Record<string, string[]> = {
      '--port': ['1'],
      '--data': ['d'],
      '--allow-origin': ['https://a.example'],
      '--webhook-url': ['https://a.example', '--webhook-secret-file', 'f'],
      '--webhook-secret-file': ['f', '--webhook-url', 'https://a.example'],
    };
    for (const option of options) {
      expect(() => readStartArgs([option, ...(value[option] ?? [])], () => 'whsec_x'), option).not.toThrow();
    }
  });
});

it('says the same in both languages: every block, every folder', () => {
  const [english = '', chinese = ''] = READMES.map(textOf);
  for (const language of ['sh', 'js', 'json']) expect(blocksOf(chinese, language)).toEqual(blocksOf(english, language));
  const links = (text: string) => [...text.matchAll(/\]\((?!README)([^)]+)\)/g)].map(([, target]) => target).sort();
  expect(links(chinese)).toEqual(links(english));
});

describe('the guides', () => {
  const [campaign = ''] = blocksOf(textOf('docs/how-to/write-a-campaign.md'), 'json');
  const [tag = ''] = blocksOf(textOf('docs/how-to/add-a-tag.md'), 'json');

  it('show definitions that are accepted, beside those that ship', () => {
    const shipped = loadDefinitions();
    const more = compileDefinitions([...shipped.tags, JSON.parse(tag)], [...shipped.campaigns, JSON.parse(campaign)]);
    expect(more.tags.length).toBe(shipped.tags.length + 1);
    expect(more.campaigns.length).toBe(shipped.campaigns.length + 1);
  });

  it('name every field of a campaign and every measure of a tag', () => {
    for (const field of ['trigger', 'wait', 'unless', 'only_if', 'window', 'cap', 'consent', 'holdout', 'send']) {
      expect(textOf('docs/how-to/write-a-campaign.md')).toContain(`| \`${field}\` |`);
    }
    for (const { properties } of Measure.anyOf) {
      expect(textOf('docs/how-to/add-a-tag.md')).toContain(`| \`${properties.kind.const}\` |`);
    }
  });
});
