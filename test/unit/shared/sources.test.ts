import { describe, expect, it } from 'vitest';
import { RECEIVERS } from '../../../functions/shared/protocols/receivers.ts';
import { activityOf, definitionFault, priorityOf, sourceOf } from '../../../functions/shared/sources/definition.ts';
import { describeProtocols, protocolFacts } from '../../../functions/shared/sources/protocols.ts';
import { openSecrets, withSecret } from '../../../functions/shared/sources/secrets.ts';
import { connecting, KEY_PLACE } from '../../../functions/shared/sources/snippets.ts';
import { HOOKS } from '../../../functions/shared/sources/snippets-hook.ts';
import { SDK_SNIPPETS } from '../../../functions/shared/sources/snippets-sdk.ts';
import type { StoredSecret } from '../../../functions/shared/sources/store.ts';
import { definitionOf } from '../../contract/source-store.suite.ts';

const facts = protocolFacts(describeProtocols(RECEIVERS));

describe('priority', () => {
  it('is activity times commercial value, of a hundred', () => {
    expect(priorityOf({ activity: 5, commercial_value: 5 })).toBe(100);
    expect(priorityOf({ activity: 1, commercial_value: 1 })).toBe(4);
    expect(priorityOf({ activity: 3, commercial_value: 4 })).toBe(48);
  });

  it('takes the measured activity where none is declared, and is none where the value is not known', () => {
    expect([priorityOf({ commercial_value: 5 }, 2), priorityOf({ activity: 1, commercial_value: 5 }, 5)]).toEqual([
      40, 20,
    ]);
    expect([priorityOf({ commercial_value: 5 }, 0), priorityOf({ activity: 5 }, 5)]).toEqual([0, undefined]);
  });

  it.each([
    [0, 0],
    [0.2, 1],
    [9, 1],
    [10, 2],
    [999, 3],
    [1_000, 4],
    [10_000, 5],
    [10_000_000, 5],
  ])('measures %d events a day as %d', (perDay, mark) => {
    expect(activityOf(perDay)).toBe(mark);
  });
});

describe('a definition', () => {
  it('travels without what only its keepers need', () => {
    const at = '2026-11-22T00:00:00Z';
    const whole = definitionOf({
      aliases: ['segment:a'],
      activity: 1,
      commercial_value: 1,
      description: 'd',
      app_id: 'wx1',
    });
    const { owner: _, ...left } = definitionOf({ app_id: 'wx1' });
    expect(sourceOf(whole)).toEqual(left);
    expect(sourceOf({ ...whole, disabled: { at, by: 'lin', why: 'x' } })).toEqual({ ...left, disabled: true });
  });

  it('may have no path that any protocol listens on', () => {
    for (const { path } of RECEIVERS.flatMap(({ routes }) => routes)) {
      const asked = path.replaceAll(/\{\w+\}/g, 'x');
      const fault = definitionFault(definitionOf({ protocol: 'segment', aliases: [`path:${asked}`] }), facts);
      expect([asked, fault?.at]).toEqual([asked, '/aliases/0']);
    }
    expect(definitionFault(definitionOf({ protocol: 'segment', aliases: ['path:/mine/all'] }), facts)).toBeUndefined();
  });

  it('of class signed is of a protocol that checks signatures', () => {
    for (const { name, signed = false } of RECEIVERS) {
      const fault = definitionFault(definitionOf({ class: 'signed', protocol: name }), facts);
      expect([name, fault === undefined]).toEqual([name, signed]);
    }
  });
});

describe('what to paste', () => {
  const url = 'https://collect.example.com';

  it('is known for every protocol', () => {
    const known = [...Object.keys(HOOKS), ...Object.keys(SDK_SNIPPETS)];
    expect(RECEIVERS.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('has the address and the key in it, and leads to a route of the protocol', () => {
    for (const { name, routes } of RECEIVERS) {
      const { snippets } = connecting(definitionOf({ protocol: name }), { url, key: 'pk_1' });
      for (const { title, text } of snippets) {
        expect([title, text.includes('collect.example.com'), text.includes('pk_1')]).toEqual([title, true, true]);
      }
      if (!(name in HOOKS)) continue;
      const path = new URL(snippets[0]?.text ?? '').pathname.replace('pk_1', '{key}');
      expect([name, routes.map((route) => route.path)]).toEqual([name, expect.arrayContaining([path])]);
    }
  });

  it('says an alias where there is one, for settings stay as they are, and else where the key goes', () => {
    const text = (aliases: string[], key?: string) =>
      connecting(definitionOf({ protocol: 'sensors', aliases }), { url, key }).snippets[0]?.text;
    expect(text(['sensors:production'], 'pk_1')).toContain('project=production');
    expect(text([])).toContain(`project=${KEY_PLACE}`);
    const own = connecting(definitionOf({ protocol: 'sensors', aliases: ['path:/my/sa'] }), { url }).snippets.at(-1);
    expect(own?.text).toBe('https://collect.example.com/my/sa');
  });

  it('asks each signed platform for its secrets, in both languages', () => {
    for (const { name } of RECEIVERS.filter(({ signed, name: of }) => signed && of in HOOKS)) {
      const { secrets, where } = connecting(definitionOf({ class: 'signed', protocol: name }), { url });
      expect([name, secrets.length > 0, where?.zh !== '' && where?.en !== '']).toEqual([name, true, true]);
    }
  });
});

describe('secrets', () => {
  const secret = (id: string, more: Partial<StoredSecret> = {}): StoredSecret => {
    const created_at = `2026-11-22T00:00:0${id}.000Z`;
    return { name: 'token', id, sealed: Buffer.from(id), created_at, ...more };
  };
  const open = ({ sealed }: StoredSecret): string => Buffer.from(sealed).toString();

  it('count together while one replaces the other, oldest first, and no more than two of a name', async () => {
    let all = withSecret([], secret('1'), { now: 0, until: 10 });
    all = withSecret(all, secret('2'), { now: 0, until: 10 });
    expect(await openSecrets(all, 9, open)).toEqual({ token: ['1', '2'] });
    expect(await openSecrets(all, 10, open)).toEqual({ token: ['2'] });
    all = withSecret(all, secret('3'), { now: 5, until: 20 });
    expect(await openSecrets(all, 6, open)).toEqual({ token: ['2', '3'] });
    all = withSecret(all, secret('4'), { now: 6, until: 6 });
    all = withSecret(all, secret('5', { name: 'encoding_aes_key' }), { now: 6, until: 6 });
    expect(await openSecrets(all, 6, open)).toEqual({ token: ['4'], encoding_aes_key: ['5'] });
  });
});
