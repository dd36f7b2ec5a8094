/** Requests in flight: those whose reply has not been handed to the operating system yet. */

export class InFlight {
  private requestCount = 0;
  private idleWaiters: (() => void)[] = [];

  /** Counts a request until the returned function is called; calling it again does nothing. */
  begin(): () => void {
    this.requestCount++;
    let hasEnded = false;
    return () => {
      if (hasEnded) return;
      hasEnded = true;
      this.requestCount--;
      if (this.requestCount === 0) this.wakeIdleWaiters();
    };
  }

  /** Resolves once nothing is in flight, or after `timeoutMs` (0..600_000); true in the first case. */
  async idleWithin(timeoutMs: number): Promise<boolean> {
    if (this.requestCount === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>(resolve => {
      this.idleWaiters.push(resolve);
      timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
    return this.requestCount === 0;
  }

  private wakeIdleWaiters(): void {
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const wake of waiters) wake();
  }
}
