import type { Source } from '../../../schemas/event.ts';
import type { Finding } from '../../../schemas/reasons.ts';
import type { HttpRequest, HttpResponse } from '../http.ts';
import type { JsonObject } from '../json.ts';

/** What a batch declares for all its events. */
export interface Shared {
  readonly context?: JsonObject;
  readonly integrations?: unknown;
  readonly sentAt?: unknown;
}

/** The events of one request, in the shape of Segment's. */
export interface Unpacked {
  readonly items: readonly unknown[];
  readonly shared: Shared;
}

/**
 * What `receive` made of a request and `decode` reads: on the raw stream, it is what can be decoded again. The body has been
 * inflated, decrypted and checked for its signature; bytes that a text format can stand for (protobuf) have become that text.
 */
export interface Payload {
  /** A protocol may have several forms of payload: its own name for this one. */
  readonly route: string;
  readonly body: Buffer;
  /** What query, head and path said that the events' meaning hangs on. Never a key or a secret. */
  readonly params: Readonly<Record<string, string>>;
  /** The sender asked to stay unknown: its address and its browser's name are not kept beside the payload. */
  readonly anonymous?: boolean;
}

/**
 * Turns a payload into events of Segment's shape, or says what is wrong with all of it. Pure: the same payload always gives the same
 * events, with the client's own message id where it has one. Called by `collect` to answer
 * (without a source only where the key is in the payload itself), and by `clean` to go on.
 */
export type Decode = (payload: Payload, source: Source | undefined) => Unpacked | Finding;

/** One request on its way in. */
export interface Call {
  readonly request: HttpRequest;
  readonly route: Route;
  /** What the path's variables stand for, e.g. `{ key: 'pk_…' }`. */
  readonly path: Readonly<Record<string, string>>;
}

/** What a receiver may ask for. */
export interface ReceiveDeps {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The secrets of a source by name (`token`, `app_secret` …), oldest first where one is being replaced; empty for none. */
  secrets(source_id: string): Promise<Readonly<Record<string, readonly string[]>>>;
  /** Where clients reach this collector, e.g. `https://collect.example.com`. */
  readonly publicUrl?: string | undefined;
  /** 16 bytes for an encrypted answer. */
  random(bytes: number): Buffer;
}

/** A request that is answered without bringing events: a URL check, settings that an SDK asks for, a probe. */
export interface Reply {
  readonly reply: HttpResponse;
}

/** What became of the events of a request. */
export interface Taken {
  readonly accepted: number;
  readonly refused: readonly RefusedEvent[];
  readonly items: readonly unknown[];
}

/** One event of a request that was refused, and why. */
export interface RefusedEvent {
  /** Position in the batch; 0 for a single event. */
  readonly index: number;
  readonly event: unknown;
  readonly finding: Finding;
}

export interface Route {
  readonly methods: readonly ('GET' | 'HEAD' | 'POST' | 'OPTIONS')[];
  /** A path, or one with variables for single segments: `/v3/projects/{key}/collect`. */
  readonly path: string;
  /** Protocol's own name of what comes here. */
  readonly name: string;
}

/**
 * One wire format: where its requests come in, where the source's key is, how a body is opened, and what its client has to be told.
 * Only `collect` uses it; what turns payloads into events is the protocol's `Decode`.
 */
export interface Receiver {
  /** Also the folder and the name on the raw stream. */
  readonly name: string;
  readonly routes: readonly Route[];
  /** The platform or the sender signs; only then may a source of class `signed` be used, and only with its own protocol. */
  readonly signed?: boolean;
  /** What tells an event from its repetition, for the documents: a field of the client's, or `content`. */
  readonly duplicateKey: string;
  /** Where the client says when it sent, for the correction of its clock; `none` where it says nothing. */
  readonly sentTime: string;
  /** Headers beyond the common ones that its browser client asks for in a preflight. */
  readonly requestHeaders?: readonly string[];
  /** Keys in path, query or head, the one to be tried first in front; none where the key is in the body. */
  keys(call: Call): readonly string[];
  /** Keys in an opened payload, where the head has none; or beside those of the head, where the body's go first. */
  keysIn?(payload: Payload, call: Call): readonly string[] | Finding;
  /**
   * Opens the request. `source` is there where the head named it. Absent: inflated where it is gzip, and taken as it is.
   * @returns the payload; a reply; or why the request is refused
   */
  open?(call: Call, deps: ReceiveDeps & { readonly source: Source | undefined }): Promise<Payload | Reply | Finding>;
  /** The answer once all is durable. Absent or undefined: 200 with JSON, or 400/403/413 with what was refused. */
  taken?(
    taken: Taken,
    call: Call,
    deps: ReceiveDeps & { readonly source: Source },
  ): Promise<HttpResponse> | HttpResponse | undefined;
  /** The answer to a request that brought nothing in. Absent or undefined: the reason's status with JSON. */
  failed?(finding: Finding, call: Call): HttpResponse | undefined;
  /** Answers a preflight, where it is no browser's: the abuse protection of CloudEvents. Absent: CORS. */
  preflight?(call: Call): HttpResponse | undefined;
}
