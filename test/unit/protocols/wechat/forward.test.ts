import { createRequire } from 'node:module';
import { decrypt, getSignature } from '@wecom/crypto';
import { describe, expect, it } from 'vitest';
import { collect } from '../../../../functions/collect/collect.ts';
import { parseMessage } from '../../../../functions/shared/protocols/wechat/markup.ts';
import { AES_KEY, APP, hooked, NOW, plain, type Setting, sealed, TOKEN, xml } from './sender.ts';

const OlderCrypto: new (
  token: string,
  key: string,
  id: string,
) => { decrypt(text: string): { message: string; id: string } } = createRequire(import.meta.url)('wechat-crypto');

const FORWARD = { settings: { customer_service: 'forward' } };
const HEAD = { ToUserName: 'gh_1', FromUserName: 'oP1', CreateTime: NOW, MsgType: 'text', Content: 'hi', MsgId: 1 };
const REPLY = {
  ToUserName: 'oP1',
  FromUserName: 'gh_1',
  CreateTime: String(NOW),
  MsgType: 'transfer_customer_service',
};

const answer = async (request: Parameters<typeof collect>[0], setting: Setting = { source: FORWARD }) =>
  await collect(request, hooked('wechat', setting).deps);
const fields = (body: string) => ({ ...parseMessage(Buffer.from(body)) });

describe('a message that is handed on to human agents', () => {
  it('is answered sealed, so that both libraries of the platform open and verify it', async () => {
    const { body, status } = await answer(sealed('wechat', xml(HEAD)));
    const { Encrypt, MsgSignature, TimeStamp, Nonce } = fields(body);
    expect([status, TimeStamp, Nonce]).toEqual([200, String(NOW), '1372623149']);
    expect(MsgSignature).toBe(getSignature(TOKEN, String(TimeStamp), String(Nonce), String(Encrypt)));
    const { message, id } = decrypt(AES_KEY, String(Encrypt));
    expect([fields(message), id]).toEqual([REPLY, APP]);
    expect(new OlderCrypto(TOKEN, AES_KEY, APP).decrypt(String(Encrypt))).toEqual({ message, id });
  });

  it('is answered by the secrets that it came with, while they are replaced', async () => {
    const key = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
    const secrets = { token: ['older', TOKEN], encoding_aes_key: [AES_KEY, key] };
    const request = sealed('wechat', xml(HEAD), { token: 'older', key });
    const { Encrypt, MsgSignature, TimeStamp, Nonce } = fields(
      (await answer(request, { source: FORWARD, secrets })).body,
    );
    expect(MsgSignature).toBe(getSignature('older', String(TimeStamp), String(Nonce), String(Encrypt)));
    expect(fields(decrypt(key, String(Encrypt)).message)).toEqual(REPLY);
  });

  it('is answered plain, in XML or JSON, as it came', async () => {
    const setting = { source: FORWARD, secrets: { token: [TOKEN] } };
    expect(fields((await answer(plain(xml(HEAD)), setting)).body)).toEqual(REPLY);
    const json = await answer(plain(JSON.stringify(HEAD)), setting);
    expect(JSON.parse(json.body)).toEqual({ ...REPLY, CreateTime: NOW });
  });

  it.each([
    ['the source does not say so', xml(HEAD), {}],
    ['it is an event', xml({ ...HEAD, MsgType: 'event', Event: 'CLICK' }), { source: FORWARD }],
    [
      'a name would break out of its element',
      xml({ ...HEAD, FromUserName: 'o]]]]><![CDATA[><x' }),
      { source: FORWARD },
    ],
    ['it is not readable', 'hello', { source: FORWARD }],
  ])('is answered with success where %s', async (_, message, setting) => {
    expect((await answer(sealed('wechat', message), setting)).body).toBe('success');
  });
});
