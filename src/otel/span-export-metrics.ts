/** Span export metrics: what export metrics say of spans, and what only spans have - a queue, and a sampler. */
import type { Gauge } from '../primitives/gauge.js';
import type { Registry } from '../registry/registry.js';
import { ExportMetrics } from './export-metrics.js';
import { TRACES } from './signal.js';
import type { DropReason, SpanExportObserver } from './span-exports.js';
import { DROP_REASONS } from './span-exports.js';

export class SpanExportMetrics extends ExportMetrics<DropReason> implements SpanExportObserver {
  private readonly queueSize: Gauge;
  private readonly queueCapacity: Gauge;
  private readonly refusedTraces: { inc(): void };

  /**
   * @param receiver as ExportMetrics has it
   * @throws DefinitionConflictError when the registry has one of the families, defined otherwise
   */
  constructor(registry: Registry, capacity: number, receiver: string) {
    super(registry, { signal: TRACES, dropReasons: DROP_REASONS, receiver });
    this.queueSize = registry.gauge({
      name: 'otel_exporter_queue_size',
      help: 'Spans that wait for their export.',
    });
    this.queueCapacity = registry.gauge({
      name: 'otel_exporter_queue_capacity',
      help: 'Most spans that can wait for their export.',
    });
    this.refusedTraces = registry.counter({
      name: 'otel_sampler_refused_traces_total',
      help: 'Traces that were not sampled because of the rate limit.',
    });
    this.queueSize.set(0);
    this.queueCapacity.set(capacity);
  }

  queued(size: number): void {
    this.queueSize.set(size);
  }

  /** A new trace was left out by the rate limit. */
  refusedTrace(): void {
    this.refusedTraces.inc();
  }

  override stopped(): void {
    this.queueSize.set(0);
    this.queueCapacity.set(0);
    super.stopped();
  }
}
