import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HrTime } from '@opentelemetry/api';
import type {
  CollectionResult,
  DataPoint,
  ExponentialHistogram,
  Histogram,
  MetricData,
} from '@opentelemetry/sdk-metrics';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { Registry, nativeBucketsOf } from '../../../src/index.js';
import type { DataPointWithExemplars } from '../../../src/otel/metric-points.js';
import { registryMetricProducer } from '../../../src/otel/index.js';
import { silenceWarnings } from '../registry/played-thread.js';

silenceWarnings();

async function metricsOf(registry: Registry): Promise<Record<string, MetricData>> {
  const { resourceMetrics, errors } = await registryMetricProducer<CollectionResult>(registry).collect();
  assert.deepEqual(errors, []);
  const [scope] = resourceMetrics.scopeMetrics;
  for (const metric of scope!.metrics) {
    assert.equal(metric.aggregationTemporality, AggregationTemporality.CUMULATIVE);
  }
  return Object.fromEntries(scope!.metrics.map(metric => [metric.descriptor.name, metric]));
}

/** Attributes and value of each point. */
function shown(metric: MetricData | undefined): unknown[] {
  return (metric!.dataPoints as readonly DataPoint<unknown>[]).map(({ attributes, value }) => [
    attributes,
    value,
  ]);
}

const millisOf = ([seconds, nanos]: HrTime): number => seconds * 1_000 + nanos / 1e6;

describe('the metric producer', () => {
  it('gives counters as sums since their creation, with unit and help', async () => {
    const registry = new Registry();
    const before = Date.now();
    const counter = registry.counter({
      name: 'sent_bytes_total',
      help: 'Sent.',
      unit: 'bytes',
      labelNames: ['to', 'by'],
    });
    counter.inc({ to: 'a', by: '' }, 2.5);
    const metric = (await metricsOf(registry))['sent_bytes_total']!;
    assert.equal(metric.dataPointType, DataPointType.SUM);
    assert.equal(metric.isMonotonic, true);
    assert.deepEqual([metric.descriptor.description, metric.descriptor.unit], ['Sent.', 'By']);
    assert.deepEqual(shown(metric), [[{ to: 'a' }, 2.5]]);
    const [point] = metric.dataPoints;
    assert.ok(millisOf(point!.startTime) >= before && millisOf(point!.startTime) <= millisOf(point!.endTime));
    assert.ok(millisOf(point!.endTime) <= Date.now());
  });

  it('gives gauges, those by thread with the thread, and none that JSON cannot show', async () => {
    const registry = new Registry();
    registry.gauge({ name: 'depth', help: 'D.' }).set(-3);
    registry.gauge({ name: 'by_thread', help: 'T.', aggregator: 'thread' }).set(4);
    registry.gauge({ name: 'endless', help: 'E.' }).set(Number.POSITIVE_INFINITY);
    const metrics = await metricsOf(registry);
    assert.equal(metrics['depth']!.dataPointType, DataPointType.GAUGE);
    assert.deepEqual(shown(metrics['depth']), [[{}, -3]]);
    assert.deepEqual(shown(metrics['by_thread']), [[{ thread: '0' }, 4]]);
    assert.deepEqual(shown(metrics['endless']), []);
  });

  it('gives classic buckets as a histogram, with exemplars', async () => {
    const registry = new Registry();
    const options = { name: 'h_seconds', help: 'H.', unit: 'seconds', buckets: [1, 2] } as const;
    const histogram = registry.histogram({ ...options, enableExemplars: true });
    for (const value of [0.5, 1, 1.5, 9]) histogram.observe({ value, exemplarLabels: { id: `e${value}` } });
    const metric = (await metricsOf(registry))['h_seconds']!;
    assert.equal(metric.dataPointType, DataPointType.HISTOGRAM);
    const value: Histogram = { buckets: { boundaries: [1, 2], counts: [2, 1, 1] }, count: 4, sum: 12 };
    assert.deepEqual(shown(metric), [[{}, value]]);
    const { exemplars } = metric.dataPoints[0] as DataPointWithExemplars<Histogram>;
    assert.deepEqual(
      exemplars!.map(({ labels }) => labels['id']),
      ['e1', 'e1.5', 'e9'],
    );
  });

  it('gives native buckets as an exponential histogram, whatever is observed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true })),
        fc.boolean(),
        async (observed, isDual) => {
          const registry = new Registry({ seriesMax: 10, familiesMax: 10, threadsMax: 1 });
          const histogram = registry.histogram({
            name: 'h',
            help: 'H.',
            native: true,
            buckets: isDual ? [0, 1] : [],
          });
          for (const value of observed) histogram.observe(value);
          const metric = (await metricsOf(registry))['h']!;
          assert.equal(metric.dataPointType, DataPointType.EXPONENTIAL_HISTOGRAM);
          const { zeroThreshold } = nativeBucketsOf(registry.snapshot().families[0]!, 0)!;
          checkExponential(metric.dataPoints[0]!.value as ExponentialHistogram, observed, zeroThreshold);
          registry.close();
        },
      ),
      { numRuns: 30 },
    );
  });

  it('gives summaries, infos and state sets as gauges and sums', async () => {
    const registry = new Registry();
    const summary = registry.summary({ name: 's', help: 'S.', percentiles: [0.5], labelNames: ['l'] });
    summary.observe({ l: 'x' }, 8);
    registry.info({ name: 'build', help: 'B.', labelNames: ['version'] }).set({ version: '1' });
    registry.stateSet({ name: 'phase', help: 'P.', states: ['up', 'down'] }).set('down');
    const metrics = await metricsOf(registry);
    const [quantile] = metrics['s']!.dataPoints as DataPoint<number>[];
    assert.deepEqual(quantile!.attributes, { l: 'x', quantile: '0.5' });
    assert.ok(Math.abs(quantile!.value - 8) < 0.2);
    assert.deepEqual(shown(metrics['s_sum']), [[{ l: 'x' }, 8]]);
    assert.deepEqual(shown(metrics['s_count']), [[{ l: 'x' }, 1]]);
    assert.deepEqual(shown(metrics['build_info']), [[{ version: '1' }, 1]]);
    assert.deepEqual(shown(metrics['phase']), [
      [{ phase: 'up' }, 0],
      [{ phase: 'down' }, 1],
    ]);
  });

  it('leaves sums out that JSON cannot show, and shows what else the series has', async () => {
    const registry = new Registry();
    const classic = registry.histogram({ name: 'classic', help: 'H.', buckets: [1] });
    const native = registry.histogram({ name: 'native', help: 'H.', native: true });
    const summary = registry.summary({ name: 's', help: 'S.', percentiles: [] });
    for (const metric of [classic, native, summary])
      for (let i = 0; i < 2; i++) metric.observe(Number.MAX_VALUE);
    const metrics = await metricsOf(registry);
    for (const name of ['classic', 'native']) {
      const [[, value]] = shown(metrics[name]) as [[unknown, Histogram | ExponentialHistogram]];
      assert.deepEqual([value.count, 'sum' in value], [2, false], name);
    }
    assert.deepEqual(shown(metrics['s_sum']), []);
    assert.deepEqual(shown(metrics['s_count']), [[{}, 2]]);
  });

  it('marks what is beyond a limit', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['l'], seriesMax: 1 });
    for (const l of ['a', 'b', 'c']) counter.inc({ l });
    assert.deepEqual(shown((await metricsOf(registry))['c_total']), [
      [{ l: 'a' }, 1],
      [{ otel_metric_overflow: 'true' }, 2],
    ]);
  });

  it('runs collect callbacks, and tells of those that fail', async () => {
    const registry = new Registry();
    registry.gauge({
      name: 'asked',
      help: 'A.',
      collect() {
        this.set(5);
      },
    });
    registry.gauge({
      name: 'broken',
      help: 'B.',
      collect() {
        throw new Error('no such file');
      },
    });
    const { resourceMetrics, errors } = await registryMetricProducer<CollectionResult>(registry).collect({
      timeoutMillis: 1e9,
    });
    assert.deepEqual(errors.map(String), ['Error: the collect callback of broken: no such file']);
    const asked = resourceMetrics.scopeMetrics[0]!.metrics.find(
      ({ descriptor }) => descriptor.name === 'asked',
    );
    assert.deepEqual(shown(asked), [[{}, 5]]);
  });
});

/** Every observation lies in the bucket that the definition of OpenTelemetry names: above base^i, up to base^(i+1). */
function checkExponential(
  { scale, zeroCount, positive, negative, count, sum }: ExponentialHistogram,
  observed: readonly number[],
  zeroThreshold: number,
): void {
  assert.equal(count, observed.length);
  const exact = observed.reduce((total, value) => total + value, 0);
  assert.ok(Math.abs(sum! - exact) <= 1e-6 * Math.max(1, Math.abs(exact)));
  assert.equal(zeroCount, observed.filter(value => Math.abs(value) <= zeroThreshold).length);
  for (const [buckets, sign] of [
    [positive, 1],
    [negative, -1],
  ] as const) {
    const values = observed.map(value => sign * value).filter(value => value > zeroThreshold);
    const total = buckets.bucketCounts.reduce((all, bucket) => all + bucket, 0);
    assert.equal(total, values.length);
    for (const [i, bucket] of buckets.bucketCounts.entries()) {
      const lower = 2 ** ((buckets.offset + i) / 2 ** scale);
      const upper = 2 ** ((buckets.offset + i + 1) / 2 ** scale);
      // Bounds are not exact here: a value beside one may be counted on either side.
      const inside = (slack: number): number =>
        values.filter(value => value > lower * (1 - slack) && value <= upper * (1 + slack)).length;
      assert.ok(inside(1e-12) >= bucket && bucket >= inside(-1e-12), `${bucket} in ${lower}..${upper}`);
    }
  }
}
