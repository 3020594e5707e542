/** In the languages of the page. */
export interface Words {
  readonly en: string;
  readonly zh: string;
}

/** Something to paste, whole. */
export interface Snippet {
  /** Whose settings it belongs to: a client, or a platform. */
  readonly title: string;
  readonly language: 'js' | 'java' | 'properties' | 'shell' | 'url';
  readonly text: string;
}

/** What a platform gives in return, to be stored with the source. */
export interface WantedSecret {
  readonly name: string;
  readonly from: Words;
}

/** What whoever connects a sender needs to know. */
export interface Connecting {
  readonly snippets: readonly Snippet[];
  /** Where to paste it, for platforms. */
  readonly where?: Words;
  readonly secrets: readonly WantedSecret[];
}

/** What a snippet is made from. */
export interface Place {
  /** Where the collector is, without a slash at its end. */
  readonly url: string;
  /** A write key, or what stands for it in settings that stay as they are. */
  readonly key: string;
  readonly source_id: string;
}

/** A text as a literal of JavaScript or Java. */
export const quoted = (text: string): string => JSON.stringify(text);
