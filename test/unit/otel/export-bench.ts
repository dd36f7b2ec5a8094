/** A bench for span exports: a clock that is turned by hand, a receiver that answers when it is told to, and a ledger. */
import { TraceFlags } from '@opentelemetry/api';
import type { BreakerSettings, BreakerState } from '../../../src/otel/circuit-breaker.js';
import type { FailureReason } from '../../../src/otel/export-failure.js';
import type { ExportTimers } from '../../../src/otel/export-timers.js';
import type {
  BatchSettings,
  DropReason,
  EndedSpan,
  SpanExportObserver,
} from '../../../src/otel/span-exports.js';
import { SpanExports } from '../../../src/otel/span-exports.js';

interface Timer {
  readonly atMs: number;
  readonly action: () => void;
}

/** Of one advance(): more than any test needs. */
const ACTIONS_MAX = 10_000;

/** Timers run in the order of their times, and those of one time in the order in which they were set. */
export class TurnedTimers implements ExportTimers {
  private timers: Timer[] = [];
  private current = 0;

  get count(): number {
    return this.timers.length;
  }

  nowMs(): number {
    return this.current;
  }

  after(ms: number, action: () => void): () => void {
    const timer = { atMs: this.current + ms, action };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter(other => other !== timer));
  }

  soon(action: () => void): () => void {
    return this.after(0, action);
  }

  deadline(ms: number, action: () => void): () => void {
    return this.after(ms, action);
  }

  /** Lets time pass, and runs what is due on the way. */
  advance(ms: number): void {
    const until = this.current + ms;
    for (let actions = 0; ; actions++) {
      if (actions > ACTIONS_MAX) throw new Error('timers without a wait set each other again and again');
      const due = this.timers.filter(({ atMs }) => atMs <= until).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.timers = this.timers.filter(timer => timer !== due);
      this.current = due.atMs;
      due.action();
    }
    this.current = until;
  }
}

/** Counts what it is told. */
export class Ledger implements SpanExportObserver {
  queueSize = 0;
  exportedSpans = 0;
  readonly drops: Partial<Record<DropReason, number>> = {};
  readonly failures: FailureReason[] = [];
  readonly seconds: number[] = [];
  readonly breakerStates: BreakerState[] = [];
  openedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly nowMs: () => number) {}

  get droppedSpans(): number {
    return Object.values(this.drops).reduce((sum, count) => sum + count, 0);
  }

  queued(size: number): void {
    this.queueSize = size;
  }

  exported(spans: number): void {
    this.exportedSpans += spans;
  }

  dropped(spans: number, reason: DropReason): void {
    this.drops[reason] = (this.drops[reason] ?? 0) + spans;
  }

  failed(reason: FailureReason): void {
    this.failures.push(reason);
  }

  ended(seconds: number): void {
    this.seconds.push(seconds);
  }

  breaker(state: BreakerState): void {
    this.breakerStates.push(state);
    if (state === 'open') this.openedAtMs = this.nowMs();
  }
}

export interface NumberedSpan extends EndedSpan {
  readonly id: number;
}

export interface Received {
  readonly ids: readonly number[];
  /** How long the breaker had been open, or had been so before. Infinite when it never was. */
  readonly sinceOpenedMs: number;
  /** Answers the export: with an error, it has failed. May be called at any time, and again. */
  readonly answer: (error?: Error) => void;
}

/** Refused as a connection is. */
export function refusal(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}

export const BATCH: BatchSettings = {
  queueSizeMax: 8,
  batchSizeMax: 3,
  delayMs: 100,
  exportTimeoutMs: 1_000,
};
export const BREAKER: BreakerSettings = { failuresMax: 2, openMs: 5_000, successesMin: 1 };

export class ExportBench {
  readonly timers = new TurnedTimers();
  readonly ledger = new Ledger(() => this.timers.nowMs());
  /** Every export so far, the one in flight at the end. */
  readonly received: Received[] = [];
  readonly exports: SpanExports<NumberedSpan>;
  shutdowns = 0;
  abandoned = 0;
  ended = 0;
  /** Called at each export; throws to make the exporter throw. What it returns, the exporter returns. */
  onExport: () => void | Promise<void> = () => {};
  /** What the exporter's shutdown waits for. */
  whenShutDown: Promise<void> = Promise.resolve();

  constructor(batch: Partial<BatchSettings> = {}, breaker: Partial<BreakerSettings> = {}) {
    this.exports = new SpanExports<NumberedSpan>({
      batch: { ...BATCH, ...batch },
      breaker: { ...BREAKER, ...breaker },
      timers: this.timers,
      observer: this.ledger,
      untraced: action => action(),
      exporter: {
        export: (spans, done) => {
          const returned = this.onExport();
          const answer = (error?: Error): void =>
            done(error === undefined ? { code: 0 } : { code: 1, error });
          const sinceOpenedMs = this.timers.nowMs() - this.ledger.openedAtMs;
          this.received.push({ ids: spans.map(({ id }) => id), sinceOpenedMs, answer });
          return returned as void;
        },
        abandon: () => void this.abandoned++,
        shutdown: () => {
          this.shutdowns++;
          return this.whenShutDown;
        },
      },
    });
  }

  end(count = 1): void {
    for (let i = 0; i < count; i++) {
      this.exports.onEnd({ id: this.ended++, spanContext: () => ({ traceFlags: TraceFlags.SAMPLED }) });
    }
  }

  get inFlight(): boolean {
    const decided = this.ledger.exportedSpans + this.ledger.droppedSpans;
    return decided + this.exports.queueSize < this.ended;
  }

  get batches(): readonly (readonly number[])[] {
    return this.received.map(({ ids }) => ids);
  }

  /** Answers the export in flight. */
  answer(error?: Error): void {
    this.received.at(-1)!.answer(error);
  }
}
