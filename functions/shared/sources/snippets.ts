import type { SourceDefinition } from '../../../schemas/source.ts';
import { own } from '../own.ts';
import type { Connecting, Snippet } from './snippet.ts';
import { HOOKS } from './snippets-hook.ts';
import { SDK_SNIPPETS } from './snippets-sdk.ts';

export type { Connecting, Snippet } from './snippet.ts';

/** Stands where a key goes that is not at hand: it was shown once, when it was made. */
export const KEY_PLACE = 'WRITE_KEY';

/**
 * What to paste where, and what the platform gives in return. Where the key is not at hand, an alias stands for it: settings that
 * have one already stay as they are.
 * @param place the collector's address; the key where it was just made
 */
export function connecting(
  { protocol = 'segment', aliases = [], source_id }: SourceDefinition,
  { url, key }: { readonly url: string; readonly key?: string | undefined },
): Connecting {
  const alias = aliases.find((one) => one.startsWith(`${protocol}:`))?.slice(protocol.length + 1);
  const place = { url, key: alias ?? key ?? KEY_PLACE, source_id };
  const paths = aliases.filter((one) => one.startsWith('path:')).map((one) => ownPath(`${url}${one.slice(5)}`));
  const hook = own(HOOKS, protocol);
  if (hook) {
    const address = `${url}/v1/hooks/${protocol}/${key ?? KEY_PLACE}`;
    const snippet: Snippet = { title: hook.title, language: 'url', text: address };
    return { snippets: hook.asked ? [] : [snippet, ...paths], where: hook.where, secrets: hook.secrets };
  }
  const snippets = own(SDK_SNIPPETS, protocol)?.(place) ?? [{ title: protocol, language: 'url', text: url }];
  return { snippets: [...snippets, ...paths], secrets: [] };
}

const ownPath = (text: string): Snippet => ({ title: 'Address of its own', language: 'url', text });
