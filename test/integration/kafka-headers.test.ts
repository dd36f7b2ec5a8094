/** Traces in Kafka headers, through the bytes of a record batch. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ROOT_CONTEXT, context, propagation, trace } from '@opentelemetry/api';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { Registry } from '../../src/index.js';
import type { KafkaHeaderFields, KafkaHeaderList } from '../../src/otel/index.js';
import {
  extractKafkaHeaders,
  injectKafkaHeaders,
  kafkaSpan,
  startTracing,
  withSpan,
} from '../../src/otel/index.js';
import { decodeRecords, encodeRecords } from './kafka-record-batch.js';
import type { DecodedRecord } from './kafka-record-batch.js';
import { OtlpReceiver } from './otlp-receiver.js';

const WORKER = new URL('./kafka-consumer-worker.js', import.meta.url);

async function sent(headers: KafkaHeaderFields, compression?: 'GZIP'): Promise<DecodedRecord> {
  const [record] = await decodeRecords(await encodeRecords([{ value: 'v', headers }], compression));
  return record!;
}

/** As node-rdkafka gives the headers of a message: one object for each, in their order. */
function asList(headers: DecodedRecord['headers']): KafkaHeaderList {
  return Object.entries(headers).flatMap(([key, values]) => [values].flat().map(value => ({ [key]: value })));
}

/** What a producer with the list shape hands to the wire, in fields, which is what this encoder takes. */
function asFields(list: KafkaHeaderList): KafkaHeaderFields {
  const fields: Record<string, Buffer[]> = {};
  for (const [key, value] of list.flatMap(Object.entries)) {
    (fields[key] ??= []).push(Buffer.from(value as Buffer));
  }
  return fields;
}

const idsIn = (headers: DecodedRecord['headers'] | KafkaHeaderList): string[] => {
  const span = trace.getSpanContext(extractKafkaHeaders(headers));
  return span === undefined ? [] : [span.traceId, span.spanId];
};

describe('a trace in the headers of a record', () => {
  it('is read from the bytes that kafkajs has written, in the shapes of both clients', async test => {
    const tracing = await startTracing({ exporter: new InMemorySpanExporter(), registry: new Registry() });
    test.after(() => tracing.shutdown());
    await withSpan('produce', async ({ span, context: producing }) => {
      const { traceId, spanId } = span.spanContext();
      const baggage = propagation.createBaggage({ tenant: { value: 'ä 1' } });
      const from = propagation.setBaggage(producing, baggage);
      const stale = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` };
      const shapes: Record<string, KafkaHeaderFields> = {
        'new headers': injectKafkaHeaders({}, from),
        'beside texts, bytes and lists': injectKafkaHeaders(
          { kind: 'order', raw: Buffer.from([0, 255]), é: ['1', Buffer.from('2')] },
          from,
        ),
        'in place of older ones': injectKafkaHeaders({ ...stale }, from),
        'in place of a list of older ones': injectKafkaHeaders(
          { traceparent: [stale.traceparent, Buffer.from(stale.traceparent)] },
          from,
        ),
        'in a list': asFields(injectKafkaHeaders([{ kind: 'order' }, stale, stale], from)),
      };
      for (const [shape, headers] of Object.entries(shapes)) {
        for (const compression of [undefined, 'GZIP'] as const) {
          const record = await sent(headers, compression);
          assert.deepEqual(idsIn(record.headers), [traceId, spanId], shape);
          assert.deepEqual(idsIn(asList(record.headers)), [traceId, spanId], shape);
          const extracted = propagation.getBaggage(extractKafkaHeaders(record.headers));
          assert.equal(extracted?.getEntry('tenant')?.value, 'ä 1', shape);
        }
      }
      const { headers } = await sent(shapes['beside texts, bytes and lists']!);
      assert.deepEqual(headers['raw'], Buffer.from([0, 255]), 'what others have written stays');
      assert.deepEqual(headers['é'], [Buffer.from('1'), Buffer.from('2')]);
    });
  });

  it('is the last of several, as texts or bytes, and none where it is broken', async test => {
    const tracing = await startTracing({ exporter: new InMemorySpanExporter(), registry: new Registry() });
    test.after(() => tracing.shutdown());
    const parent = (digit: string): string => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;
    const repeated = await sent({ traceparent: [parent('1'), Buffer.from(parent('2'))] });
    assert.ok(Array.isArray(repeated.headers['traceparent']));
    assert.deepEqual(idsIn(repeated.headers), ['2'.repeat(32), '2'.repeat(16)]);
    assert.deepEqual(idsIn(asList(repeated.headers)), ['2'.repeat(32), '2'.repeat(16)]);
    const broken = await sent({ traceparent: 'not a parent', tracestate: Buffer.from([0xff, 0xfe]) });
    assert.deepEqual([idsIn(broken.headers), idsIn((await sent({})).headers)], [[], []]);
  });
});

describe('a record batch that is consumed in another thread', () => {
  it('has consumer spans whose parents are the spans that produced its records', async test => {
    const receiver = await OtlpReceiver.start();
    test.after(() => receiver.close());
    const tracing = await startTracing({ endpoint: receiver.url, registry: new Registry() });
    test.after(() => tracing.shutdown());
    const records = ['a', 'b', 'c'].map(value =>
      withSpan(kafkaSpan({ operation: 'send', topic: 'orders', key: value }), () => ({
        value,
        headers: injectKafkaHeaders({ kind: 'order' }),
      })),
    );
    const outside = { value: 'd', headers: injectKafkaHeaders({}, ROOT_CONTEXT) };
    const worker = new Worker(WORKER);
    const bytes = await encodeRecords([...records, outside], 'GZIP');
    context.with(ROOT_CONTEXT, () => worker.postMessage(new Uint8Array(bytes)));
    await once(worker, 'exit');
    await tracing.shutdown();

    const spansCalled = (name: string) => receiver.spans.filter(span => span.name === name);
    const sends = spansCalled('send orders');
    const processed = spansCalled('process orders');
    assert.equal(sends.length, 3);
    assert.deepEqual(
      processed.map(span => [span.traceId, span.parentSpanId, span.kind]),
      [...sends.map(({ traceId, spanId }) => [traceId, spanId, 5]), [processed[3]!.traceId, undefined, 5]],
    );
    assert.deepEqual(new Set(sends.map(({ kind }) => kind)), new Set([4]));
    const threads = processed.map(({ attributes }) => attributes['thread.id']);
    assert.equal(new Set(threads).size, 1);
    assert.notEqual(threads[0], sends[0]!.attributes['thread.id']);
    assert.deepEqual(
      processed.map(({ attributes }) => attributes['messaging.kafka.offset']),
      [0, 1, 2, 3],
    );
  });
});
