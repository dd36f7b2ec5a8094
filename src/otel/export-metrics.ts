/** Export metrics: the state of the span exports of all threads, as families of a registry. */
import type { Gauge } from '../primitives/gauge.js';
import { warn } from '../registry/cardinality.js';
import type { Registry } from '../registry/registry.js';
import type { BreakerState } from './circuit-breaker.js';
import { BREAKER_STATES } from './circuit-breaker.js';
import type { FailureReason } from './export-failure.js';
import { FAILURE_REASONS } from './export-failure.js';
import { failureWarning } from './failure-warning.js';
import type { DropReason, ExportObserver } from './span-exports.js';
import { DROP_REASONS } from './span-exports.js';

/** Seconds: an export within a data center, up to one that was given up. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Records into the stripe of its thread. Gauges are sums over the threads, and a thread's part ends with the thread. */
export class ExportMetrics implements ExportObserver {
  private readonly queueSize: Gauge;
  private readonly queueCapacity: Gauge;
  private readonly breakerState: Gauge<'state'>;
  private readonly counters: ReturnType<typeof defineCounters>;
  private readonly duration: ReturnType<typeof defineDuration>;

  private isWarned = false;

  /**
   * @param receiver where the spans go to, for the warning of the first failure
   * @throws DefinitionConflictError when the registry has one of the families, defined otherwise
   */
  constructor(
    registry: Registry,
    capacity: number,
    private readonly receiver: string,
  ) {
    this.queueSize = registry.gauge({
      name: 'otel_exporter_queue_size',
      help: 'Spans that wait for their export.',
    });
    this.queueCapacity = registry.gauge({
      name: 'otel_exporter_queue_capacity',
      help: 'Most spans that can wait for their export.',
    });
    this.breakerState = registry.gauge({
      name: 'otel_exporter_breaker_state',
      help: 'Threads whose circuit breaker of span exports is in this state.',
      labelNames: ['state'],
    });
    this.counters = defineCounters(registry);
    this.duration = defineDuration(registry);
    this.start(capacity);
  }

  queued(size: number): void {
    this.queueSize.set(size);
  }

  exported(spans: number): void {
    this.counters.exported.inc(spans);
  }

  dropped(spans: number, reason: DropReason): void {
    this.counters.dropped[reason].inc(spans);
  }

  failed(reason: FailureReason): void {
    this.counters.failures[reason].inc();
    if (this.isWarned) return;
    this.isWarned = true;
    warn(failureWarning(reason, this.receiver), 'THREADTALLY_SPAN_EXPORT');
  }

  ended(seconds: number): void {
    this.duration.observe(seconds);
  }

  breaker(state: BreakerState): void {
    for (const other of BREAKER_STATES) this.breakerState.set({ state: other }, other === state ? 1 : 0);
    if (state === 'open') this.counters.opened.inc();
  }

  /** A new trace was left out by the rate limit. */
  refusedTrace(): void {
    this.counters.refusedTraces.inc();
  }

  /** This thread exports no longer. */
  stopped(): void {
    this.queueSize.set(0);
    this.queueCapacity.set(0);
    for (const state of BREAKER_STATES) this.breakerState.set({ state }, 0);
  }

  private start(capacity: number): void {
    this.queueSize.set(0);
    this.queueCapacity.set(capacity);
    this.breaker('closed');
  }
}

/** The handles of every reason, so that each is shown from the start, and rates have a beginning. */
function defineCounters(registry: Registry) {
  const dropped = registry.counter({
    name: 'otel_exporter_dropped_spans_total',
    help: 'Sampled spans that were not exported, by what became of them.',
    labelNames: ['reason'],
  });
  const failures = registry.counter({
    name: 'otel_exporter_failures_total',
    help: 'Exports that failed, retries of the exporter included, by what was wrong.',
    labelNames: ['reason'],
  });
  const reasonsOf = <R extends string>(family: typeof dropped, reasons: readonly R[]) =>
    Object.fromEntries(
      reasons.map(reason => {
        family.init({ reason });
        return [reason, family.labels({ reason })];
      }),
    ) as Record<R, ReturnType<typeof dropped.labels>>;
  return {
    dropped: reasonsOf(dropped, DROP_REASONS),
    failures: reasonsOf(failures, FAILURE_REASONS),
    exported: registry.counter({
      name: 'otel_exporter_exported_spans_total',
      help: 'Spans that the receiver has taken.',
    }),
    opened: registry.counter({
      name: 'otel_exporter_breaker_opened_total',
      help: 'How often a circuit breaker of span exports has opened.',
    }),
    refusedTraces: registry.counter({
      name: 'otel_sampler_refused_traces_total',
      help: 'Traces that were not sampled because of the rate limit.',
    }),
  };
}

function defineDuration(registry: Registry) {
  return registry.histogram({
    name: 'otel_exporter_export_duration_seconds',
    help: 'Time of an export, until it was answered or given up.',
    buckets: DURATION_BUCKETS,
  });
}
