/**
 * The spans of a processing worker: one for each traced batch, child of the span that dispatched it, and below it those of
 * a few of its events.
 *
 *     dispatch batch (main thread) -> process batch -> process event -> state get, state put, window close
 *
 * Promises  Batches that are not traced come without a carrier, and cost nothing here. A traced batch has at most
 *           `eventSpansMax` events with spans, spread over it, and an event at most WINDOW_SPANS_MAX windows; the others
 *           are counted in attributes. No context is switched: the parents of spans are named.
 */
import { SpanKind } from '@opentelemetry/api';
import type { SpanGuard, TraceCarrier } from '../src/otel/index.js';
import { contextOf, eventSpan, startSpan, stateSpan, windowSpan } from '../src/otel/index.js';
import type { LlmEvent } from './event.js';
import type { EventTrace, StageSpan } from './pipeline/event-trace.js';

/** An event after an hour of silence closes some hundred windows. */
const WINDOW_SPANS_MAX = 16;

const COMPONENT = 'processor';

export class BatchSpans {
  private readonly batch: SpanGuard;
  private readonly stride: number;

  constructor(carrier: TraceCarrier, eventCount: number, eventSpansMax: number) {
    // Rounded up: so many events at most. No index is a multiple of NaN.
    this.stride = eventSpansMax === 0 ? Number.NaN : Math.ceil(eventCount / eventSpansMax);
    this.batch = startSpan({
      name: 'process batch',
      kind: SpanKind.CONSUMER,
      parent: contextOf(carrier),
      attributes: { component: COMPONENT, 'messaging.batch.message_count': eventCount },
    });
  }

  /** The spans of the event at this place of the batch; none for most. */
  event(index: number, event: LlmEvent): EventSpans | undefined {
    return index % this.stride === 0 ? new EventSpans(event, this.batch) : undefined;
  }

  fail(error: unknown): void {
    this.batch.fail(error);
  }

  end(): void {
    this.batch.end();
  }
}

export class EventSpans implements EventTrace {
  private readonly span: SpanGuard;
  private closedWindows = 0;

  constructor({ eventType, model, timeMs }: LlmEvent, batch: SpanGuard) {
    this.span = startSpan(
      eventSpan({
        type: eventType,
        component: COMPONENT,
        parent: batch.context,
        attributes: { 'event.time': timeMs, 'gen_ai.request.model': model },
      }),
    );
  }

  store(operation: 'get' | 'put'): StageSpan {
    return startSpan(stateSpan({ operation, system: 'store', parent: this.span.context }));
  }

  stateRead(answeredBy: string): void {
    this.span.set({ 'state.answered_by': answeredBy });
  }

  windowsChanged(windowType: string, created: number, merged: number): void {
    this.span.event('windows changed', { 'window.type': windowType, created, merged });
  }

  windowClose({
    type,
    startMs,
    endMs,
  }: {
    readonly type: string;
    readonly startMs: number;
    readonly endMs: number;
  }): StageSpan | undefined {
    this.closedWindows++;
    if (this.closedWindows > WINDOW_SPANS_MAX) return undefined;
    return startSpan(windowSpan({ type, operation: 'close', startMs, endMs, parent: this.span.context }));
  }

  result(result: string, reason?: string): void {
    this.span.set({ 'event.result': result, ...(reason !== undefined && { 'event.drop_reason': reason }) });
  }

  fail(error: unknown): void {
    this.span.fail(error);
  }

  end(): void {
    if (this.closedWindows > 0) this.span.set({ 'windows.closed': this.closedWindows });
    this.span.end();
  }
}

/** The end of the input in one worker: windows close by the thousand, so they are counted, and have no spans. */
export function flushSpan(carrier: TraceCarrier): SpanGuard {
  return startSpan({
    name: 'flush partitions',
    parent: contextOf(carrier),
    attributes: { component: COMPONENT },
  });
}
