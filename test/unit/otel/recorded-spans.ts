/** Recorded spans: the SDK of this thread with an exporter that keeps what it gets, for tests of what makes spans. */
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

export class SpanRecorder {
  private readonly exporter = new InMemorySpanExporter();

  start(): void {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(
      new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
    );
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.exporter)] }),
    );
  }

  stop(): void {
    trace.disable();
    propagation.disable();
    context.disable();
  }

  /** What has ended since the last call, in the order of the ends. */
  take(): ReadableSpan[] {
    const spans = this.exporter.getFinishedSpans();
    this.exporter.reset();
    return spans;
  }
}
