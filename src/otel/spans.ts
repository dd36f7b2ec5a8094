/** Spans: functions and blocks as spans of the active trace. Without a started SDK they run as they are. */
import type { Attributes, Context, Link, SpanKind, SpanOptions, Tracer } from '@opentelemetry/api';
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
  const isNamed = typeof description === 'string';
  const name = isNamed ? description : description.name;
  const parent = (isNamed ? undefined : description.parent) ?? context.active();
  const options = isNamed ? optionsOf(undefined, attributes) : optionsOf(description, attributes);
  const duration = isNamed ? undefined : description.duration;
  return new SpanGuard(tracer().startSpan(name, options, parent), parent, duration);
}

/** Member by member: most spans are not sampled, and copies of what they lack would be most of their cost. */
function optionsOf(
  description: SpanDescription | undefined,
  attributes: Attributes | undefined,
): SpanOptions {
  const options: SpanOptions = {};
  if (description?.kind !== undefined) options.kind = description.kind;
  if (description?.links !== undefined) options.links = [...description.links];
  const described = description?.attributes;
  // A copy: samplers add to it.
  if (described !== undefined || attributes !== undefined)
    options.attributes = { ...described, ...attributes };
  return options;
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
