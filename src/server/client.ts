/** Client: whether the one that sent a request still waits for its reply. An AbortSignal costs an event for each request. */
export class Client {
  private hasLeft = false;
  private listener: (() => void) | undefined;

  /** True once the client has gone away, or has its reply. */
  get isGone(): boolean {
    return this.hasLeft;
  }

  /** Calls `listener` when that happens, in place of the one before: a request is answered by one. */
  listen(listener: (() => void) | undefined): void {
    this.listener = listener;
  }

  /** The first call counts. */
  leave(): void {
    if (this.hasLeft) return;
    this.hasLeft = true;
    this.listener?.();
  }
}
