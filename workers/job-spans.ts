/**
 * The spans of the main thread: what it sends to workers, and rows that are no events.
 *
 * Promises  Whether a batch is traced is decided here, once; of one that is not, nothing more is made, neither here nor in
 *           its worker. At most MALFORMED_SPANS_MAX rows have spans: a file of another format has nothing else.
 */
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import type { SpanGuard, TraceCarrier } from '../src/otel/index.js';
import { startSpan, traceCarrier } from '../src/otel/index.js';
import type { MalformedRowReport } from './ingest/row.js';

const MALFORMED_SPANS_MAX = 20;

/** A span whose children begin in a worker. */
export interface SentSpan {
  readonly carrier: TraceCarrier;
  end(): void;
}

/** What the dispatcher has spans for. Undefined where nothing is traced. */
export interface DispatchSpans {
  batch(workerIndex: number, eventCount: number): SentSpan | undefined;
  finish(): SentSpan | undefined;
}

export class JobSpans implements DispatchSpans {
  private malformedCount = 0;

  /** From the first wait for the worker to the message. */
  batch(workerIndex: number, eventCount: number): SentSpan | undefined {
    const span = startSpan({ name: 'dispatch batch', kind: SpanKind.PRODUCER, parent: ROOT_CONTEXT });
    if (!span.span.isRecording()) return undefined;
    span.set({
      component: 'dispatcher',
      'worker.index': workerIndex,
      'messaging.batch.message_count': eventCount,
    });
    return sentSpan(span);
  }

  /** The end of the input: from the message to the last answer. */
  finish(): SentSpan | undefined {
    const span = startSpan({ name: 'finish input', kind: SpanKind.PRODUCER, parent: ROOT_CONTEXT });
    return span.span.isRecording() ? sentSpan(span) : undefined;
  }

  malformedRow({ file, lineNumber, row }: MalformedRowReport): void {
    if (this.malformedCount++ >= MALFORMED_SPANS_MAX) return;
    using span = startSpan({ name: 'read row', parent: ROOT_CONTEXT });
    if (!span.span.isRecording()) return;
    span.fail(`${row.reason}: ${row.detail}`).set({
      component: 'reader',
      'error.type': row.reason,
      'input.file': file,
      'input.line': lineNumber,
    });
  }
}

function sentSpan(span: SpanGuard): SentSpan {
  return { carrier: traceCarrier(span.context), end: () => span.end() };
}
