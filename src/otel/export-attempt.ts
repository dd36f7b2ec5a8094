/** Export attempt: one batch of spans on its way, until it is answered, given up or abandoned, whichever comes first. */
import type { ExportFailure } from './export-failure.js';
import type { ExportTimers } from './export-timers.js';

export class ExportAttempt {
  private readonly startMs: number;
  private readonly cancelTimeout: () => void;
  private isOver = false;

  /** @param settled called once, unless the attempt is abandoned; without a reason when the receiver took the spans */
  constructor(
    readonly spans: number,
    private readonly timers: ExportTimers,
    timeoutMs: number,
    private readonly settled: (failure: ExportFailure | undefined) => void,
  ) {
    this.startMs = timers.nowMs();
    this.cancelTimeout = timers.after(timeoutMs, () => this.settle({ reason: 'timeout', detail: '' }));
  }

  get seconds(): number {
    return (this.timers.nowMs() - this.startMs) / 1_000;
  }

  settle(failure: ExportFailure | undefined): void {
    if (this.end()) this.settled(failure);
  }

  /** True the first time: an answer may come after the attempt was given up, and its spans are counted already. */
  end(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.cancelTimeout();
    return true;
  }
}
