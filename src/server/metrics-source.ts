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

export interface MetricsSource {
  /** Takes a snapshot no earlier than this call and renders it. */
  render(): Promise<Rendering>;
}
