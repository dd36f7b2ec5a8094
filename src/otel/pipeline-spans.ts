/** Pipeline spans: descriptions of what the parts of a stream processor do, for withSpan() and startSpan(). */
import type { Attributes, Context, Link } from '@opentelemetry/api';
import { SpanKind } from '@opentelemetry/api';
import type { DurationRecorder } from './span-guard.js';
import type { SpanDescription } from './spans.js';

/** What all descriptions take besides their own. */
export interface DescribedOptions {
  /** The part of the program, as the attribute `component`. */
  readonly component?: string;
  readonly attributes?: Attributes;
  readonly links?: readonly Link[];
  readonly parent?: Context;
  readonly duration?: DurationRecorder;
}

export interface EventSpanOptions extends DescribedOptions {
  /** As the attribute `event.type`. */
  readonly type: string;
}

/** One event on its way through the pipeline: `process event`. */
export function eventSpan({ type, ...options }: EventSpanOptions): SpanDescription {
  return described('process event', SpanKind.INTERNAL, { 'event.type': type }, options);
}

export interface WindowSpanOptions extends DescribedOptions {
  /** tumbling, sliding, session. As the attribute `window.type`. */
  readonly type: string;
  /** What is done with it: assign, trigger, close. Part of the name, and the attribute `window.operation`. */
  readonly operation: string;
  /** Milliseconds since 1970, as `window.start` and `window.end`. */
  readonly startMs?: number;
  readonly endMs?: number;
}

/** An operation of a window: `window close`. */
export function windowSpan(window: WindowSpanOptions): SpanDescription {
  const { type, operation, startMs, endMs, ...options } = window;
  const attributes = {
    'window.type': type,
    'window.operation': operation,
    'window.start': startMs,
    'window.end': endMs,
  };
  return described(`window ${operation}`, SpanKind.INTERNAL, attributes, options);
}

export interface StateSpanOptions extends DescribedOptions {
  /** get, put, delete, checkpoint. Part of the name, and the attribute `db.operation.name`. */
  readonly operation: string;
  /** redis, rocksdb, memory. As the attribute `db.system.name`. */
  readonly system: string;
  /** True when another process keeps the state: the span is one of a client then. Default false. */
  readonly isRemote?: boolean;
}

/** An operation of a state store: `state get`. */
export function stateSpan({ operation, system, isRemote, ...options }: StateSpanOptions): SpanDescription {
  const attributes = { 'db.operation.name': operation, 'db.system.name': system };
  const kind = isRemote === true ? SpanKind.CLIENT : SpanKind.INTERNAL;
  return described(`state ${operation}`, kind, attributes, options);
}

/** By the type of a messaging operation: what kind of span it is. */
const KAFKA_KINDS = {
  send: SpanKind.PRODUCER,
  receive: SpanKind.CLIENT,
  process: SpanKind.CONSUMER,
  settle: SpanKind.CLIENT,
} as const;

export type KafkaOperationType = keyof typeof KAFKA_KINDS;

export interface KafkaSpanOptions extends DescribedOptions {
  readonly operation: KafkaOperationType;
  /** What the client calls it: poll, commit. Part of the name. Default: that of `operation`. */
  readonly operationName?: string;
  readonly topic: string;
  readonly partition?: number;
  /** As text where it is beyond 2^53: an attribute is a number of JavaScript. */
  readonly offset?: number | string;
  readonly key?: string;
  readonly consumerGroup?: string;
  readonly clientId?: string;
  /** Messages of a batch. */
  readonly batchSize?: number;
}

/** An operation of Kafka by the semantic conventions of messaging: `process orders`. */
export function kafkaSpan(kafka: KafkaSpanOptions): SpanDescription {
  const { operation, operationName = operation, topic, partition, offset, key } = kafka;
  const { consumerGroup, clientId, batchSize, ...rest } = kafka;
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.name': operationName,
    'messaging.operation.type': operation,
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': partition?.toString(),
    'messaging.kafka.offset': offsetOf(offset),
    'messaging.kafka.message.key': key,
    'messaging.consumer.group.name': consumerGroup,
    'messaging.client.id': clientId,
    'messaging.batch.message_count': batchSize,
  };
  return described(`${operationName} ${topic}`, KAFKA_KINDS[operation], attributes, rest);
}

/** Consumers give offsets as text, and the convention has a number. */
function offsetOf(offset: number | string | undefined): number | string | undefined {
  if (offset === undefined) return undefined;
  return Number.isSafeInteger(Number(offset)) ? Number(offset) : offset;
}

function described(
  name: string,
  kind: SpanKind,
  own: Attributes,
  { component, attributes, links, parent, duration }: DescribedOptions,
): SpanDescription {
  const all: Attributes = {};
  putDefined(all, own);
  if (component !== undefined) all['component'] = component;
  if (attributes !== undefined) putDefined(all, attributes);
  return {
    name,
    kind,
    attributes: all,
    ...(links !== undefined && { links }),
    ...(parent !== undefined && { parent }),
    ...(duration !== undefined && { duration }),
  };
}

/** An attribute that is undefined would be refused by the SDK, with a warning for each. */
function putDefined(into: Attributes, attributes: Attributes): void {
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined) into[name] = value;
  }
}
