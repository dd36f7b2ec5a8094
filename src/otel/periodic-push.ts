/**
 * Periodic push: when a registry is pushed - at every interval, when somebody asks for it, and once more at the end.
 *
 *     interval or flush --> breaker lets it? --> attempt --> delivered values, or the next one has them
 *                            '-- no: nothing is read
 *
 * Promises  One push at a time: one that takes longer than an interval is the next one's, too. A flush that comes meanwhile
 *           is a push of its own afterwards, because what it is about may not have been read.
 * Progress  Every push ends at exportTimeoutMs. No timer here keeps the process alive but for those who await something.
 */
import type { BreakerSettings, BreakerState } from './circuit-breaker.js';
import { CircuitBreaker } from './circuit-breaker.js';
import type { FailureReason } from './export-failure.js';
import type { ExportTimers } from './export-timers.js';
import { PushAttempt } from './push-attempt.js';
import type { PushObserver, PushResult, PushSteps } from './push-attempt.js';

export interface PeriodicPushOptions extends PushSteps {
  readonly intervalMs: number;
  readonly exportTimeoutMs: number;
  readonly breaker: BreakerSettings;
  readonly timers: ExportTimers;
  readonly observer: PushObserver;
}

/** A receiver that asks for more is asked again after so long. */
const PAUSE_MS_MAX = 600_000;
/** Of a flush: the push that goes on, and its own. */
const PUSHES_OF_FLUSH = 2;

export class PeriodicPush {
  lastFailure: FailureReason | undefined;
  private readonly breaker: CircuitBreaker;
  private attempt: PushAttempt | undefined;
  private running: Promise<boolean> | undefined;
  /** The push after the one that runs, when somebody waits for it. */
  private following: Promise<boolean> | undefined;
  private cancelTimer: (() => void) | undefined;
  private dueMs: number;
  /** Until then the receiver has asked to be left alone. */
  private resumesMs = 0;
  private stopping: Promise<void> | undefined;
  private isClosed = false;

  constructor(private readonly options: PeriodicPushOptions) {
    const { breaker, timers, observer, intervalMs } = options;
    const nowMs = (): number => timers.nowMs();
    this.breaker = new CircuitBreaker(breaker, nowMs, state => observer.breaker(state));
    this.dueMs = timers.nowMs() + intervalMs;
    this.arm();
  }

  get breakerState(): BreakerState {
    return this.breaker.state;
  }

  get isPushing(): boolean {
    return this.running !== undefined;
  }

  /** Pushes what there is now. False when it was not delivered, or not tried: after stop(), or while the breaker is open. */
  async flush(): Promise<boolean> {
    if (this.stopping !== undefined) return false;
    const { timers, exportTimeoutMs } = this.options;
    const release = timers.deadline(PUSHES_OF_FLUSH * exportTimeoutMs, () => undefined);
    try {
      return await this.pushAll();
    } finally {
      release();
    }
  }

  /**
   * Pushes once more, and resolves after `deadlineMs` at the latest. What is not delivered by then is counted as dropped,
   * and so is what is still on its way.
   */
  stop(deadlineMs: number): Promise<void> {
    return (this.stopping ??= this.stopOnce(deadlineMs));
  }

  private async stopOnce(deadlineMs: number): Promise<void> {
    this.cancelTimer?.();
    let cancel = (): void => {};
    const deadline = new Promise<void>(resolve => {
      cancel = this.options.timers.deadline(deadlineMs, resolve);
    });
    await Promise.race([this.pushAll(), deadline]);
    cancel();
    this.isClosed = true;
    this.attempt?.abandon();
  }

  private pushAll(): Promise<boolean> {
    if (this.running === undefined) return this.push();
    this.following ??= this.running.then(() => {
      this.following = undefined;
      return this.push();
    });
    return this.following;
  }

  private push(): Promise<boolean> {
    this.running ??= this.pushOnce().finally(() => (this.running = undefined));
    return this.running;
  }

  private async pushOnce(): Promise<boolean> {
    const { timers, observer, exportTimeoutMs } = this.options;
    const startMs = timers.nowMs();
    if (this.isClosed || startMs < this.resumesMs || !this.breaker.begin()) return false;
    const attempt = new PushAttempt(this.options, observer);
    this.attempt = attempt;
    const cancel = timers.after(exportTimeoutMs, () => attempt.end());
    const result = await attempt.run();
    cancel();
    this.attempt = undefined;
    if (this.isClosed) return false;
    observer.ended((timers.nowMs() - startMs) / 1_000);
    this.settle(result);
    return result.failure === undefined;
  }

  private settle({ failure, detail, pauseMs }: PushResult): void {
    this.lastFailure = failure;
    if (failure === undefined) {
      this.breaker.succeeded();
      return;
    }
    this.resumesMs = this.options.timers.nowMs() + Math.min(pauseMs, PAUSE_MS_MAX);
    this.options.observer.failed(failure, detail);
    this.breaker.failed();
  }

  private arm(): void {
    const { timers, intervalMs } = this.options;
    this.cancelTimer = timers.after(Math.max(0, this.dueMs - timers.nowMs()), () => {
      // A push that goes on has taken the place of this one; intervals that were slept through have none.
      const missed = Math.max(0, Math.floor((timers.nowMs() - this.dueMs) / intervalMs));
      this.dueMs += (missed + 1) * intervalMs;
      this.arm();
      void this.push();
    });
  }
}
