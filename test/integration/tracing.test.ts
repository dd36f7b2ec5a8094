/** Traces of several threads, as a receiver gets them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Worker, setEnvironmentData, threadId } from 'node:worker_threads';
import { ROOT_CONTEXT, context, propagation, trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { Registry } from '../../src/index.js';
import type { SharedTracingConfig, TracingConfig } from '../../src/otel/index.js';
import { injectHttpHeaders, startTracing, traceCarrier, withSpan } from '../../src/otel/index.js';
import { samples } from '../unit/sample-lines.js';
import { OtlpReceiver, spansIn } from './otlp-receiver.js';
import type { ReceivedSpan } from './otlp-receiver.js';
import type { TracingTask } from './tracing-worker.js';

interface MockServer {
  start(): Promise<void>;
  close(): Promise<void>;
  readonly httpUrl: URL;
}
const { MockOtlpServer } = createRequire(import.meta.url)('@elastic/mockotlpserver') as {
  MockOtlpServer: new (options: object) => MockServer;
};

const WORKER = new URL('./tracing-worker.js', import.meta.url);
const EXPORTED = 'otel_exporter_exported_items_total{signal="traces"}';

async function receiverFor(test: TestContext): Promise<OtlpReceiver> {
  const receiver = await OtlpReceiver.start();
  test.after(() => receiver.close());
  return receiver;
}

async function startedFor(test: TestContext, config: TracingConfig) {
  const tracing = await startTracing(config);
  test.after(() => tracing.shutdown());
  return tracing;
}

function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter(span => span.name === name);
  assert.equal(found.length, 1, `${name} among ${spans.map(span => span.name).join()}`);
  return found[0]!;
}

describe('tracing of one thread', () => {
  it('reaches a receiver that others have written', async test => {
    const bodies: unknown[] = [];
    const options = { services: ['http'], httpHostname: '127.0.0.1', httpPort: 0, logLevel: 'warn' };
    const server = new MockOtlpServer({ ...options, onTrace: (body: unknown) => bodies.push(body) });
    await server.start();
    test.after(() => server.close());
    const tracing = await startedFor(test, { endpoint: server.httpUrl.href, registry: new Registry() });
    withSpan('outer', () => withSpan('inner', () => {}));
    assert.equal(await tracing.flush(), true);
    const spans = bodies.flatMap(body => spansIn(JSON.stringify(body)));
    assert.equal(named(spans, 'inner').parentSpanId, named(spans, 'outer').spanId);
    await tracing.shutdown();
  });

  it('says who it is, is compressed, and sends its keys', async test => {
    const receiver = await receiverFor(test);
    const registry = new Registry();
    const tracing = await startedFor(test, {
      serviceName: 'billing',
      serviceVersion: '1.2.3',
      environment: 'staging',
      instanceId: 'i-7',
      attributes: { team: 'payments' },
      endpoint: receiver.url,
      headers: { 'api-key': 'k' },
      compression: 'gzip',
      registry,
    });
    withSpan('charge', { cents: 3 }, () => {});
    await tracing.shutdown();
    const { resource, attributes } = named(receiver.spans, 'charge');
    assert.equal(resource['service.name'], 'billing');
    assert.equal(resource['service.version'], '1.2.3');
    assert.equal(resource['deployment.environment.name'], 'staging');
    assert.equal(resource['service.instance.id'], 'i-7');
    assert.equal(resource['team'], 'payments');
    assert.equal(resource['process.pid'], process.pid);
    assert.equal(resource['telemetry.sdk.language'], 'nodejs');
    assert.deepEqual(attributes, { cents: 3, 'thread.id': threadId });
    const [request] = receiver.requests;
    assert.equal(request!.url, '/v1/traces');
    assert.equal(request!.headers['api-key'], 'k');
    assert.equal(request!.headers['content-encoding'], 'gzip');
    assert.equal(samples(registry)[EXPORTED], 1);
    assert.equal(samples(registry)['otel_exporter_queue_capacity'], 0, 'this thread exports no longer');
  });

  it('goes to an exporter of the program, as the sampler lets it', async test => {
    const exporter = new InMemorySpanExporter();
    const registry = new Registry();
    const tracing = await startedFor(test, {
      exporter,
      registry,
      sampler: { strategy: 'rate_limited', spansPerSecond: 0.001 },
      spanLimits: { attributeCountLimit: 2 },
    });
    for (let i = 0; i < 3; i++)
      withSpan(`root ${i}`, { a: 1, b: 2, c: 3 }, () => withSpan('child', () => {}));
    await tracing.flush();
    const spans = exporter.getFinishedSpans();
    assert.deepEqual(
      spans.map(({ name }) => name),
      ['child', 'root 0'],
    );
    assert.deepEqual(Object.keys(spans[1]!.attributes), ['a', 'b']);
    assert.equal(samples(registry)['otel_sampler_refused_traces_total'], 2);
    await tracing.shutdown();
  });
});

describe('tracing of several threads', () => {
  async function runWorker(test: TestContext, inherits: boolean) {
    const receiver = await receiverFor(test);
    const registry = new Registry();
    const tracing = await startedFor(test, {
      endpoint: receiver.url,
      registry,
      serviceName: 'two-threads',
    });
    const worker = withSpan('create worker', () => {
      const task: TracingTask = { carrier: traceCarrier() };
      if (inherits) return new Worker(WORKER, { workerData: task });
      const { configuration } = tracing;
      // As if it had been created before: nothing is left in the environment data that it would inherit.
      setEnvironmentData('threadtally.tracing', undefined as never);
      return new Worker(WORKER, { workerData: { ...task, configuration } satisfies TracingTask });
    });
    const [configuration] = (await once(worker, 'message')) as [SharedTracingConfig];
    for (let i = 0; i < 2; i++) {
      const processed = once(worker, 'message');
      withSpan(`send ${i}`, () => worker.postMessage({ carrier: traceCarrier() }));
      await processed;
    }
    worker.postMessage('end');
    await once(worker, 'exit');
    await tracing.shutdown();
    return { receiver, registry, configuration, tracing };
  }

  for (const inherits of [true, false]) {
    const manner = inherits ? 'a worker inherits' : 'a worker is sent';
    it(`is one trace where ${manner} the configuration`, async test => {
      const { receiver, registry, configuration, tracing } = await runWorker(test, inherits);
      const { spans } = receiver;
      assert.equal(spans.length, 6);
      const created = named(spans, 'create worker');
      const started = named(spans, 'worker start');
      assert.equal(started.parentSpanId, created.spanId);
      assert.equal(started.traceId, created.traceId);
      for (const i of [0, 1]) {
        const sent = named(spans, `send ${i}`);
        const processed = spans.filter(span => span.parentSpanId === sent.spanId);
        assert.deepEqual(
          processed.map(span => [span.name, span.traceId, span.attributes['event.type']]),
          [['process event', sent.traceId, 'posted']],
        );
        assert.notEqual(processed[0]!.attributes['thread.id'], sent.attributes['thread.id']);
      }
      assert.equal(created.attributes['thread.id'], threadId);
      assert.equal(started.resource['service.name'], 'two-threads');
      assert.equal(started.resource['service.instance.id'], created.resource['service.instance.id']);
      assert.equal(configuration.instanceId, tracing.configuration.instanceId);
      assert.equal(samples(registry)[EXPORTED], 6, 'the sum of both threads');
    });
  }

  it('counts the spans of a worker that ends without a shutdown', async test => {
    const receiver = await receiverFor(test);
    const registry = new Registry();
    await startedFor(test, { endpoint: receiver.url, registry });
    const workerData: TracingTask = { carrier: {}, leftSpans: 7 };
    await once(new Worker(WORKER, { workerData }), 'exit');
    assert.equal(samples(registry)['otel_exporter_dropped_items_total{signal="traces",reason="exit"}'], 7);
    assert.equal(samples(registry)['otel_exporter_queue_size'], 0);
  });
});

describe('a start of tracing', () => {
  const exporter = new InMemorySpanExporter();

  it('is refused while tracing runs, and possible again after its shutdown', async test => {
    const registry = new Registry();
    const [first, second] = [startTracing({ exporter, registry }), startTracing({ exporter, registry })];
    await assert.rejects(second, { code: 'ERR_CONFIGURATION', message: /runs in this thread already/ });
    const tracing = await first;
    assert.equal(tracing.status().breaker, 'closed');
    await Promise.all([tracing.shutdown(), tracing.shutdown()]);
    const again = await startedFor(test, { exporter: new InMemorySpanExporter(), registry });
    withSpan('again', () => {});
    assert.equal(again.status().queueSize, 1);
    await again.shutdown();
    assert.equal(samples(registry)[EXPORTED], 1);
  });

  it('is refused beside another SDK, which goes on', async () => {
    const other = new BasicTracerProvider();
    trace.setGlobalTracerProvider(other);
    const registry = new Registry();
    await assert.rejects(startTracing({ exporter, registry }), /another OpenTelemetry SDK/);
    assert.equal(samples(registry)['otel_exporter_queue_capacity'], 0);
    assert.ok(trace.getTracer('x').startSpan('y').isRecording());
    assert.deepEqual(injectHttpHeaders({}, ROOT_CONTEXT), {});
    trace.disable();
    const tracing = await startTracing({ exporter: new InMemorySpanExporter(), registry });
    await tracing.shutdown();
  });

  it('is refused where a family has another definition, and leaves nothing behind', async () => {
    const registry = new Registry();
    registry.counter({ name: 'otel_exporter_queue_size', help: 'Mine.' });
    await assert.rejects(startTracing({ exporter, registry }));
    assert.equal(trace.getTracer('x').startSpan('y').isRecording(), false);
    assert.deepEqual(propagation.fields(), []);
    assert.equal(
      context.with(trace.setSpan(ROOT_CONTEXT, trace.getTracer('x').startSpan('y')), () =>
        trace.getActiveSpan(),
      ),
      undefined,
    );
    await assert.rejects(startTracing({ exporter, registry, timeoutMs: -1 }), /timeoutMs is -1/);
    await assert.rejects(startTracing(null as never), /must be an object/);
  });

  it('makes no spans when the SDK is disabled, and passes contexts on all the same', async test => {
    process.env['OTEL_SDK_DISABLED'] = 'true';
    test.after(() => delete process.env['OTEL_SDK_DISABLED']);
    const registry = new Registry();
    const tracing = await startTracing({ registry });
    assert.equal(tracing.isEnabled, false);
    assert.equal(await tracing.flush(), true);
    withSpan('none', ({ span }) => assert.equal(span.isRecording(), false));
    assert.notDeepEqual(propagation.fields(), []);
    assert.deepEqual(samples(registry), {});
    await tracing.shutdown();
    assert.deepEqual(propagation.fields(), []);
  });
});
