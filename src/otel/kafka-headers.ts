/**
 * Kafka headers: trace contexts in messages, in the shapes of the clients.
 *
 * kafkajs has an object of values or lists of values; node-rdkafka and its successors have a list of objects with one key
 * each, as a key may occur more than once. A value is bytes on the wire, and text where a program has written it as such.
 */
import type { Context, TextMapGetter, TextMapSetter } from '@opentelemetry/api';
import { ROOT_CONTEXT, context, propagation } from '@opentelemetry/api';

export type KafkaHeaderValue = Buffer | Uint8Array | string;

/** As kafkajs has them. */
export type KafkaHeaderFields = Record<string, KafkaHeaderValue | KafkaHeaderValue[] | null | undefined>;

/** As node-rdkafka has them. */
export type KafkaHeaderList = Record<string, KafkaHeaderValue | null | undefined>[];

export type KafkaHeaders = KafkaHeaderFields | KafkaHeaderList;

const setter: TextMapSetter<KafkaHeaders> = {
  set(headers, key, value) {
    // Bytes: what a consumer gets, and what no encoder takes for another length.
    const bytes = Buffer.from(value);
    if (!Array.isArray(headers)) {
      headers[key] = bytes;
      return;
    }
    // Consumers differ in which one they take of several.
    for (let index = headers.length - 1; index >= 0; index--) {
      const field: unknown = headers[index];
      if (isObject(field) && Object.hasOwn(field, key)) headers.splice(index, 1);
    }
    headers.push({ [key]: bytes });
  },
};

const getter: TextMapGetter<KafkaHeaders> = {
  keys: headers =>
    Array.isArray(headers) ? headers.filter(isObject).flatMap(Object.keys) : Object.keys(headers),
  get(headers, key) {
    const values = Array.isArray(headers)
      ? headers.filter(field => isObject(field) && Object.hasOwn(field, key)).map(field => field[key])
      : [Object.hasOwn(headers, key) ? headers[key] : undefined].flat();
    // The last one, as the clients of Kafka in other languages take it: who passes a message on appends.
    return textOf(values.at(-1));
  },
};

/**
 * Writes the active context, or the given one, into the headers of a message that is to be sent; what they said of a trace
 * is replaced.
 *
 * @returns the same headers; without any, new ones in the shape of kafkajs
 */
export function injectKafkaHeaders<H extends KafkaHeaders = KafkaHeaderFields>(
  headers: H = {} as H,
  from: Context = context.active(),
): H {
  propagation.inject(from, headers, setter);
  return headers;
}

/** The context of a received message: the parent of the span that processes it. Without a usable one it has no span. Never throws. */
export function extractKafkaHeaders(headers: KafkaHeaders | null | undefined): Context {
  return isObject(headers) ? propagation.extract(ROOT_CONTEXT, headers, getter) : ROOT_CONTEXT;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined;
}
