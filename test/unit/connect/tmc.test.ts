import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { platformSign } from '../../../functions/connect/sign.ts';
import { type TmcMessage, TmcSession } from '../../../functions/connect/tmc-consumer.ts';
import { decodeFrame, encodeFrame, FRAME, FrameError, KIND } from '../../../functions/connect/tmc-frame.ts';

interface RecordedFrame {
  readonly dir?: string;
  readonly hex?: string;
  readonly decoded?: Readonly<Record<string, string | number>>;
}

const framesOf = (file: string): (RecordedFrame & { hex: string })[] =>
  (
    JSON.parse(readFileSync(new URL(`../../recordings/taobao-tmc/${file}.json`, import.meta.url), 'utf8'))
      .frames as RecordedFrame[]
  ).flatMap((frame) => (frame.hex === undefined ? [] : [{ ...frame, hex: frame.hex }]));

const FILES = ['01-ali-topsdk-2.0.5', '02-tmc.js-0.3.64-snapshot'];
const FRAMES = FILES.flatMap(framesOf);
const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');

describe('frames', () => {
  it.each(FRAMES)('reads $dir $hex as it was recorded', ({ hex, decoded }) => {
    const { type, token, values } = decodeFrame(bytesOf(hex));
    const plain = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
    const { protocolVersion, messageType, token: recorded, ...rest } = decoded ?? {};
    expect(protocolVersion).toBe(2);
    expect(type).toBe(messageType);
    expect(token).toBe(recorded);
    expect(plain).toEqual(Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)])));
  });

  it('writes what the recorded clients wrote, byte for byte', () => {
    const own = FRAMES.filter(({ dir }) => dir === 'client->server');
    expect(own.length).toBeGreaterThan(4);
    for (const { hex } of own) {
      const { type, token, values } = decodeFrame(bytesOf(hex));
      expect(encodeFrame({ type, values, ...(token !== undefined && { token }) }).toString('hex')).toBe(hex);
    }
  });

  it('refuses every cut frame and any other bytes with its own error', () => {
    for (const { hex } of FRAMES) {
      const bytes = bytesOf(hex);
      for (let end = 0; end < bytes.length; end += 1)
        expect(() => decodeFrame(bytes.subarray(0, end))).toThrow(FrameError);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeFrame(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });
});

describe('the signature', () => {
  it.each(FRAMES.filter(({ decoded }) => decoded?.sign !== undefined).map(({ decoded }) => decoded ?? {}))(
    'is the one that two clients computed at $timestamp',
    ({ app_key, group_name, timestamp, sign }) => {
      const params = { app_key: String(app_key), group_name: String(group_name), timestamp: String(timestamp) };
      const secrets = ['SECRET', 'APPSECRET', 'secret', 'APP_SECRET'];
      expect(secrets.map((secret) => platformSign(secret, params))).toContain(sign);
    },
  );
});

/** A session whose frames are kept, and the platform's half of the recording. */
function session(store: (messages: readonly TmcMessage[]) => Promise<void>) {
  const sent: Buffer[] = [];
  const faults: string[] = [];
  let closed = 0;
  const socket = { send: (bytes: Buffer) => sent.push(bytes), close: () => (closed += 1) };
  const options = {
    url: 'wss://mc.example.com/',
    app_key: 'APPKEY',
    app_secret: 'SECRET',
    group_name: 'default',
    intranet_ip: '192.0.2.2',
  };
  const tmc = new TmcSession(socket, options, { now: () => 1, store, onFault: (fault) => faults.push(fault) });
  return { tmc, sent, faults, closed: () => closed };
}

const [ACK, DATA] = framesOf(FILES[1] ?? '').filter(({ dir }) => dir === 'server->client');
const CONFIRM = framesOf(FILES[1] ?? '').find(({ decoded }) => decoded?.__kind === KIND.CONFIRM);

describe('a session', () => {
  it('introduces itself, asks, stores, and confirms what is stored, as the recorded client did', async () => {
    const stored: TmcMessage[] = [];
    const { tmc, sent, faults } = session(async (messages) => void stored.push(...messages));
    tmc.connect();
    expect(tmc.isConnected).toBe(false);
    await tmc.receive(bytesOf(ACK?.hex ?? ''));
    expect(tmc.isConnected).toBe(true);
    await tmc.receive(bytesOf(DATA?.hex ?? ''));
    expect(sent.map((bytes) => decodeFrame(bytes)).map(({ type, values }) => [type, values.__kind])).toEqual([
      [FRAME.CONNECT, undefined],
      [FRAME.SEND, KIND.PULL],
      [FRAME.SEND, KIND.CONFIRM],
    ]);
    expect(sent[2]?.toString('hex')).toBe(CONFIRM?.hex);
    expect(stored).toMatchObject([{ id: '5123456789012345678', topic: 'taobao_trade_TradePaid', nick: 'seller' }]);
    expect(faults).toEqual([]);
  });

  it('confirms nothing that was not stored: it comes again', async () => {
    let isDown = true;
    const { tmc, sent, faults } = session(async () => {
      if (isDown) throw new Error('down');
    });
    await tmc.receive(bytesOf(ACK?.hex ?? ''));
    await tmc.receive(bytesOf(DATA?.hex ?? ''));
    expect(sent).toHaveLength(1);
    expect(faults).toEqual(['A message was not stored and comes again: Error']);
    isDown = false;
    await tmc.receive(bytesOf(DATA?.hex ?? ''));
    expect(sent[1]?.toString('hex')).toBe(CONFIRM?.hex);
  });

  it('says what the platform refuses, and hangs up', async () => {
    const { tmc, faults, closed } = session(async () => undefined);
    const refusal = Buffer.concat([
      Buffer.from([2, 1, 2, 0, 0x91, 1, 0, 0, 3, 0, 9, 0, 0, 0]),
      Buffer.from('sign fail'),
      Buffer.from([0, 0]),
    ]);
    await tmc.receive(refusal);
    expect(faults).toEqual(['The message channel answered 401: sign fail']);
    expect(closed()).toBe(1);
  });
});
