/** Metrics that are pushed, as receivers get them: one that others have written, and one that keeps every body. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { Registry } from '../../src/index.js';
import { startMetricsPush } from '../../src/otel/index.js';
import {
  attributesIn,
  dataOf,
  decodeRequest,
  metricsIn,
  parseRequest,
  pointsOf,
} from '../unit/otel/decoded-metrics.js';
import type { DecodedRequest } from '../unit/otel/decoded-metrics.js';
import { samples } from '../unit/sample-lines.js';
import { MetricsReceiver } from './metrics-receiver.js';
import type { ReceivedBody } from './metrics-receiver.js';

interface MockServer {
  start(): Promise<void>;
  close(): Promise<void>;
  readonly httpUrl: URL;
}
const { MockOtlpServer } = createRequire(import.meta.url)('@elastic/mockotlpserver') as {
  MockOtlpServer: new (options: object) => MockServer;
};

const LONG_MS = 600_000;
const IDS = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' };

async function receiverFor(test: TestContext): Promise<MetricsReceiver> {
  const receiver = await MetricsReceiver.start();
  test.after(() => receiver.close());
  return receiver;
}

function decoded({ headers, body }: ReceivedBody): DecodedRequest {
  const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  return headers['content-type'] === 'application/json' ? parseRequest(plain) : decodeRequest(plain);
}

describe('pushes to a receiver that others have written', () => {
  for (const protocol of ['http/protobuf', 'http/json'] as const) {
    it(`arrive over ${protocol}`, async test => {
      const bodies: DecodedRequest[] = [];
      const options = { services: ['http'], httpHostname: '127.0.0.1', httpPort: 0, logLevel: 'warn' };
      const server = new MockOtlpServer({
        ...options,
        onMetrics: (body: DecodedRequest) => bodies.push(body),
      });
      await server.start();
      test.after(() => server.close());
      const registry = new Registry();
      const counter = registry.counter({ name: 'jobs_total', help: 'Jobs.', enableExemplars: true });
      counter.inc({ value: 3, exemplarLabels: IDS });
      registry.histogram({ name: 'size_bytes', help: 'Size.', native: { schema: 0 } }).observe(3);
      registry.histogram({ name: 'wait_seconds', help: 'Wait.', buckets: [1, 2] }).observe(1.5);
      registry.summary({ name: 'lag', help: 'Lag.', percentiles: [0.5] }).observe(8);
      await using push = startMetricsPush({
        endpoint: server.httpUrl.href,
        serviceName: 'shop',
        attributes: { 'shop.floor': 2, 'shop.open': true },
        registry,
        protocol,
        intervalMs: LONG_MS,
      });
      assert.equal(await push.flush(), true);
      const [{ resource }] = bodies[0]!.resourceMetrics as never as [DecodedRequest['resourceMetrics'][0]];
      const about = attributesIn(resource.attributes);
      assert.deepEqual(
        [about['service.name'], about['shop.open'], String(about['shop.floor'])],
        ['shop', true, '2'],
      );
      assert.equal(String(about['process.pid']), String(process.pid));
      const metrics = metricsIn(bodies);
      const [jobs] = pointsOf(metrics.get('jobs_total'));
      assert.equal(jobs!.asDouble, 3);
      assert.equal(jobs!.exemplars!.length, 1);
      const [size] = pointsOf(metrics.get('size_bytes'));
      assert.equal(String(size!.count), '1');
      assert.deepEqual([size!.positive!.offset, size!.positive!.bucketCounts!.map(String)], [1, ['1']]);
      assert.deepEqual(pointsOf(metrics.get('wait_seconds'))[0]!.bucketCounts!.map(String), ['0', '1', '0']);
      assert.equal(pointsOf(metrics.get('lag'))[0]!.quantileValues![0]!.quantile, 0.5);
    });
  }
});

describe('pushes', () => {
  it('have the headers, the path and the identity that they were given', async test => {
    const receiver = await receiverFor(test);
    const registry = new Registry();
    registry.counter({ name: 'c_total', help: 'C.' }).inc();
    await using push = startMetricsPush({
      endpoint: `${receiver.url}/otlp?tenant=t`,
      headers: { 'API-Key': 'secret' },
      serviceVersion: '2.0',
      environment: 'staging',
      instanceId: 'i-1',
      registry,
      intervalMs: LONG_MS,
    });
    await push.flush();
    const [received] = receiver.bodies;
    assert.equal(received!.path, '/otlp/v1/metrics?tenant=t');
    assert.equal(received!.headers['api-key'], 'secret');
    assert.match(String(received!.headers['user-agent']), /^OTel-OTLP-Exporter-/);
    assert.equal(Number(received!.headers['content-length']), received!.body.length);
    const about = attributesIn(decoded(received!).resourceMetrics[0]!.resource.attributes);
    assert.deepEqual(
      ['service.version', 'deployment.environment.name', 'service.instance.id'].map(name => about[name]),
      ['2.0', 'staging', 'i-1'],
    );
  });

  for (const protocol of ['http/protobuf', 'http/json'] as const)
    it(`are compressed if that is wanted: ${protocol}`, async test => {
      const receiver = await receiverFor(test);
      const registry = new Registry();
      registry.counter({ name: 'c_total', help: 'C.' }).inc(5);
      const common = { endpoint: receiver.url, registry, protocol, intervalMs: LONG_MS } as const;
      await using push = startMetricsPush({ ...common, compression: 'gzip' });
      await push.flush();
      assert.equal(receiver.bodies[0]!.headers['content-encoding'], 'gzip');
      assert.equal(pointsOf(metricsIn([decoded(receiver.bodies[0]!)]).get('c_total'))[0]!.asDouble, 5);
    });

  it('go out by themselves, and say how they are doing', async test => {
    const receiver = await receiverFor(test);
    const registry = new Registry();
    const push = startMetricsPush({ endpoint: receiver.url, registry, intervalMs: 5 });
    while (receiver.bodies.length < 3) await once(receiver, 'received');
    await push.shutdown();
    const count = samples(registry);
    assert.ok(count['otel_exporter_exported_items_total{signal="metrics"}']! > 10);
    assert.equal(count['otel_exporter_failures_total{signal="metrics",reason="connection"}'], 0);
    assert.ok(count['otel_exporter_export_duration_seconds_count{signal="metrics"}']! >= 3);
    assert.ok(count['otel_exporter_last_success_timestamp_seconds{signal="metrics"}']! > 1e9);
    assert.equal(count['otel_exporter_breaker_state{signal="metrics",state="closed"}'], 0, 'ended');
    const metrics = metricsIn([decoded(receiver.bodies.at(-1)!)]);
    assert.ok(metrics.has('otel_exporter_exported_items_total'), 'in the pushes, too');
    const { length } = receiver.bodies;
    await push.shutdown();
    assert.equal(receiver.bodies.length, length);
  });

  it('run the collect callbacks, and push what these have set', async test => {
    const receiver = await receiverFor(test);
    const registry = new Registry();
    registry.gauge({
      name: 'depth',
      help: 'D.',
      collect() {
        this.set(7);
      },
    });
    await using push = startMetricsPush({ endpoint: receiver.url, registry, intervalMs: LONG_MS });
    await push.flush();
    assert.equal(pointsOf(metricsIn([decoded(receiver.bodies[0]!)]).get('depth'))[0]!.asDouble, 7);
  });

  for (const by of ['registry', 'token'] as const)
    it(`are refused twice to one receiver at a time, and go on where they were left (${by})`, async test => {
      const receiver = await receiverFor(test);
      const registry = new Registry();
      const counter = registry.counter({ name: 'c_total', help: 'C.' });
      const given = by === 'token' ? registry.share() : registry;
      const config = {
        endpoint: receiver.url,
        registry: given,
        intervalMs: LONG_MS,
        temporality: 'delta',
      } as const;
      const first = startMetricsPush(config);
      assert.throws(
        () => startMetricsPush(config),
        /is pushed to http:\/\/127\.0\.0\.1:\d+\/v1\/metrics already/,
      );
      counter.inc(3);
      await first.shutdown();
      counter.inc(4);
      const second = startMetricsPush(config);
      await second.shutdown();
      const values = receiver.bodies.map(
        body => pointsOf(metricsIn([decoded(body)]).get('c_total'))[0]!.asDouble,
      );
      assert.deepEqual(values, [3, 4]);
    });

  it('are none when the environment has switched telemetry off', async test => {
    process.env['OTEL_SDK_DISABLED'] = 'true';
    test.after(() => delete process.env['OTEL_SDK_DISABLED']);
    const registry = new Registry();
    const push = startMetricsPush({ registry, endpoint: 'http://127.0.0.1:1' });
    assert.deepEqual([push.isEnabled, await push.flush()], [false, true]);
    await push.shutdown();
    assert.deepEqual(Object.keys(samples(registry)), []);
  });

  it('make no spans of their requests', async test => {
    const { context, createContextKey } = await import('@opentelemetry/api');
    const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
    const { isTracingSuppressed } = await import('@opentelemetry/core');
    const manager = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(manager);
    test.after(() => context.disable());
    assert.equal(createContextKey('a'), createContextKey('a'), 'keys of one description are one key');
    const http = createRequire(import.meta.url)('node:http') as typeof import('node:http');
    const receiver = await receiverFor(test);
    const seen: boolean[] = [];
    // Where an instrumentation of HTTP looks whether it has to make a span.
    const agent = http.Agent.prototype as unknown as { addRequest: (...args: unknown[]) => unknown };
    const { addRequest } = agent;
    agent.addRequest = function (this: unknown, ...args: unknown[]) {
      seen.push(isTracingSuppressed(context.active()));
      return addRequest.apply(this, args);
    };
    test.after(() => void (agent.addRequest = addRequest));
    await using push = startMetricsPush({
      endpoint: receiver.url,
      registry: new Registry(),
      intervalMs: LONG_MS,
    });
    await push.flush();
    assert.deepEqual(seen, [true]);
    assert.equal(isTracingSuppressed(context.active()), false);
  });
});

describe('differences that are pushed', () => {
  it('have what threads have counted that were killed between two pushes, once', async test => {
    const receiver = await receiverFor(test);
    const registry = new Registry();
    await using push = startMetricsPush({
      endpoint: receiver.url,
      registry,
      intervalMs: LONG_MS,
      temporality: 'delta',
    });
    const totals: number[] = [];
    for (const count of [3, 4]) {
      const worker = new Worker(new URL('./counting-worker.js', import.meta.url), {
        workerData: { token: registry.share(), count },
      });
      await once(worker, 'message');
      await worker.terminate();
      await push.flush();
      const [point] = pointsOf(metricsIn([decoded(receiver.bodies.at(-1)!)]).get('counted_total'));
      totals.push(Number(point!.asDouble));
    }
    await push.flush();
    assert.deepEqual(totals, [3, 4]);
    assert.equal(metricsIn([decoded(receiver.bodies.at(-1)!)]).has('counted_total'), false);
  });

  it('begin where the last one that has arrived ended, and for a series that was still, where it was looked at', async test => {
    const receiver = await receiverFor(test);
    const registry = new Registry();
    const counter = registry.counter({ name: 'c_total', help: 'C.' });
    await using push = startMetricsPush({
      endpoint: receiver.url,
      registry,
      intervalMs: LONG_MS,
      temporality: 'delta',
      timeoutMs: 300,
    });
    const pointOf = (index: number) =>
      pointsOf(metricsIn([decoded(receiver.bodies[index]!)]).get('c_total'))[0]!;
    counter.inc(1);
    await push.flush();
    counter.inc(2);
    receiver.answerWith({ status: 400 }, { status: 200 });
    assert.equal(await push.flush(), false);
    counter.inc(4);
    await push.flush();
    assert.equal(dataOf(metricsIn([decoded(receiver.bodies[2]!)]).get('c_total')).aggregationTemporality, 1);
    assert.deepEqual(
      [0, 1, 2].map(i => pointOf(i).asDouble),
      [1, 2, 6],
    );
    assert.equal(pointOf(1).startTimeUnixNano, pointOf(0).timeUnixNano);
    assert.equal(pointOf(2).startTimeUnixNano, pointOf(0).timeUnixNano, 'the one that failed is no end');
  });
});

describe('a registry of 200,000 series', () => {
  it('is pushed in requests of bounded size, in slices, and in full', async test => {
    const receiver = await receiverFor(test);
    const registry = new Registry({ seriesMax: 210_000, familySeriesMax: 210_000, threadsMax: 1 });
    const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['l'] });
    const series = 200_000;
    for (let i = 0; i < series; i++) counter.inc({ l: `series number ${i}` }, i % 7);
    await using push = startMetricsPush({ endpoint: receiver.url, registry, intervalMs: LONG_MS });
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    assert.equal(await push.flush(), true);
    isOver = true;
    assert.ok(turns > 10, `${turns} turns of the event loop`);
    assert.ok(receiver.bodies.length >= series / 10_000);
    let [points, sum] = [0, 0];
    for (const body of receiver.bodies) {
      assert.ok(body.body.length < 4_194_304, `${body.body.length} bytes`);
      const inBody = pointsOf(metricsIn([decoded(body)]).get('c_total') ?? { name: '', sum: {} });
      assert.ok(inBody.length <= 10_000);
      points += inBody.length;
      for (const { asDouble } of inBody) sum += Number(asDouble);
    }
    assert.equal(points, series);
    assert.equal(
      sum,
      Array.from({ length: series }, (_, i) => i % 7).reduce((a, b) => a + b, 0),
    );
  });
});
