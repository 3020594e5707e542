import type { SourceDefinition } from '../../../schemas/source.ts';

/** Something to paste. */
export interface Snippet {
  readonly title: string;
  readonly text: string;
}

/** What whoever connects a sender needs. */
export const snippetsOf = (
  { protocol = 'segment' }: SourceDefinition,
  { url, key = 'WRITE_KEY' }: { readonly url: string; readonly key?: string | undefined },
): readonly Snippet[] => [{ title: protocol, text: `${url} ${key}` }];
