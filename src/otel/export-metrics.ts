/** Export metrics: the state of the exports of one signal, those of all threads, as families of a registry. */
import type { Counter } from '../primitives/counter.js';
import { warn } from '../registry/cardinality.js';
import type { Registry } from '../registry/registry.js';
import { memoryOf } from '../registry/registry-export.js';
import type { BreakerState } from './circuit-breaker.js';
import { BREAKER_STATES } from './circuit-breaker.js';
import type { FailureReason } from './export-failure.js';
import { FAILURE_REASONS } from './export-failure.js';
import { failureWarning } from './failure-warning.js';
import type { Signal } from './signal.js';

/** Seconds: an export within a data center, up to one that was given up. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What is told about exports as it happens. Must not throw. */
export interface ExportObserver<D extends string> {
  /** A receiver has taken so many items. */
  exported(items: number): void;
  dropped(items: number, reason: D): void;
  /** An export has failed. In `detail` what was heard of the receiver, '' for nothing. */
  failed(reason: FailureReason, detail: string): void;
  /** An export was answered, or given up, after so long. */
  ended(seconds: number): void;
  breaker(state: BreakerState): void;
}

export interface ExportMetricsOptions<D extends string> {
  readonly signal: Signal;
  readonly dropReasons: readonly D[];
  /** Where the exports go to, for the warning of the first failure. */
  readonly receiver: string;
}

/** Exports of this thread by the memory of their registries: receivers of one signal share its gauges. */
const exportsOf = new WeakMap<object, Set<{ readonly signal: string; readonly state: BreakerState }>>();

/** Records into the stripe of its thread. Gauges are sums over the threads, and a thread's part ends with the thread. */
export class ExportMetrics<D extends string> implements ExportObserver<D> {
  private readonly counters: ReturnType<typeof defineCounters<D>>;
  private readonly gauges: ReturnType<typeof defineGauges>;
  private readonly duration: ReturnType<typeof defineDuration>;
  readonly signal: string;
  state: BreakerState = 'closed';
  private readonly all: Set<{ readonly signal: string; readonly state: BreakerState }>;
  private isWarned = false;

  /** @throws DefinitionConflictError when the registry has one of the families, defined otherwise */
  constructor(
    registry: Registry,
    private readonly options: ExportMetricsOptions<D>,
  ) {
    this.signal = options.signal.name;
    this.gauges = defineGauges(registry);
    this.counters = defineCounters(registry, options);
    this.duration = defineDuration(registry, this.signal);
    const memory = memoryOf(registry);
    this.all = exportsOf.get(memory) ?? new Set();
    exportsOf.set(memory, this.all);
    this.all.add(this);
    this.showBreakers();
  }

  exported(items: number): void {
    this.counters.exported.inc(items);
    this.gauges.lastSuccess.set({ signal: this.signal }, Date.now() / 1_000);
  }

  dropped(items: number, reason: D): void {
    this.counters.dropped[reason].inc(items);
  }

  failed(reason: FailureReason, detail: string): void {
    this.counters.failures[reason].inc();
    if (this.isWarned) return;
    this.isWarned = true;
    const { receiver, signal } = this.options;
    warn(failureWarning({ reason, detail }, receiver, signal), signal.warningCode);
  }

  ended(seconds: number): void {
    this.duration.observe(seconds);
  }

  breaker(state: BreakerState): void {
    this.state = state;
    this.showBreakers();
    if (state === 'open') this.counters.opened.inc();
  }

  /** This thread exports no longer to this receiver. */
  stopped(): void {
    this.all.delete(this);
    this.showBreakers();
  }

  private showBreakers(): void {
    const { signal } = this;
    const states = [...this.all].filter(one => one.signal === signal).map(one => one.state);
    for (const state of BREAKER_STATES)
      this.gauges.breakerState.set({ signal, state }, states.filter(one => one === state).length);
  }
}

function defineGauges(registry: Registry) {
  return {
    breakerState: registry.gauge({
      name: 'otel_exporter_breaker_state',
      help: 'Circuit breakers of exports that are in this state, one for each thread and receiver.',
      labelNames: ['signal', 'state'],
    }),
    lastSuccess: registry.gauge({
      name: 'otel_exporter_last_success_timestamp_seconds',
      help: 'When a receiver has last taken an export, since 1970.',
      labelNames: ['signal'],
      aggregator: 'max',
    }),
  };
}

/** The handles of every reason, so that each is shown from the start, and rates have a beginning. */
function defineCounters<D extends string>(
  registry: Registry,
  { signal: { name: signal }, dropReasons }: ExportMetricsOptions<D>,
) {
  const labelNames = ['signal', 'reason'] as const;
  const dropped = registry.counter({
    name: 'otel_exporter_dropped_items_total',
    help: 'Sampled spans and data points that were not exported, by what became of them.',
    labelNames,
  });
  const failures = registry.counter({
    name: 'otel_exporter_failures_total',
    help: 'Exports that failed, retries included, by what was wrong.',
    labelNames,
  });
  const exported = registry.counter({
    name: 'otel_exporter_exported_items_total',
    help: 'Spans and data points that the receiver has taken.',
    labelNames: ['signal'],
  });
  const opened = registry.counter({
    name: 'otel_exporter_breaker_opened_total',
    help: 'How often a circuit breaker of exports has opened.',
    labelNames: ['signal'],
  });
  const reasonsOf = <R extends string>(family: Counter<'signal' | 'reason'>, reasons: readonly R[]) =>
    Object.fromEntries(
      reasons.map(reason => {
        family.init({ signal, reason });
        return [reason, family.labels({ signal, reason })];
      }),
    ) as Record<R, ReturnType<typeof family.labels>>;
  for (const family of [exported, opened]) family.init({ signal });
  return {
    dropped: reasonsOf(dropped, dropReasons),
    failures: reasonsOf(failures, FAILURE_REASONS),
    exported: exported.labels({ signal }),
    opened: opened.labels({ signal }),
  };
}

function defineDuration(registry: Registry, signal: string) {
  const duration = registry.histogram({
    name: 'otel_exporter_export_duration_seconds',
    help: 'Time of an export, until it was answered or given up.',
    labelNames: ['signal'],
    buckets: DURATION_BUCKETS,
  });
  duration.zero({ signal });
  return duration.labels({ signal });
}
