import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { collect } from '../../../../functions/collect/collect.ts';
import { isSigned, seal, signatureOf, unseal } from '../../../../functions/shared/protocols/wechat/crypto.ts';
import { AES_KEY, check, hooked, plain, TOKEN } from './sender.ts';

interface Vector {
  readonly name: string;
  readonly expected?: string;
  readonly plaintext?: string;
  readonly receiveid?: string;
  readonly inputs?: Readonly<Record<string, string>>;
}

const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../../recordings/_test-vectors/wechat-wecom.json', import.meta.url), 'utf8'),
);

const tested = new Set<string>();
function vector(name: string): Vector & { readonly inputs: Readonly<Record<string, string>> } {
  const found = VECTORS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no vector ${name}.`);
  tested.add(name);
  return { ...found, inputs: found.inputs ?? {} };
}

const signed = ({ inputs }: ReturnType<typeof vector>, ...more: string[]): string =>
  signatureOf(
    inputs.token ?? '',
    inputs.timestamp ?? inputs.TimeStamp ?? '',
    inputs.nonce ?? inputs.Nonce ?? '',
    ...more,
  );

const opened = (text: string | undefined, key: string | undefined) => {
  const found = unseal(text ?? '', key ?? '');
  return found && { message: found.message.toString('utf8'), receiver: found.receiver };
};

describe('the vectors of WeCom', () => {
  const url = vector('wecom verifyURL signature');

  it('sign the URL check, and open its text', () => {
    const { inputs, expected } = url;
    expect(signed(url, inputs.echostr ?? '')).toBe(expected);
    expect(vector('wechat-crypto same sig').expected).toBe(expected);
    const texts = [vector('wecom verifyURL echo plaintext').expected, vector('wechat-crypto decrypt').expected];
    expect(texts).toEqual(['1616140317555161061', '1616140317555161061']);
    expect(opened(inputs.echostr, inputs.EncodingAESKey)).toEqual({
      message: texts[0],
      receiver: vector('receiveid').expected,
    });
  });

  it('answer the URL check with the bare text', async () => {
    const { echostr = '', timestamp = '', nonce = '' } = url.inputs;
    const { deps, seen } = hooked('wecom', { now: Number(timestamp) + 2 });
    const query = { msg_signature: url.expected ?? '', timestamp, nonce, echostr };
    const answer = await collect(check('wecom', query), deps);
    expect([answer.status, answer.body]).toEqual([200, '1616140317555161061']);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    const unescaped = await collect(check('wecom', { ...query, echostr: echostr.replaceAll('+', ' ') }), deps);
    expect(unescaped.body).toBe('1616140317555161061');
    expect(seen.map(({ status, refused }) => [status, refused])).toEqual([
      [200, []],
      [200, []],
    ]);
  });

  it('seal a message that we seal alike', () => {
    const { plaintext = '', receiveid = '' } = vector('wecom DecryptMsg plaintext');
    const random = Buffer.alloc(16, 1);
    expect(opened(seal(plaintext, { receiver: receiveid, encoded: AES_KEY, random }), AES_KEY)).toEqual({
      message: plaintext,
      receiver: receiveid,
    });
    expect(vector('wecom DecryptMsg signature').expected).toBe('477715d11cdb4164915debcba66cb864d751f3e6');
  });
});

describe('the vectors of official accounts', () => {
  it('seal byte by byte as the demo does, and open again', () => {
    const { inputs, expected } = vector('mp encrypt deterministic');
    const { EncodingAESKey = '', appId = '', random = '', msg = '' } = inputs;
    expect(seal(msg, { receiver: appId, encoded: EncodingAESKey, random: Buffer.from(random) })).toBe(expected);
    expect(opened(expected, EncodingAESKey)).toEqual({ message: vector('mp decrypt').expected, receiver: appId });
  });

  it('sign the URL check', async () => {
    const { expected = '' } = vector('mp URL verify sha1 (AAAAA)');
    expect(signatureOf('AAAAA', '1714036504', '1514711492')).toBe(expected);
    const { deps } = hooked('wechat', { secrets: { token: ['AAAAA'] }, now: 1714036504 });
    const query = { signature: expected, timestamp: '1714036504', nonce: '1514711492', echostr: '4375120948345356249' };
    const answer = await collect(check('wechat', query), deps);
    expect([answer.status, answer.body]).toEqual([200, '4375120948345356249']);
  });
});

describe('the vectors of mini programs', () => {
  const message = vector('mini program secure mode: msg_signature');

  it('sign a plain message', async () => {
    const found = vector('mini program plaintext POST signature');
    expect(signed(found)).toBe(found.expected);
    const { deps } = hooked('wechat', { secrets: { token: ['AAAAA'] }, now: 1714037059 });
    const request = plain('{"FromUserName":"o1","CreateTime":1714037059,"MsgType":"text","MsgId":1}', {
      token: 'AAAAA',
      timestamp: 1714037059,
    });
    expect(request.query.signature).toBe(found.expected);
    expect((await collect(request, deps)).body).toBe('success');
  });

  it('sign and open a sealed message, which is taken in', async () => {
    const found = vector('mini program secure mode: signature');
    expect(signed(found)).toBe(found.expected);
    const { Encrypt = '' } = message.inputs;
    expect(signed(message, Encrypt)).toBe(message.expected);
    const { inputs, expected } = vector('mini program secure mode: decrypted msg');
    const receiver = vector('mini program secure mode: appid').expected ?? '';
    expect(opened(inputs.Encrypt, inputs.EncodingAESKey)).toEqual({ message: expected, receiver });
    const { deps, seen } = hooked('wechat', {
      source: { app_id: receiver },
      secrets: { token: ['AAAAA'], encoding_aes_key: [inputs.EncodingAESKey ?? ''] },
      now: 1714112446,
    });
    const query = {
      signature: found.expected ?? '',
      timestamp: '1714112445',
      nonce: '415670741',
      openid: 'o9AgO5Kd5ggOC-bXrbNODIiE3bGY',
      encrypt_type: 'aes',
      msg_signature: message.expected ?? '',
    };
    const body = Buffer.from(JSON.stringify({ ToUserName: 'gh_97417a04a28d', Encrypt }));
    const answer = await collect({ ...check('wechat', query), method: 'POST', body }, deps);
    expect([answer.status, answer.body]).toEqual([200, 'success']);
    expect(seen).toEqual([{ source_id: 'wechat', protocol: 'wechat', accepted: 1, refused: [], status: 200 }]);
  });

  it('seal and sign a reply', () => {
    const { inputs, expected = '' } = vector('mini program reply: encrypt');
    const { EncodingAESKey = '', random = '', msg = '', appid = '' } = inputs;
    expect(seal(msg, { receiver: appid, encoded: EncodingAESKey, random: Buffer.from(random) })).toBe(expected);
    const signature = vector('mini program reply: MsgSignature');
    expect(signed(signature, expected)).toBe(signature.expected);
  });
});

it('leave none out', () => {
  expect(VECTORS.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual([]);
});

it('try every token, and take nothing by another', () => {
  const signature = signatureOf('new', '1', '2');
  expect(isSigned(signature, ['old', 'new'], ['1', '2'])).toBe(true);
  expect(isSigned(signature, ['old', TOKEN], ['1', '2'])).toBe(false);
  expect(isSigned('', ['old'], ['1', '2'])).toBe(false);
});
