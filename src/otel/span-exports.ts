/**
 * Span exports: what happens to the sampled spans of one thread from their end on. A span processor of the SDK.
 *
 *     span ends -> queue -> batch -> exporter -> exported
 *                   |                   '------> dropped: export_failed
 *                   '--------------------------> dropped: queue_full, shutdown, exit
 *
 * Promises  Ending a span puts it into the queue or counts it as dropped, and does nothing else: a batch is built and sent
 *           in a later turn of the event loop. Of all spans that ended: exported + dropped + queued + in flight is their
 *           number, at any time. There is at most one batch in flight.
 * Progress  While spans are queued and none is in flight, a timer is set. An exporter that does not answer is given up
 *           after exportTimeoutMs and its request ended, one that keeps failing is left alone while the circuit breaker is
 *           open.
 */
import type { Context } from '@opentelemetry/api';
import { TraceFlags } from '@opentelemetry/api';
import type { BreakerSettings, BreakerState } from './circuit-breaker.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { ExportAttempt } from './export-attempt.js';
import type { ExportFailure } from './export-failure.js';
import { failureOf } from './export-failure.js';
import type { ExportObserver } from './export-metrics.js';
import type { ExportTimers } from './export-timers.js';
import { SpanQueue } from './span-queue.js';

export const DROP_REASONS = ['queue_full', 'export_failed', 'shutdown', 'exit'] as const;

/**
 * `queue_full`: more spans ended than the receiver took. `export_failed`: the exporter gave their batch up. `shutdown`: they
 * ended later, or the deadline of the shutdown came first. `exit`: the thread ended without a shutdown.
 */
export type DropReason = (typeof DROP_REASONS)[number];

export interface BatchSettings {
  readonly queueSizeMax: number;
  readonly batchSizeMax: number;
  readonly delayMs: number;
  readonly exportTimeoutMs: number;
}

/** What is told about spans as it happens. Must not throw. */
export interface SpanExportObserver extends ExportObserver<DropReason> {
  queued(size: number): void;
}

/** The part of a span that exports read. */
export interface EndedSpan {
  spanContext(): { readonly traceFlags: number };
}

/** The part of the SDK's SpanExporter that exports use. */
export interface BatchExporter<S> {
  export(spans: S[], done: (result: { code: number; error?: Error }) => void): void;
  shutdown(): Promise<void>;
  /** Ends the export in flight, which nobody waits for any more. */
  abandon?(): void;
}

export interface SpanExportsOptions<S> {
  readonly exporter: BatchExporter<S>;
  readonly batch: BatchSettings;
  readonly breaker: BreakerSettings;
  readonly timers: ExportTimers;
  readonly observer: SpanExportObserver;
  /** Runs `action` so that what it does makes no spans: a request of the exporter would export itself. */
  readonly untraced: (action: () => void) => void;
}

interface Flush {
  /** Ended when as many spans as were accepted before it have left. */
  readonly target: number;
  readonly failures: number;
  readonly end: (isComplete: boolean) => void;
}

const SUCCESS_CODE = 0;
/** The longest that a timer can be: a flush ends by itself, as each of its exports does. */
const FLUSH_MS_MAX = 2_147_483_647;

export class SpanExports<S extends EndedSpan> {
  private readonly queue: SpanQueue<S>;
  private readonly breaker: CircuitBreaker;
  private flushes: Flush[] = [];
  /** Spans that entered the queue; spans that left the queue and whose export is over. */
  private accepted = 0;
  private settled = 0;
  /** How often some of them were dropped. */
  private failures = 0;
  private inFlight: ExportAttempt | undefined;
  private cancelTimer: (() => void) | undefined;
  private stopping: Promise<void> | undefined;
  private isClosed = false;

  constructor(private readonly options: SpanExportsOptions<S>) {
    this.queue = new SpanQueue(options.batch.queueSizeMax);
    const { breaker, timers, observer } = options;
    this.breaker = new CircuitBreaker(
      breaker,
      () => timers.nowMs(),
      state => observer.breaker(state),
    );
  }

  get queueSize(): number {
    return this.queue.size;
  }

  get breakerState(): BreakerState {
    return this.breaker.state;
  }

  onStart(_span: unknown, _parent: Context): void {}

  /** Called by the SDK in the thread that ends the span. */
  onEnd(span: S): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    const { observer, batch } = this.options;
    if (this.isClosed) {
      observer.dropped(1, 'shutdown');
    } else if (!this.queue.offer(span)) {
      observer.dropped(1, 'queue_full');
    } else {
      this.accepted++;
      observer.queued(this.queue.size);
      // Sizes between these change nothing about when the next batch goes; a clock read for each span would be lost.
      if (this.queue.size === 1 || this.queue.size === batch.batchSizeMax) this.arm();
    }
  }

  /**
   * Told by an exporter that an attempt has failed which it would repeat. False when it has to give the batch up: the
   * circuit breaker counts attempts, or one that repeats for long would keep it closed for as long.
   */
  attemptFailed(): boolean {
    this.breaker.failed();
    return this.breaker.state !== 'open';
  }

  async forceFlush(): Promise<void> {
    if (!(await this.flush()))
      throw new Error('spans could not be exported; see otel_exporter_failures_total');
  }

  /**
   * Exports what has ended so far. True when all of it was exported; false when an export has failed, or the circuit
   * breaker is open: what is queued stays queued then.
   */
  flush(): Promise<boolean> {
    return new Promise(resolve => {
      // The process must not end under somebody who awaits this: an exporter may have nothing that keeps it alive.
      const release = this.options.timers.deadline(FLUSH_MS_MAX, () => undefined);
      const end = (isComplete: boolean): void => {
        release();
        resolve(isComplete);
      };
      this.flushes.push({ target: this.accepted, failures: this.failures, end });
      this.endFlushes();
      this.arm();
    });
  }

  /** As stop(), under the name that the SDK calls it by, with the deadline of an export. */
  shutdown(): Promise<void> {
    return this.stop(this.options.batch.exportTimeoutMs);
  }

  /**
   * Takes no more spans, exports those that are there, and shuts the exporter down. Resolves after `deadlineMs` at the
   * latest; what is not exported by then is counted as dropped, and so is an export whose answer is still awaited.
   */
  stop(deadlineMs: number): Promise<void> {
    return (this.stopping ??= this.stopOnce(deadlineMs));
  }

  /** Counts what is left as dropped: the thread ends now, and no export can. */
  abandon(): void {
    this.isClosed = true;
    this.dropRest('exit');
  }

  private async stopOnce(deadlineMs: number): Promise<void> {
    this.isClosed = true;
    const { timers, exporter } = this.options;
    let cancel = (): void => {};
    const deadline = new Promise<void>(resolve => {
      cancel = timers.deadline(deadlineMs, resolve);
    });
    await Promise.race([this.flush(), deadline]);
    this.dropRest('shutdown');
    // An exporter that has an unanswered request waits for it in its own shutdown.
    await Promise.race([shutDown(exporter), deadline]);
    cancel();
  }

  private dropRest(reason: DropReason): void {
    const { observer } = this.options;
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    const queued = this.queue.take(this.queue.size).length;
    const abandoned = this.inFlight?.end() === true ? this.inFlight.spans : 0;
    this.inFlight = undefined;
    if (abandoned > 0) this.options.exporter.abandon?.();
    this.settled += queued + abandoned;
    if (queued + abandoned > 0) {
      // Whoever has flushed them is to hear that they did not arrive.
      this.failures++;
      observer.dropped(queued + abandoned, reason);
    }
    observer.queued(0);
    this.endFlushes();
  }

  /** Sets the timer of the next batch, if there is one to send and none in flight. */
  private arm(): void {
    if (this.inFlight !== undefined) return;
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    if (this.queue.size === 0) return;
    const { batch, timers } = this.options;
    const isDue = this.queue.size >= batch.batchSizeMax || this.flushes.length > 0;
    const waitMs = Math.max(isDue ? 0 : batch.delayMs, this.breaker.waitMs());
    const action = (): void => {
      this.cancelTimer = undefined;
      this.exportNext();
    };
    this.cancelTimer = waitMs === 0 ? timers.soon(action) : timers.after(waitMs, action);
  }

  private exportNext(): void {
    if (!this.breaker.begin()) {
      this.arm();
      return;
    }
    const { batch, observer } = this.options;
    const spans = this.queue.take(batch.batchSizeMax);
    observer.queued(this.queue.size);
    this.send(spans);
  }

  private send(spans: S[]): void {
    const { batch, exporter, timers, untraced } = this.options;
    const attempt = new ExportAttempt(spans.length, timers, batch.exportTimeoutMs, failure =>
      this.settle(attempt, failure),
    );
    this.inFlight = attempt;
    try {
      untraced(() => {
        const returned: unknown = exporter.export(spans, ({ code, error }) =>
          attempt.settle(code === SUCCESS_CODE ? undefined : failureOf(error)),
        );
        // One that is an async function throws so, and an unhandled rejection would end the process.
        if (returned instanceof Promise) returned.catch((error: unknown) => attempt.settle(failureOf(error)));
      });
    } catch (error) {
      attempt.settle(failureOf(error));
    }
  }

  private settle({ spans, seconds }: ExportAttempt, failure: ExportFailure | undefined): void {
    const { observer, exporter } = this.options;
    this.inFlight = undefined;
    // Its request would be in flight beside the next one, and keep the process alive.
    if (failure?.reason === 'timeout') exporter.abandon?.();
    this.settled += spans;
    observer.ended(seconds);
    if (failure === undefined) {
      observer.exported(spans);
      this.breaker.succeeded();
    } else {
      this.failures++;
      observer.dropped(spans, 'export_failed');
      observer.failed(failure.reason, failure.detail);
      this.breaker.failed();
    }
    this.endFlushes();
    this.arm();
  }

  private endFlushes(): void {
    const isOpen = this.breaker.waitMs() > 0;
    const ended = this.flushes.filter(({ target }) => this.settled >= target || isOpen);
    this.flushes = this.flushes.filter(flush => !ended.includes(flush));
    for (const { target, failures, end } of ended) end(this.settled >= target && this.failures === failures);
  }
}

async function shutDown(exporter: BatchExporter<never>): Promise<void> {
  try {
    await exporter.shutdown();
  } catch {
    // Its spans are counted; what else it could not end is its own.
  }
}
