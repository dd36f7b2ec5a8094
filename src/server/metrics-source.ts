/** What the server needs of a registry, and nothing more: a registry satisfies it by its shape. */

/** One exposition. The renderer never writes to `body` again: it is sent piece by piece, to several clients at once. */
export interface Rendering {
  readonly body: Uint8Array;
  readonly contentType: string;
}

export interface MetricsSource {
  /** Takes a snapshot no earlier than this call and renders it. */
  render(): Promise<Rendering>;
}
