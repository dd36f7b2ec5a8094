/** Values of a registry in both encodings of OTLP, as others read them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Registry as AnyRegistry } from '../../../src/index.js';
import { Registry } from '../../../src/index.js';
import { SlotMeterProvider } from '../../../src/otel/meter-provider.js';
import { silenceWarnings } from '../registry/played-thread.js';
import { attributesIn, dataOf, metricsIn, pointsOf } from './decoded-metrics.js';
import type { DecodedMetric, DecodedPoint } from './decoded-metrics.js';
import { ENCODINGS, PushReader } from './pushed-registry.js';
import type { Encoding, ReaderOptions } from './pushed-registry.js';

silenceWarnings();

const NOW_MS = 1_900_000_000_123;
const NOW = '1900000000123000000';

async function metricsOf(
  registry: AnyRegistry,
  encoding: Encoding,
  options: ReaderOptions = {},
): Promise<Map<string, DecodedMetric>> {
  const reader = new PushReader({ encoding, wallMs: () => NOW_MS, ...options });
  return metricsIn(await reader.push(registry));
}

async function pointsFor(
  registry: AnyRegistry,
  encoding: Encoding,
  name: string,
): Promise<readonly DecodedPoint[]> {
  return pointsOf((await metricsOf(registry, encoding)).get(name));
}

for (const encoding of ENCODINGS) {
  describe(`OTLP in ${encoding}`, () => {
    it('has the resource and the scope', async () => {
      const registry = new Registry();
      registry.counter({ name: 'jobs_total', help: 'Jobs.' }).inc();
      const [request] = await new PushReader({ encoding }).push(registry);
      const [{ resource, scopeMetrics }] = request!.resourceMetrics as never as [
        (typeof request)['resourceMetrics'][0],
      ];
      assert.deepEqual(attributesIn(resource.attributes), { 'service.name': 'shop' });
      assert.equal(scopeMetrics.length, 1);
      assert.deepEqual(scopeMetrics[0]!.scope, { name: 'threadtally', version: '0.1.0' });
    });

    it('has counters as monotonic sums since their creation, with help, unit and attributes', async () => {
      const registry = new Registry();
      const before = Date.now();
      const options = {
        name: 'sent_bytes_total',
        help: 'Sent.',
        unit: 'bytes',
        labelNames: ['to', 'by'],
      } as const;
      const counter = registry.counter(options);
      counter.inc({ to: 'ä"\n', by: '' }, 2.5);
      counter.inc({ to: 'b', by: 'c' }, 7);
      const metric = (await metricsOf(registry, encoding)).get('sent_bytes_total')!;
      assert.deepEqual([metric.description, metric.unit], ['Sent.', 'By']);
      assert.deepEqual([metric.sum!.isMonotonic, metric.sum!.aggregationTemporality], [true, 2]);
      const [first, second] = pointsOf(metric);
      assert.deepEqual(attributesIn(first!.attributes), { to: 'ä"\n' });
      assert.deepEqual(attributesIn(second!.attributes), { to: 'b', by: 'c' });
      assert.deepEqual([first!.asDouble, second!.asDouble], [2.5, 7]);
      assert.equal(first!.timeUnixNano, NOW);
      const startMs = Number(BigInt(first!.startTimeUnixNano!) / 1_000_000n);
      assert.ok(startMs >= before && startMs <= Date.now(), `${startMs}`);
    });

    it('has gauges without a start, those by thread with the thread, and numbers that are none', async () => {
      const registry = new Registry();
      registry.gauge({ name: 'depth', help: 'D.' }).set(-3);
      registry.gauge({ name: 'by_thread', help: 'T.', aggregator: 'thread' }).set(4);
      const odd = registry.gauge({ name: 'odd', help: 'O.', labelNames: ['l'] });
      for (const value of [Infinity, -Infinity, NaN, 0, -0, 5e-324]) odd.set({ l: String(value) }, value);
      const metrics = await metricsOf(registry, encoding);
      const [depth] = pointsOf(metrics.get('depth'));
      assert.deepEqual(
        [depth!.asDouble, depth!.startTimeUnixNano, depth!.timeUnixNano],
        [-3, undefined, NOW],
      );
      const [byThread] = pointsOf(metrics.get('by_thread'));
      assert.deepEqual([byThread!.asDouble, attributesIn(byThread!.attributes)], [4, { thread: '0' }]);
      const values = pointsOf(metrics.get('odd')).map(({ asDouble }) => asDouble);
      assert.deepEqual(values, ['Infinity', '-Infinity', 'NaN', -0, 5e-324]);
    });

    it('has the time of a clock that was set back, and nothing that ends before it starts', async () => {
      const registry = new Registry();
      const counter = registry.counter({ name: 'c_total', help: 'C.' });
      const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [1] });
      for (const temporality of ['cumulative', 'delta'] as const) {
        const created = Date.now();
        let nowMs = created + 86_400_000;
        const reader = new PushReader({ encoding, temporality, wallMs: () => nowMs });
        for (const ms of [nowMs, created - 1_000, created - 500]) {
          nowMs = ms;
          counter.inc();
          histogram.observe(1);
          const metrics = metricsIn(await reader.push(registry));
          for (const name of ['c_total', 'h']) {
            const { startTimeUnixNano, timeUnixNano } = pointsOf(metrics.get(name))[0]!;
            assert.equal(timeUnixNano, `${ms}000000`);
            assert.ok(BigInt(startTimeUnixNano!) <= BigInt(timeUnixNano), temporality);
          }
        }
      }
    });

    it('has units as they are that OpenTelemetry does not know, whatever they are called', async () => {
      const registry = new Registry();
      registry.gauge({ name: 'built_constructor', help: 'B.', unit: 'constructor' }).set(1);
      assert.equal((await metricsOf(registry, encoding)).get('built_constructor')!.unit, 'constructor');
    });

    it('has no attribute twice: the thread, and the state, have another key where the series has theirs', async () => {
      const registry = new Registry();
      const provider = new SlotMeterProvider(registry, {
        views: [{ aggregator: 'thread' }],
        hasExemplars: false,
      });
      provider.getMeter('').createGauge('g').record(1, { thread: 'theirs', thread_: 2 });
      registry.stateSet({ name: 's', help: 'S.', states: ['on'] }).set('on');
      registry.setDefaultLabels({ s: 'theirs' });
      const metrics = await metricsOf(registry, encoding);
      const attributesOf = (name: string): unknown =>
        pointsOf(metrics.get(name))[0]!.attributes!.map(({ key, value }) => [key, Object.values(value)[0]]);
      assert.deepEqual(attributesOf('g'), [
        ['thread', 'theirs'],
        ['thread_', '2'],
        ['s', 'theirs'],
        ['thread__', '0'],
      ]);
      assert.deepEqual(attributesOf('s'), [
        ['s', 'theirs'],
        ['s_', 'on'],
      ]);
    });

    it('has classic buckets as a histogram, with a sum unless that is negative', async () => {
      const registry = new Registry();
      const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [0, 1, 2], labelNames: ['l'] });
      for (const value of [0.5, 1, 1.5, 9]) histogram.observe({ l: 'a' }, value);
      histogram.observe({ l: 'b' }, -4);
      const metric = (await metricsOf(registry, encoding)).get('h')!;
      assert.equal(metric.histogram!.aggregationTemporality, 2);
      const [a, b] = pointsOf(metric);
      assert.deepEqual(
        [a!.count, a!.sum, a!.bucketCounts, a!.explicitBounds],
        ['4', 12, ['0', '2', '1', '1'], [0, 1, 2]],
      );
      assert.deepEqual([b!.count, b!.sum, b!.bucketCounts], ['1', undefined, ['1', '0', '0', '0']]);
      assert.ok(BigInt(a!.startTimeUnixNano!) > 0n);
    });

    it('has a histogram without bounds, and counts beyond 32 bits', async () => {
      const registry = new Registry();
      const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [] });
      histogram.observe(3);
      const counter = registry.counter({ name: 'c_total', help: 'C.' });
      counter.inc(2 ** 31 - 1);
      counter.inc(2 ** 31 - 1);
      counter.inc(3);
      const metrics = await metricsOf(registry, encoding);
      const [point] = pointsOf(metrics.get('h'));
      assert.deepEqual([point!.bucketCounts, point!.explicitBounds ?? []], [['1'], []]);
      assert.equal(pointsOf(metrics.get('c_total'))[0]!.asDouble, 2 ** 32 + 1);
    });

    it('has native buckets as an exponential histogram, without empty ones at the ends', async () => {
      const registry = new Registry();
      const options = { name: 'n', help: 'N.', native: { schema: 0 }, labelNames: ['l'] } as const;
      const histogram = registry.histogram(options);
      for (const value of [3, 3, 17, 0]) histogram.observe({ l: 'a' }, value);
      for (const value of [-0.75, 5]) histogram.observe({ l: 'b' }, value);
      const [a, b] = await pointsFor(registry, encoding, 'n');
      assert.deepEqual([a!.count, a!.sum, a!.scale ?? 0, a!.zeroCount], ['4', 23, 0, '1']);
      // 3 lies above 2^1, and not above 2^2.
      assert.deepEqual(a!.positive, { offset: 1, bucketCounts: ['2', '0', '0', '1'] });
      assert.deepEqual(a!.negative?.bucketCounts ?? [], []);
      assert.deepEqual([b!.count, b!.sum, b!.positive!.offset], ['2', undefined, 2]);
      assert.deepEqual(b!.negative, { offset: -1, bucketCounts: ['1'] });
      assert.ok(a!.zeroThreshold! > 0);
    });

    it('has summaries with their quantiles, infos and state sets as gauges', async () => {
      const registry = new Registry();
      const summary = registry.summary({ name: 's', help: 'S.', percentiles: [0.5, 0.9], labelNames: ['l'] });
      summary.observe({ l: 'x' }, 8);
      registry.info({ name: 'build', help: 'B.', labelNames: ['version'] }).set({ version: '1' });
      registry.stateSet({ name: 'phase', help: 'P.', states: ['up', 'down'] }).set('down');
      const metrics = await metricsOf(registry, encoding);
      const [point] = pointsOf(metrics.get('s'));
      assert.deepEqual([point!.count, point!.sum, attributesIn(point!.attributes)], ['1', 8, { l: 'x' }]);
      assert.deepEqual(
        point!.quantileValues!.map(({ quantile }) => quantile),
        [0.5, 0.9],
      );
      assert.ok(point!.quantileValues!.every(({ value }) => Math.abs(Number(value) - 8) < 0.2));
      const [info] = pointsOf(metrics.get('build_info'));
      assert.deepEqual([info!.asDouble, attributesIn(info!.attributes)], [1, { version: '1' }]);
      const states = pointsOf(metrics.get('phase')).map(({ asDouble, attributes }) => [
        attributesIn(attributes)['phase'],
        asDouble,
      ]);
      assert.deepEqual(Object.fromEntries(states), { up: 0, down: 1 });
      assert.ok(metrics.get('phase')!.gauge !== undefined);
    });

    it('has exemplars with the ids of their trace, and what is no id as an attribute', async () => {
      const registry = new Registry();
      const counter = registry.counter({
        name: 'c_total',
        help: 'C.',
        enableExemplars: true,
        labelNames: ['l'],
      });
      const traceId = '0AF7651916cd43dd8448eb211c80319c';
      const ids = { trace_id: traceId, span_id: 'b7ad6b7169203331' };
      counter.inc({ labels: { l: 'a' }, value: 2, exemplarLabels: { ...ids, user: 'u' } });
      counter.inc({
        labels: { l: 'b' },
        value: 1,
        exemplarLabels: { trace_id: 'none', span_id: '0'.repeat(16) },
      });
      const native = registry.histogram({ name: 'n', help: 'N.', native: true, enableExemplars: true });
      native.observe({ value: 3, exemplarLabels: ids });
      const classic = registry.histogram({ name: 'h', help: 'H.', buckets: [1, 4], enableExemplars: true });
      for (const value of [0.5, 3]) classic.observe({ value, exemplarLabels: ids });
      const metrics = await metricsOf(registry, encoding);
      const [a, b] = pointsOf(metrics.get('c_total'));
      const [exemplar] = a!.exemplars!;
      assert.deepEqual([exemplar!.traceId, exemplar!.spanId], [traceId.toLowerCase(), ids.span_id]);
      assert.deepEqual([exemplar!.asDouble, attributesIn(exemplar!.filteredAttributes)], [2, { user: 'u' }]);
      assert.ok(Math.abs(Number(BigInt(exemplar!.timeUnixNano) / 1_000_000n) - Date.now()) < 60_000);
      const [other] = b!.exemplars!;
      assert.deepEqual([other!.traceId ?? '', other!.spanId ?? ''], ['', '']);
      assert.deepEqual(attributesIn(other!.filteredAttributes), {
        trace_id: 'none',
        span_id: '0'.repeat(16),
      });
      assert.equal(pointsOf(metrics.get('n'))[0]!.exemplars![0]!.traceId, traceId.toLowerCase());
      const values = pointsOf(metrics.get('h'))[0]!.exemplars!.map(({ asDouble }) => asDouble);
      assert.deepEqual(values, [0.5, 3]);
    });

    it('marks what is beyond a limit, and leaves a family without values out', async () => {
      const registry = new Registry();
      const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['l'], seriesMax: 1 });
      for (const l of ['a', 'b', 'c']) counter.inc({ l });
      registry.counter({ name: 'none_total', help: 'N.', labelNames: ['l'] });
      const metrics = await metricsOf(registry, encoding);
      const shown = pointsOf(metrics.get('c_total')).map(({ attributes, asDouble }) => [
        attributesIn(attributes),
        asDouble,
      ]);
      assert.deepEqual(shown, [
        [{ l: 'a' }, 1],
        [{ otel_metric_overflow: 'true' }, 2],
      ]);
      assert.equal(metrics.has('none_total'), false);
    });

    it('has the default labels of the registry as they are set, and metrics that live elsewhere', async () => {
      const elsewhere = new Registry();
      const guest = elsewhere.counter({ name: 'guest_total', help: 'G.', labelNames: ['l'] });
      guest.inc({ l: 'x' }, 5);
      const registry = new Registry();
      registry.registerMetric(guest as never);
      registry.registerMetric({
        name: 'given',
        get: () => ({ name: 'given', help: 'G.', type: 'gauge', values: [{ value: 3, labels: {} }] }),
      } as never);
      registry.counter({ name: 'own_total', help: 'O.', labelNames: ['l'] }).inc({ l: 'y' });
      const reader = new PushReader({ encoding, temporality: 'delta' });
      for (const zone of ['z1', 'z2']) {
        registry.setDefaultLabels({ zone });
        registry.counter({ name: 'own_total', help: 'O.', labelNames: ['l'] }).inc({ l: 'y' });
        const metrics = metricsIn(await reader.push(registry));
        const attributes = (name: string) => attributesIn(pointsOf(metrics.get(name))[0]!.attributes);
        assert.deepEqual(attributes('own_total'), { l: 'y', zone });
        assert.deepEqual(attributes('guest_total'), { l: 'x', zone });
        assert.deepEqual(attributes('given'), { zone });
        assert.equal(pointsOf(metrics.get('guest_total'))[0]!.asDouble, 5, 'a guest is told as it is');
        assert.equal(dataOf(metrics.get('guest_total')).aggregationTemporality, 2);
        assert.equal(dataOf(metrics.get('own_total')).aggregationTemporality, 1);
      }
    });

    it('has no more points in a request than it may, and all of them in some', async () => {
      const registry = new Registry();
      const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['l'] });
      const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['l'] });
      for (let i = 0; i < 10; i++) {
        counter.inc({ l: String(i) }, i + 1);
        gauge.set({ l: String(i) }, -i);
      }
      const reader = new PushReader({ encoding, pointsMax: 3 });
      const requests = await reader.read(registry);
      assert.deepEqual(
        requests.map(({ points }) => points),
        [3, 3, 3, 3, 3, 3, 2],
      );
      const decoded = requests.map(request => reader.decode(request));
      for (const [i, request] of decoded.entries()) {
        const points = [...metricsIn([request]).values()].flatMap(pointsOf);
        assert.equal(points.length, requests[i]!.points);
        assert.deepEqual(attributesIn(request.resourceMetrics[0]!.resource.attributes), {
          'service.name': 'shop',
        });
      }
      const all = metricsIn(decoded);
      const values = (name: string): number[] =>
        pointsOf(all.get(name)).map(({ asDouble }) => Number(asDouble));
      const sum = (numbers: number[]): number => numbers.reduce((total, value) => total + value, 0);
      assert.deepEqual([values('c_total').length, sum(values('c_total'))], [10, 55]);
      assert.deepEqual([values('g').length, sum(values('g'))], [10, -45]);
    });

    it('has no request that receivers find too long, in whatever script its labels are', async () => {
      const registry = new Registry({ seriesMax: 20_000, familySeriesMax: 20_000 });
      const labelNames = ['a', 'b', 'c'] as const;
      const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames });
      const text = '漢'.repeat(200);
      for (let i = 0; i < 6_000; i++) counter.inc({ a: text, b: text, c: `${i}` });
      const requests = await new PushReader({ encoding }).read(registry);
      assert.equal(
        requests.reduce((sum, { points }) => sum + points, 0),
        6_000,
      );
      for (const { body } of requests) assert.ok(body.length < 4 * 1_048_576, `${body.length} bytes`);
    });

    it('has nothing to send of a registry without metrics', async () => {
      assert.deepEqual(await new PushReader({ encoding }).push(new Registry()), []);
    });
  });
}

describe('bodies of pushes', () => {
  it('are written again into memory that was given back, and are right', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['l'] });
    const reader = new PushReader();
    for (let push = 1; push <= 5; push++) {
      for (let i = 0; i < 5; i++) counter.inc({ l: `${push}.${i}` });
      counter.inc({ l: 'all' });
      const points = pointsOf(metricsIn(await reader.push(registry)).get('c_total'));
      assert.equal(points.length, 5 * push + 1);
      const all = points.find(({ attributes }) => attributesIn(attributes)['l'] === 'all');
      assert.equal(all!.asDouble, push);
    }
  });

  it('end when the push is given up', async () => {
    const registry = new Registry();
    registry.counter({ name: 'c_total', help: 'C.' }).inc();
    const { exportRegistry } = await import('../../../src/registry/registry-export.js');
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    const reader = new PushReader();
    await assert.rejects(exportRegistry(registry, reader['requests'], { signal }), reason);
    assert.equal((await reader.push(registry)).length, 1);
  });
});
