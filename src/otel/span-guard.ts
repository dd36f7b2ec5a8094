/** Span guard: one running span, ended once on every path. */
import { inspect } from 'node:util';
import type { Attributes, Context, Span } from '@opentelemetry/api';
import { SpanStatusCode, TraceFlags, context, trace } from '@opentelemetry/api';
import type { ExemplarLabels } from '../primitives/exemplar-labels.js';

/** Takes the duration of a span: a histogram, or a handle of one, in seconds. */
export interface DurationRecorder {
  observe(seconds: number, exemplarLabels?: ExemplarLabels): void;
}

/**
 * A running span. `using span = startSpan(...)` ends it with its block; what the block throws is not seen by it, so
 * withSpan() is the better choice where errors matter.
 */
export class SpanGuard {
  /** The span itself, for what is not offered here. */
  readonly span: Span;
  /** The context in which the span is active: the parent of what begins in it. */
  readonly context: Context;
  private readonly startMs: number;
  private isEnded = false;

  constructor(
    span: Span,
    parent: Context,
    private readonly duration: DurationRecorder | undefined,
  ) {
    this.span = span;
    this.context = trace.setSpan(parent, span);
    this.startMs = duration === undefined ? 0 : performance.now();
  }

  /** Runs `fn` with the span as the active one, also across its asynchronous code. Does not end the span. */
  run<T>(fn: () => T): T {
    return context.with(this.context, fn);
  }

  set(attributes: Attributes): this {
    this.span.setAttributes(attributes);
    return this;
  }

  /** Something that happened at one moment of the span. */
  event(name: string, attributes?: Attributes): this {
    this.span.addEvent(name, attributes);
    return this;
  }

  /** Records an error, and that the span has failed. Does not end it. */
  fail(error: unknown): this {
    // Not String(): it throws for some objects, and what the program has thrown would be lost behind that.
    const shown = typeof error === 'string' ? error : inspect(error, { depth: 0 });
    this.span.recordException(error instanceof Error ? error : shown);
    this.span.setAttribute('error.type', errorTypeOf(error));
    this.span.setStatus({
      code: SpanStatusCode.ERROR,
      message: error instanceof Error ? error.message : shown,
    });
    return this;
  }

  /** Ends the span and records its duration; a second call does nothing. */
  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    const { duration } = this;
    const seconds = duration === undefined ? 0 : (performance.now() - this.startMs) / 1_000;
    // First: a recorder is the program's own, and may throw.
    this.span.end();
    duration?.observe(seconds, this.exemplarLabels());
  }

  [Symbol.dispose](): void {
    this.end();
  }

  /** Of sampled spans only: the trace of another is stored nowhere. */
  private exemplarLabels(): ExemplarLabels | undefined {
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    if ((traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
    return { trace_id: traceId, span_id: spanId };
  }
}

/** Few values, as semantic conventions have it: a code such as ECONNREFUSED, or the class of the error. */
function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
