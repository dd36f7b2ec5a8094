/** What a processing worker sends to a receiver of OpenTelemetry: its spans, with the settings of the main thread. */
import { startTracing, type TraceCarrier, type Tracing } from '../src/otel/index.js';
import type { StageSpan } from './pipeline/event-trace.js';
import { BatchSpans, flushSpan } from './processor-spans.js';

export class ProcessorTelemetry {
  private constructor(
    private readonly tracing: Tracing,
    private readonly eventSpansMax: number,
  ) {}

  static async start(eventSpansMax: number): Promise<ProcessorTelemetry> {
    return new ProcessorTelemetry(await startTracing(), eventSpansMax);
  }

  batch(carrier: TraceCarrier, eventCount: number): BatchSpans {
    return new BatchSpans(carrier, eventCount, this.eventSpansMax);
  }

  flush(carrier: TraceCarrier): StageSpan {
    return flushSpan(carrier);
  }

  /** Sends what has ended, within its deadline. Never rejects. */
  shutdown(): Promise<void> {
    return this.tracing.shutdown();
  }
}
