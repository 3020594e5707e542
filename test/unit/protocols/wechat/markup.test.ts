import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../../functions/shared/protocols/wechat/markup.ts';
import { sift } from '../../../../functions/shared/protocols/wechat/sift.ts';
import { cpuClock } from '../../../support/cpu-clock.ts';

const parse = (text: string) => parseMessage(Buffer.from(text));
const plain = (text: string): unknown => JSON.parse(JSON.stringify(parse(text) ?? null));

describe('parseMessage', () => {
  it('reads text, CDATA, the entities of XML, nesting and repetition', () => {
    const text = `<?xml version="1.0"?><xml><A>1 &lt; 2 &amp; 3</A><B><![CDATA[<b> & "]]></B><C/>
      <D><E>1</E><E>2</E><E><F>3</F></E></D></xml>`;
    expect(plain(text)).toEqual({ A: '1 < 2 & 3', B: '<b> & "', C: '', D: { E: ['1', '2', { F: '3' }] } });
  });

  it('reads JSON, and leaves numbers beyond 2^53 as they were written', () => {
    expect(plain('{"MsgId":7530492131287912345,"n":1.5,"s":"x","big":1e40}')).toEqual({
      MsgId: '7530492131287912345',
      n: 1.5,
      s: 'x',
      big: 1e40,
    });
  });

  const LAUGHS = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
  it.each([
    ['a billion laughs', `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">${LAUGHS}]><xml><A>&l9;</A></xml>`],
    ['one great entity', `<!DOCTYPE x [<!ENTITY a "${'a'.repeat(50_000)}">]><xml><A>${'&a;'.repeat(50_000)}</A></xml>`],
    ['an outside entity', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><A>&a;</A></xml>'],
    ['an outside document type', '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><xml><A>1</A></xml>'],
    ['an entity that nobody declared', '<xml><A>&b;</A></xml>'],
    ['too many levels', `${'<a>'.repeat(100_000)}`],
    ['levels, all closed', `${'<a>'.repeat(17)}1${'</a>'.repeat(17)}`],
    ['too many elements', `<xml>${'<a/>'.repeat(2_001)}</xml>`],
    ['two roots', '<xml><A>1</A></xml><xml/>'],
    ['an element that is not closed', '<xml><A>1</xml>'],
    ['a root without elements', '<xml>text</xml>'],
    ['a page', '<html><body><p>502 Bad Gateway<br></body></html>'],
    ['deep JSON', `${'['.repeat(200_000)}`],
    ['deep JSON that is whole', `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
    ['a prototype in JSON', '{"__proto__":{"polluted":1}}'],
    ['a prototype in XML', '<xml><__proto__><polluted>1</polluted></__proto__></xml>'],
    ['nothing', ''],
    ['a number', '1'],
  ])('refuses %s, at once', (_, text) => {
    const spent = cpuClock();
    expect(parse(text)).toBeUndefined();
    expect(spent()).toBeLessThan(1_000);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('is linear: a name that comes a thousand times is one list', () => {
    expect(plain(`<xml>${'<a>1</a>'.repeat(1_500)}</xml>`)).toEqual({ a: Array(1_500).fill('1') });
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(parseMessage(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBeUndefined();
  });
});

describe('sift', () => {
  const KEPT = { isNotice: false, keepsContent: true };
  it('drops credentials at every level, however they are written, even where content is kept', () => {
    const message = {
      MsgType: 'event',
      WelcomeCode: 'w',
      welcomecode: 'w',
      A: [{ Ticket: 't', b: { AuthCode: 'x', c: 1 } }],
    };
    expect(sift(message, KEPT)).toEqual({ MsgType: 'event', A: [{ b: { c: 1 } }] });
    expect(sift(message, { ...KEPT, keepsContent: false })).toEqual({ MsgType: 'event', A: [{ b: { c: 1 } }] });
  });

  it('keeps of a message nothing that is not on the list', () => {
    const message = { MsgType: 'text', MsgId: '1', Content: 'a👍', Anything: 'x' };
    expect(sift(message, { ...KEPT, keepsContent: false })).toEqual({ MsgType: 'text', MsgId: '1', ContentLength: 2 });
  });

  it('keeps of a notice nothing about people', () => {
    const message = {
      Event: 'change_contact',
      ChangeType: 'create_user',
      Name: '张三',
      Mobile: '13800000000',
      UserID: 'z',
    };
    expect(sift(message, { isNotice: true, keepsContent: true })).toEqual({
      Event: 'change_contact',
      ChangeType: 'create_user',
    });
  });
});
