import { isObject, type JsonObject, objectOr } from '../shared/json.ts';
import { isoTime, word } from '../shared/protocols/hook-events.ts';
import { type CallDeps, callPlatform, chinaTime } from './call.ts';
import { PlatformError, quotable } from './error.ts';
import type { AppSettings } from './settings.ts';
import { platformSign } from './sign.ts';
import type { TmcMessage } from './tmc-consumer.ts';

/** What is asked for at once: TOP gives 10 to 200. */
const QUANTITY = 200;
/** Too many calls at once; the call comes through a little later. */
const LIMITED = '7';

/** A message as it is kept. One without a topic or a content is kept too, and refused when it is read. */
export type TopMessage = Partial<TmcMessage> & Pick<TmcMessage, 'id'>;

/** The message channel of Taobao over TOP's HTTP API: what the WebSocket pushes, asked for. */
export class TopClient {
  readonly #app: AppSettings;
  readonly #deps: CallDeps;

  constructor(app: AppSettings, deps: CallDeps) {
    this.#app = app;
    this.#deps = deps;
  }

  /** Messages that wait; empty where there are none. @throws PlatformError, OutOfTime */
  async consume(deadline: number): Promise<readonly TopMessage[]> {
    const answer = await this.#call('taobao.tmc.messages.consume', { quantity: String(QUANTITY) }, deadline);
    const list = objectOr(objectOr(answer.tmc_messages_consume_response).messages).tmc_message;
    return (Array.isArray(list) ? list : []).filter(isObject).flatMap((message) => messageOf(message) ?? []);
  }

  /** Tells that messages are safe; others come again. @throws PlatformError, OutOfTime */
  async confirm(ids: readonly string[], deadline: number): Promise<void> {
    const name = 'taobao.tmc.messages.confirm';
    const answer = await this.#call(name, { s_message_ids: ids.join(',') }, deadline);
    if (objectOr(answer.tmc_messages_confirm_response).is_success === true) return;
    throw new PlatformError(`${name} was not a success; the messages come again.`, { isTransient: false });
  }

  #call(method: string, own: Readonly<Record<string, string>>, deadline: number): Promise<JsonObject> {
    const { url, app_key, app_secret, access_token, group_name } = this.#app;
    const secrets = [app_secret, access_token ?? '', app_key];
    const common = {
      ...{ method, app_key, format: 'json', v: '2.0', sign_method: 'md5' },
      // "default" is the name of the group of those who name none, and no name of one.
      ...(group_name !== 'default' && { group_name }),
      ...(access_token !== undefined && { session: access_token }),
    };
    const form = (now: number): Record<string, string> => {
      const params = { ...common, ...own, timestamp: chinaTime(now) };
      return { ...params, sign: platformSign(app_secret, params) };
    };
    const refusal = (answer: JsonObject) => refusalOf(method, answer, secrets);
    return callPlatform({ name: method, url: url.href, form, refusal, deadline }, this.#deps);
  }
}

function refusalOf(method: string, answer: JsonObject, secrets: readonly string[]): PlatformError | undefined {
  if (answer.error_response === undefined) return undefined;
  const { code, sub_code, msg, sub_msg } = objectOr(answer.error_response);
  const words = [code, sub_code, msg, sub_msg].flatMap((part) => word(part) ?? []).join(' ');
  // TOP names what went wrong on its own side `isp.…`, and on the caller's `isv.…`.
  const isTransient = word(code) === LIMITED || (word(sub_code) ?? '').startsWith('isp.');
  return new PlatformError(`${method} was refused: ${quotable(words, secrets)}`, { isTransient });
}

function messageOf({ id, topic, content, pub_time, user_id, user_nick }: JsonObject): TopMessage | undefined {
  const known = word(id);
  if (known === undefined) return undefined;
  const time = Date.parse(isoTime(pub_time) ?? '');
  const [nick, userid] = [word(user_nick), word(user_id)];
  return {
    id: known,
    ...(typeof topic === 'string' && { topic }),
    ...(typeof content === 'string' && { content }),
    ...(nick !== undefined && { nick }),
    ...(userid !== undefined && { userid }),
    ...(Number.isFinite(time) && { time }),
  };
}
