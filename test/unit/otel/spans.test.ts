import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { Registry } from '../../../src/index.js';
import {
  contextOf,
  eventSpan,
  kafkaSpan,
  linkTo,
  startSpan,
  stateSpan,
  traceCarrier,
  windowSpan,
  withSpan,
} from '../../../src/otel/index.js';
import { shownExemplars } from '../shown-exemplars.js';
import { SpanRecorder } from './recorded-spans.js';

const recorder = new SpanRecorder();
before(() => recorder.start());
after(() => recorder.stop());
beforeEach(() => void recorder.take());

function oneSpan() {
  const spans = recorder.take();
  assert.equal(spans.length, 1);
  return spans[0]!;
}

describe('withSpan', () => {
  it('gives what the function returns, and makes it the parent of the spans in it', () => {
    const result = withSpan('outer', { n: 1 }, span => {
      assert.equal(trace.getActiveSpan(), span.span);
      return withSpan('inner', () => 7);
    });
    assert.equal(result, 7);
    const [inner, outer] = recorder.take();
    assert.equal(inner!.parentSpanContext!.spanId, outer!.spanContext().spanId);
    assert.deepEqual(outer!.attributes, { n: 1 });
    assert.equal(trace.getActiveSpan(), undefined);
  });

  it('ends when a promise settles, and is active across its code', async () => {
    const result = withSpan('outer', async () => {
      await Promise.resolve();
      withSpan('inner', () => {});
      return 'done';
    });
    assert.equal(recorder.take().length, 0);
    assert.equal(await result, 'done');
    assert.deepEqual(
      recorder.take().map(({ name, parentSpanContext }) => [name, parentSpanContext === undefined]),
      [
        ['inner', false],
        ['outer', true],
      ],
    );
  });

  for (const [manner, run] of [
    ['throws', () => withSpan('failing', () => refuse())],
    ['rejects', () => withSpan('failing', async () => refuse())],
  ] as const) {
    it(`records what a function ${manner} with, and passes it on`, async () => {
      await assert.rejects(async () => run(), { message: 'no such order', code: 'ERR_ORDER' });
      const { status, events, attributes } = oneSpan();
      assert.deepEqual(status, { code: SpanStatusCode.ERROR, message: 'no such order' });
      assert.equal(events[0]!.name, 'exception');
      assert.equal(events[0]!.attributes!['exception.message'], 'no such order');
      assert.equal(attributes['error.type'], 'ERR_ORDER');
    });
  }

  it('passes on whatever is thrown, errors or not', () => {
    for (const thrown of [
      'text',
      undefined,
      Object.create(null) as object,
      Symbol('s'),
      new TypeError('t'),
    ]) {
      try {
        withSpan('failing', () => {
          throw thrown;
        });
        assert.fail('nothing was thrown');
      } catch (error) {
        assert.equal(error, thrown);
      }
      const { status, attributes } = oneSpan();
      assert.equal(status.code, SpanStatusCode.ERROR);
      assert.equal(attributes['error.type'], thrown instanceof TypeError ? 'TypeError' : '_OTHER');
    }
  });
});

function refuse(): never {
  throw Object.assign(new Error('no such order'), { code: 'ERR_ORDER' });
}

describe('a span guard', () => {
  it('ends its span with its block, and once', () => {
    {
      using span = startSpan('block', { a: 1 });
      span.set({ b: 2 }).event('halfway', { percent: 50 });
      assert.equal(trace.getActiveSpan(), undefined, 'it is not active by itself');
      span.run(() => withSpan('child', () => {}));
      span.end();
    }
    const [child, block] = recorder.take();
    assert.equal(block!.name, 'block');
    assert.deepEqual(block!.attributes, { a: 1, b: 2 });
    assert.deepEqual(block!.events[0]!.attributes, { percent: 50 });
    assert.equal(child!.parentSpanContext!.spanId, block!.spanContext().spanId);
  });

  it('ends its span also where what records its duration throws', () => {
    const duration = {
      observe: () => {
        throw new Error('full');
      },
    };
    const guard = startSpan({ name: 'work', duration });
    assert.throws(() => guard.end(), /full/);
    assert.equal(oneSpan().name, 'work');
  });

  it('gives its duration to a histogram, with itself as the exemplar', () => {
    const registry = new Registry();
    const options = { name: 'work_seconds', help: 'W.', labelNames: ['step'], buckets: [] } as const;
    const histogram = registry.histogram({ ...options, enableExemplars: true });
    const duration = histogram.labels({ step: 'parse' });
    startSpan({ name: 'parse', duration }).end();
    const { traceId, spanId } = oneSpan().spanContext();
    const [exemplar] = shownExemplars(registry)['work_seconds{parse}']!;
    assert.deepEqual(exemplar!.labels, { trace_id: traceId, span_id: spanId });
    assert.equal(histogram.value({ step: 'parse' })!.count, 1);
  });
});

describe('descriptions', () => {
  it('of an event, a window and a state store say what they are about', () => {
    withSpan(eventSpan({ type: 'order', component: 'ingest', attributes: { size: 3 } }), () => {});
    withSpan(windowSpan({ type: 'tumbling', operation: 'close', startMs: 1, endMs: 2 }), () => {});
    withSpan(stateSpan({ operation: 'get', system: 'redis', isRemote: true }), () => {});
    withSpan(stateSpan({ operation: 'put', system: 'memory' }), () => {});
    assert.deepEqual(
      recorder.take().map(({ name, kind, attributes }) => ({ name, kind, attributes })),
      [
        {
          name: 'process event',
          kind: SpanKind.INTERNAL,
          attributes: { 'event.type': 'order', component: 'ingest', size: 3 },
        },
        {
          name: 'window close',
          kind: SpanKind.INTERNAL,
          attributes: {
            'window.type': 'tumbling',
            'window.operation': 'close',
            'window.start': 1,
            'window.end': 2,
          },
        },
        {
          name: 'state get',
          kind: SpanKind.CLIENT,
          attributes: { 'db.operation.name': 'get', 'db.system.name': 'redis' },
        },
        {
          name: 'state put',
          kind: SpanKind.INTERNAL,
          attributes: { 'db.operation.name': 'put', 'db.system.name': 'memory' },
        },
      ],
    );
  });

  it('of Kafka follow the conventions of messaging', () => {
    const kafka = {
      operation: 'process',
      topic: 'orders',
      partition: 3,
      offset: '42',
      key: 'k',
      consumerGroup: 'billing',
      clientId: 'c1',
      batchSize: 2,
    } as const;
    assert.deepEqual(kafkaSpan(kafka), {
      name: 'process orders',
      kind: SpanKind.CONSUMER,
      attributes: {
        'messaging.system': 'kafka',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': 'orders',
        'messaging.destination.partition.id': '3',
        'messaging.kafka.offset': 42,
        'messaging.kafka.message.key': 'k',
        'messaging.consumer.group.name': 'billing',
        'messaging.client.id': 'c1',
        'messaging.batch.message_count': 2,
      },
    });
    const kindOf = (operation: 'send' | 'receive' | 'settle') => kafkaSpan({ operation, topic: 't' }).kind;
    assert.deepEqual(
      [kindOf('send'), kindOf('receive'), kindOf('settle')],
      [SpanKind.PRODUCER, SpanKind.CLIENT, SpanKind.CLIENT],
    );
    assert.equal(kafkaSpan({ operation: 'settle', operationName: 'commit', topic: 't' }).name, 'commit t');
    const beyond = kafkaSpan({ operation: 'process', topic: 't', offset: '9223372036854775807' });
    assert.equal(beyond.attributes!['messaging.kafka.offset'], '9223372036854775807');
  });

  it('take a parent and links of their own', () => {
    const carriers = ['a', 'b'].map(name => withSpan(name, () => traceCarrier()));
    const [a, b] = recorder.take();
    const [parent, other] = carriers.map(contextOf);
    withSpan('unrelated', () => {
      startSpan(eventSpan({ type: 'batch', parent: parent!, links: linkTo(other!) })).end();
    });
    const batch = recorder.take()[0]!;
    assert.equal(batch.parentSpanContext!.spanId, a!.spanContext().spanId);
    assert.equal(batch.links[0]!.context.spanId, b!.spanContext().spanId);
    assert.deepEqual(linkTo(contextOf({})), []);
  });
});

describe('spans without a started SDK', () => {
  before(() => recorder.stop());
  after(() => recorder.start());

  it('run what they are given, and record its duration', () => {
    const seconds: unknown[] = [];
    const duration = { observe: (...args: unknown[]) => void seconds.push(...args) };
    assert.equal(
      withSpan({ name: 'untraced', duration }, () => 5),
      5,
    );
    assert.throws(() => withSpan('untraced', () => refuse()), /no such order/);
    assert.equal(typeof seconds[0], 'number');
    assert.equal(seconds[1], undefined);
  });

  it('are spans again after the next start', () => {
    recorder.start();
    withSpan('again', () => {});
    assert.equal(oneSpan().name, 'again');
    recorder.stop();
  });
});
