/** Spans: functions and blocks as spans of the active trace. Without a started SDK they run as they are. */
import type { Attributes, Context, Link, SpanKind, Tracer } from '@opentelemetry/api';
import { context, trace } from '@opentelemetry/api';
import type { DurationRecorder } from './span-guard.js';
import { SpanGuard } from './span-guard.js';

const TRACER_NAME = 'threadtally';

/** What a span is called and says from its start on. */
export interface SpanDescription {
  /** Few different ones: what varies belongs into attributes. */
  readonly name: string;
  /** Default: internal. */
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Spans of other traces that led to this one. */
  readonly links?: readonly Link[];
  /** Default: the active context. */
  readonly parent?: Context;
  /** Takes the seconds of the span, with the span as exemplar if it is sampled. */
  readonly duration?: DurationRecorder;
}

/** Starts a span that is the child of the active one, and not active itself; see SpanGuard.run(). */
export function startSpan(description: SpanDescription | string, attributes?: Attributes): SpanGuard {
  const {
    name,
    kind,
    links,
    duration,
    parent = context.active(),
    attributes: described,
  } = typeof description === 'string' ? ({ name: description } as SpanDescription) : description;
  const options = {
    ...(kind !== undefined && { kind }),
    ...(links !== undefined && { links: [...links] }),
    ...((described ?? attributes) !== undefined && { attributes: { ...described, ...attributes } }),
  };
  return new SpanGuard(tracer().startSpan(name, options, parent), parent, duration);
}

/**
 * Runs a function as a span: active in it, ended when it returns, or when the promise that it returns settles. What it
 * throws or rejects with is recorded in the span, and passed on.
 */
export function withSpan<T>(description: SpanDescription | string, fn: (span: SpanGuard) => T): T;
export function withSpan<T>(name: string, attributes: Attributes, fn: (span: SpanGuard) => T): T;
export function withSpan<T>(
  description: SpanDescription | string,
  second: Attributes | ((span: SpanGuard) => T),
  third?: (span: SpanGuard) => T,
): T {
  const fn = third ?? (second as (span: SpanGuard) => T);
  const guard = startSpan(description, third === undefined ? undefined : (second as Attributes));
  let result: T;
  try {
    result = guard.run(() => fn(guard));
  } catch (error) {
    guard.fail(error).end();
    throw error;
  }
  if (!isThenable(result)) {
    guard.end();
    return result;
  }
  // As the caller's promise: one that nobody awaits must still reject unhandled, as it would without a span.
  return result.then(
    value => {
      guard.end();
      return value;
    },
    (error: unknown) => {
      guard.fail(error).end();
      throw error;
    },
  ) as T;
}

let tracerOfProvider: { readonly provider: unknown; readonly tracer: Tracer } | undefined;

/** Looked up once for each provider: tracing may start, end and start again. */
function tracer(): Tracer {
  const provider = trace.getTracerProvider();
  if (tracerOfProvider?.provider !== provider) {
    tracerOfProvider = { provider, tracer: provider.getTracer(TRACER_NAME) };
  }
  return tracerOfProvider.tracer;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
