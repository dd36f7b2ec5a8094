/** The types of prom-client and @prometheus-io/client: programs that name them compile, and mistakes do not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as client from '../../../src/index.js';
import standard from '../../../src/index.js';
import type {
  Aggregator,
  Charset,
  CollectFunction,
  Collector,
  CounterConfiguration,
  GaugeConfiguration,
  HistogramConfiguration,
  IncreaseDataWithExemplar,
  LabelValues,
  Metric,
  MetricConfiguration,
  MetricObject,
  MetricObjectWithValues,
  MetricType,
  MetricValue,
  MetricValueWithName,
  NoLabelNameType,
  ObserveDataWithExemplar,
  OpenMetricsContentType,
  OpenMetricsMIME,
  OpenMetricsVersion,
  PrometheusContentType,
  PrometheusMIME,
  PrometheusMetricsVersion,
  RegistryContentType,
  SummaryConfiguration,
} from '../../../src/index.js';

const { Counter, Gauge, Histogram, Registry, Summary } = client;

const options = (name: string): { name: string; help: string; registers: client.Registry[] } => ({
  name,
  help: 'H.',
  registers: [new Registry()],
});

describe('a metric without label names', () => {
  it('takes no labels, made by new or by a registry', () => {
    const made = [new Counter(options('a')), new Registry().counter(options('a'))] as const;
    for (const counter of made) {
      counter.inc();
      counter.inc({});
      counter.labels().inc();
      // @ts-expect-error it has no labels
      assert.throws(() => counter.inc({ a: 1 }), /"a" is not included/);
      // @ts-expect-error it has no labels
      assert.throws(() => counter.labels({ a: 1 }), /"a" is not included/);
    }
    // @ts-expect-error it has no labels
    assert.throws(() => new Gauge(options('g')).set({ a: 1 }, 1), /"a" is not included/);
    // @ts-expect-error it has no labels
    assert.throws(() => new Histogram(options('h')).observe({ a: 1 }, 1), /"a" is not included/);
    // @ts-expect-error it has no labels
    assert.throws(() => new Summary(options('s')).observe({ a: 1 }, 1), /"a" is not included/);
  });
});

describe('a metric with label names', () => {
  it('knows them literally, and takes no other', () => {
    const counter = new Counter({ ...options('a'), labelNames: ['method', 'code'] });
    counter.inc({ method: 'GET', code: 200 });
    const names: readonly ('method' | 'code')[] = counter.labelNames;
    assert.deepEqual(names, ['method', 'code']);
    // @ts-expect-error no label of it
    assert.throws(() => counter.inc({ path: '/' }), /"path" is not included/);
  });

  it('takes any where the names are not known', () => {
    const labelNames: string[] = ['a'];
    new Gauge({ ...options('g'), labelNames }).set({ a: 1 }, 1);
    const names: 'a'[] = ['a'];
    const configuration: CounterConfiguration<'a'> = { ...options('c'), labelNames: names };
    const counter: client.Counter<'a'> = new Counter<'a'>(configuration);
    assert.equal(counter.labels('1'), counter.labels({ a: 1 }));
  });

  it('may be kept where the type names no label', () => {
    class Metrics {
      readonly requests: client.Counter = new Counter({ ...options('a'), labelNames: ['method'] });
      readonly all: Metric[] = [this.requests, new Gauge(options('g'))];
      readonly typed: client.Histogram<'path'> = new Histogram({ ...options('h'), labelNames: ['path'] });
    }
    const { requests, all, typed } = new Metrics();
    requests.inc({ method: 'GET' });
    typed.observe({ path: '/' }, 1);
    assert.deepEqual(
      all.map(({ name }) => name),
      ['a', 'g'],
    );
  });

  it('may be a class of its own', () => {
    class Jobs extends Counter<'queue'> {
      done(queue: string): void {
        this.inc({ queue });
      }
    }
    const jobs = new Jobs({ ...options('jobs_total'), labelNames: ['queue'] });
    jobs.done('mail');
    assert.equal(jobs.value({ queue: 'mail' }), 1);
    assert.ok(jobs instanceof Counter);
  });
});

describe('the type names of other clients', () => {
  it('are there', async () => {
    const texts: [Charset, PrometheusMIME, PrometheusMetricsVersion, OpenMetricsMIME, OpenMetricsVersion] = [
      'utf-8',
      'text/plain',
      '0.0.4',
      'application/openmetrics-text',
      '1.0.0',
    ];
    assert.equal(texts.length, 5);
    const plain: PrometheusContentType = client.prometheusContentType;
    const open: OpenMetricsContentType = client.openMetricsContentType;
    const any: RegistryContentType = client.contentType;
    assert.equal(any, plain);
    const typed = new Registry<OpenMetricsContentType>(open);
    const registries: client.Registry[] = [typed, new Registry<PrometheusContentType>()];
    assert.equal(registries.length, 2);
    const collect: Collector = () => undefined;
    const gauge: GaugeConfiguration<'a'> = { ...options('g'), labelNames: ['a'], collect };
    const histogram: HistogramConfiguration<'a'> = { ...options('h'), labelNames: ['a'], buckets: [1] };
    const summary: SummaryConfiguration<'a'> = { ...options('s'), labelNames: ['a'], percentiles: [0.5] };
    const aggregator: Aggregator = 'sum';
    // Options of theirs that have no effect are no mistakes.
    new Counter({ ...options('unused_c'), aggregator });
    new Summary({ ...options('unused_s'), aggregator, compressCount: 10, pruneAgedBuckets: true });
    const type: MetricType = 'gauge';
    const found: MetricObject = new Gauge({ ...gauge, aggregator });
    assert.equal(found.type, type);
    const handles: [
      client.Gauge.Internal<'a'>,
      client.Histogram.Internal<'a'>,
      client.Summary.Internal<'a'>,
    ] = [
      (found as client.Gauge<'a'>).labels('1'),
      new Histogram(histogram).labels('1'),
      new Summary(summary).labels('1'),
    ];
    const counter: client.Counter.Internal = new Counter(options('c')).labels();
    counter.inc();
    for (const handle of handles) assert.equal(typeof handle.startTimer()(), 'number');
    const reading: MetricObjectWithValues = await new Counter(options('c')).get();
    const values: readonly MetricValue[] = reading.values;
    const named: readonly MetricValueWithName[] = values;
    assert.equal(named[0]?.value, 0);
  });

  it('are there, though other clients declare them without exporting them', () => {
    const makeCounter = <L extends string>(config: MetricConfiguration<L>): client.Counter<L> =>
      new Counter({ ...config, registers: [new Registry()] });
    const collect: CollectFunction<client.Counter<'a' | 'b'>> = function () {
      this.inc({ a: 'seen' });
    };
    const counter = makeCounter({ name: 'c', help: 'H.', labelNames: ['a', 'b'], collect });
    const labels: LabelValues<'a' | 'b'> = { a: 1 };
    labels.b = 'x';
    counter.inc(labels);
    assert.equal(counter.value(labels), 1);
    // @ts-expect-error it has no such label
    const other: LabelValues<'a'> = { z: 1 };
    assert.throws(() => counter.inc(other), /"z" is not included/);
    const none: client.Counter<NoLabelNameType> = new Counter(options('n'));
    none.inc();
    assert.equal(none.value(), 1);
  });

  it('are there in the default export', () => {
    const registry: standard.Registry = new standard.Registry();
    const counter: standard.Counter<'a'> = new standard.Counter({
      ...options('c'),
      labelNames: ['a'],
      registers: [registry],
    });
    const found = registry.getSingleMetric('c') as standard.Counter<'a'>;
    assert.equal(found, counter);
    assert.equal(standard.Counter, Counter);
    assert.equal(standard.Registry.globalRegistry, client.register);
    assert.ok(standard.validateMetricName('a:b') && !standard.validateMetricName('a b'));
  });

  it('are there for recordings with exemplars', () => {
    const registers = [new Registry(client.openMetricsContentType)];
    const common = { help: 'H.', registers, labelNames: ['a'] as const, enableExemplars: true };
    const counter = new Counter({ ...common, name: 'c' });
    const increase: IncreaseDataWithExemplar<'a'> = {
      labels: { a: 1 },
      value: 2,
      exemplarLabels: { trace: 'x' },
    };
    counter.inc(increase);
    const observation: ObserveDataWithExemplar<'a'> = { ...increase, value: 3 };
    new Histogram({ ...common, name: 'h' }).observe(observation);
    assert.equal(counter.value({ a: 1 }), 2);
  });
});
