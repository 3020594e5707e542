import type { Source } from '../../../../schemas/event.ts';
import { type HttpResponse, jsonResponse } from '../../http.ts';
import { isObject, objectOr } from '../../json.ts';
import { text } from '../parts.ts';
import type { Call, ReceiveDeps, Taken } from '../protocol.ts';
import { isSigned, seal, signatureOf, unseal } from './crypto.ts';
import { parseMessage } from './markup.ts';

/** What may be written between two elements without a second look. */
const NAME = /^[A-Za-z0-9_@.-]{1,100}$/;
const RANDOM_BYTES = 16;

type Deps = ReceiveDeps & { readonly source: Source };

/**
 * The answer that hands a person's message on to the account's human agents: once messages are pushed to a server, agents get none
 * that the server does not hand on. Sealed where the message was.
 * @returns undefined for all but messages of people, and where the source does not say `customer_service: forward`
 */
export async function forwarded({ items }: Taken, call: Call, deps: Deps): Promise<HttpResponse | undefined> {
  if (deps.source.settings?.customer_service !== 'forward') return undefined;
  const parties = partiesOf(items[0]);
  if (parties === undefined) return undefined;
  const isJson = call.request.body.toString('utf8', 0, 40).trimStart().startsWith('{');
  const fields = {
    ToUserName: parties.person,
    FromUserName: parties.account,
    CreateTime: Math.floor(deps.now / 1000),
    MsgType: 'transfer_customer_service',
  };
  const message = isJson ? JSON.stringify(fields) : xmlOf(fields);
  const { encoding_aes_key: keys = [], token: tokens = [] } = await deps.secrets(deps.source.source_id);
  if (keys.length === 0) return isJson ? jsonResponse(200, fields) : text(200, message);
  const reply = sealReply(message, { call, deps, tokens, keys });
  if (reply === undefined) return undefined;
  return isJson ? jsonResponse(200, reply) : text(200, xmlOf(reply));
}

/** The message's two ends, out of the event that became of it. */
function partiesOf(item: unknown): { readonly person: string; readonly account: string } | undefined {
  if (!isObject(item) || item.event !== 'Message Received') return undefined;
  const { externalIds } = objectOr(item.context);
  const { id: person } = objectOr(Array.isArray(externalIds) ? externalIds[0] : undefined);
  const { account } = objectOr(item.properties);
  if (typeof person !== 'string' || typeof account !== 'string') return undefined;
  return NAME.test(person) && NAME.test(account) ? { person, account } : undefined;
}

interface Sealing {
  readonly call: Call;
  readonly deps: Deps;
  readonly tokens: readonly string[];
  readonly keys: readonly string[];
}

/** Sealed and signed with those of the secrets that the message itself was: while they are replaced, the platform knows only these. */
function sealReply(message: string, { call, deps, tokens, keys }: Sealing) {
  const { timestamp = '', nonce = '', msg_signature = '' } = call.request.query;
  const sealed = parseMessage(call.request.body)?.Encrypt;
  const receiver = deps.source.app_id ?? '';
  const random = deps.random(RANDOM_BYTES);
  if (typeof sealed !== 'string' || random.byteLength !== RANDOM_BYTES) return undefined;
  const token = tokens.find((each) => isSigned(msg_signature, [each], [timestamp, nonce, sealed]));
  const encoded = keys.find((each) => unseal(sealed, each)?.receiver === receiver);
  if (token === undefined || encoded === undefined || !NAME.test(nonce)) return undefined;
  const Encrypt = seal(message, { receiver, encoded, random });
  const TimeStamp = Math.floor(deps.now / 1000);
  return { Encrypt, MsgSignature: signatureOf(token, String(TimeStamp), nonce, Encrypt), TimeStamp, Nonce: nonce };
}

const xmlOf = (fields: Readonly<Record<string, string | number>>): string =>
  `<xml>${Object.entries(fields)
    .map(([name, value]) => `<${name}>${typeof value === 'number' ? value : `<![CDATA[${value}]]>`}</${name}>`)
    .join('')}</xml>`;
