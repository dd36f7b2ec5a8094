/** What the server needs of a registry, and nothing more: a registry satisfies it by its shape. */

/** One exposition. The renderer never writes to `body` again: it is sent piece by piece, to several clients at once. */
export interface Rendering {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** The threads whose collect callbacks had not ended when the values were read. */
  readonly late?: readonly { readonly threadId: number }[];
  /** Called when the body has been sent to everyone who shares it; it may be written to again then. */
  readonly release?: () => void;
}

/** What a scrape asks for. A source that has one answer for all of them ignores it. */
export interface SourceOptions {
  /** The Accept header; '' when there is none. */
  readonly accept?: string | undefined;
  /** The values of `name[]` in the query: shows only families of these names. */
  readonly names?: readonly string[] | undefined;
  /** Milliseconds that are left until the scraper gives up, at least 1. */
  readonly timeoutMs?: number | undefined;
  /** Aborted when nobody wants the answer any more: a source that takes long is to stop then, and to reject. */
  readonly signal?: AbortSignal | undefined;
}

export interface MetricsSource {
  /** Takes a snapshot no earlier than this call and renders it. */
  render(options?: SourceOptions): Promise<Rendering>;
  /**
   * The content type that render() answers this Accept header with. Scrapes of one content type share a render; without
   * this method, those of one Accept header do.
   */
  contentTypeFor?(accept: string): string;
}
