/** Trace carrier: a trace context as a plain object, for the messages and the workerData of threads. */
import type { Context, Link, TextMapGetter } from '@opentelemetry/api';
import { ROOT_CONTEXT, context, isSpanContextValid, propagation, trace } from '@opentelemetry/api';

/** The fields of W3C Trace Context and Baggage. Texts, so that any message can hold it. */
export type TraceCarrier = Readonly<Record<string, string>>;

/** A message may hold anything under these names: it was written by another thread, perhaps of another version. */
const getter: TextMapGetter<TraceCarrier> = {
  keys: Object.keys,
  get(fields, key) {
    const value: unknown = Object.hasOwn(fields, key) ? fields[key] : undefined;
    return typeof value === 'string' ? value : undefined;
  },
};

/** The active context, or the given one, to be sent to another thread. Empty outside of spans. */
export function traceCarrier(from: Context = context.active()): TraceCarrier {
  const carrier: Record<string, string> = {};
  propagation.inject(from, carrier);
  return carrier;
}

/** The context that another thread has sent. Without a usable one it has no span. Never throws. */
export function contextOf(carrier: TraceCarrier | null | undefined): Context {
  if (typeof carrier !== 'object' || carrier === null) return ROOT_CONTEXT;
  return propagation.extract(ROOT_CONTEXT, carrier, getter);
}

/** Runs `fn` in the context that another thread has sent: the spans in it are children of the sender's. */
export function continueTrace<T>(carrier: TraceCarrier | null | undefined, fn: () => T): T {
  return context.with(contextOf(carrier), fn);
}

/** A link to the span of a context, for spans that several others led to: a batch of messages. None if it has no span. */
export function linkTo(target: Context): Link[] {
  const span = trace.getSpanContext(target);
  return span !== undefined && isSpanContextValid(span) ? [{ context: span }] : [];
}
