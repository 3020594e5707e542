import type { Source } from '../../schemas/event.ts';
import { own } from '../shared/own.ts';
import { OUTBOUND } from '../shared/protocols/outbound.ts';
import { ConnectSettingsError } from './error.ts';

/** Secrets of a source by name, oldest first. */
export type SecretsByName = Readonly<Record<string, readonly string[]>>;

/** What it takes to speak for an application at its platform. */
export interface AppSettings {
  readonly url: URL;
  readonly app_key: string;
  readonly app_secret: string;
  /** The shop's consent; JD asks for it, Taobao's message channel does not. */
  readonly access_token: string | undefined;
  /** Whose share of the messages this is. */
  readonly group_name: string;
}

export const TAOBAO_CHANNEL = 'ws://mc.api.taobao.com/';
export const TAOBAO_API = 'https://eco.taobao.com/router/rest';
export const JD_API = 'https://api.jd.com/routerjson';

const DEFAULT_GROUP = 'default';
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;
/** The channel has no encrypted address that is known. */
const PLAIN_CHANNEL = /^mc\.api\.(?:taobao|tbsandbox)\.com$/;

/** Whether anything is fetched for a source by this program, instead of being sent to it. */
export const isOutbound = ({ protocol }: Pick<Source, 'protocol'>): boolean =>
  OUTBOUND.some(({ name }) => name === protocol);

export interface Place {
  /** The address where the source names none. */
  readonly url: string;
  /** Whether this machine may be called, as in a test. */
  readonly loopback: boolean;
}

/** Reads how to reach a platform for a source. @throws ConnectSettingsError saying what is missing or wrong */
export function appSettings(source: Source, secrets: SecretsByName, place: Place): AppSettings {
  if (source.class !== 'signed') {
    throw new ConnectSettingsError(`The source "${source.source_id}" has to be of class signed to be fetched for.`);
  }
  const named = source.settings ?? {};
  const newest = (name: string): string | undefined => own(secrets, name)?.at(-1);
  const needed = (name: string): string => {
    const value = newest(name) ?? own(named, name);
    if (value !== undefined && value !== '') return value;
    throw new ConnectSettingsError(`The source "${source.source_id}" has no secret "${name}"; store it there.`);
  };
  return {
    url: checked(named.url ?? place.url, source, place),
    app_key: needed('app_key'),
    app_secret: needed('app_secret'),
    access_token: source.protocol === 'jos' ? needed('access_token') : (newest('session') ?? newest('access_token')),
    group_name: named.group_name ?? DEFAULT_GROUP,
  };
}

/** Only what is encrypted on the way; and a loopback address where that is this machine's owner's own affair. */
function checked(text: string, { source_id }: Source, { loopback }: Place): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.protocol === 'http:' || url?.protocol === 'ws:';
  const isSafe =
    url?.protocol === 'https:' ||
    url?.protocol === 'wss:' ||
    (isPlain && loopback && LOOPBACK.test(url.hostname)) ||
    (url?.protocol === 'ws:' && PLAIN_CHANNEL.test(url.hostname));
  if (url && isSafe && url.username === '' && url.password === '') return url;
  throw new ConnectSettingsError(
    `The setting "url" of the source "${source_id}" has to begin with https:// or wss://.`,
  );
}
