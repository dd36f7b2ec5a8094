/**
 * A real Prometheus scrapes protobuf, the only format in which it takes native histograms, and what it stores is what was
 * recorded.
 *
 * Versions before 2.50 show nothing of created timestamps, nor of exemplars of native buckets: both are also compared with an independent reader of protobuf,
 * in test/unit and test/property.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { Registry, nativeBucketsOf } from '../../src/index.js';
import type { FamilySnapshot } from '../../src/index.js';
import { serveMetrics } from '../../src/server/index.js';
import type { MetricsServer, MetricsSource } from '../../src/server/index.js';
import { NO_PROMETHEUS, ScrapingPrometheus } from './scraping-prometheus.js';
import type { NativeHistogramValue } from './scraping-prometheus.js';

const HOSTILE = ['plain', 'quote " backslash \\ newline \n', 'emoji 🦆 comma , brace }', 'a="b"', ' '];
const OBSERVATIONS = 20_000;
/** Of schema 8: 2^(1/256) - 1, and a rank between two observations. */
const RELATIVE_ERROR = 0.01;

/** From milliseconds to minutes, without any two that are equal. */
function durations(): number[] {
  return Array.from({ length: OBSERVATIONS }, (_, i) => Math.exp(Math.sin(i) * 5.5) * (1 + i / 1e9));
}

function smallestAtLeast(values: readonly number[], quantile: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(quantile * values.length) - 1]!;
}

function recordInto(registry: Registry): void {
  const jobs = registry.counter({
    name: 'jobs_total',
    help: 'Jobs with a "quote" and a \\.',
    labelNames: ['kind'],
  });
  HOSTILE.forEach((kind, index) => jobs.inc({ kind }, index + 0.5));
  const exemplarLabels = { trace_id: 'abc' };
  const big = registry.counter({ name: 'big_total', help: 'Large.', enableExemplars: true });
  big.inc({ value: 2 ** 53 - 1, exemplarLabels });
  const gauge = registry.gauge({
    name: 'temperature_celsius',
    help: 'Any.',
    unit: 'celsius',
    labelNames: ['at'],
  });
  for (const value of [NaN, Infinity, -Infinity, -2.5, 5e-324]) gauge.set({ at: String(value) }, value);
  registry.info({ name: 'build', help: 'Build.', labelNames: ['version'] }).set({ version: '1.2' });
  registry.stateSet({ name: 'mode', help: 'Mode.', states: ['off', 'on'] }).set('on');
  registry.gauge({ name: 'open_files', help: 'By thread.', aggregator: 'thread' }).set(3);
  const classic = registry.histogram({
    name: 'classic_seconds',
    help: 'Classic.',
    buckets: [0.1, 1, 10],
    enableExemplars: true,
  });
  for (const value of [0.05, 0.1, 5, 50]) classic.observe(value);
  classic.observe({ value: 0.5, exemplarLabels });
  const percentiles = [0.5, 0.99];
  registry.summary({ name: 'full_seconds', help: 'Full.', percentiles }).observe(4);
  registry.summary({ name: 'empty_seconds', help: 'Empty.', percentiles });
  const native = { maxBuckets: 8_192 };
  const fine = registry.histogram({ name: 'fine_seconds', help: 'Native.', buckets: [], native });
  for (const value of durations()) fine.observe(value);
  const signed = registry.histogram({ name: 'signed', help: 'Both.', buckets: [0], native: { schema: 0 } });
  for (const value of [-1_000, -3, -3, 0, 0, 0, 1, 1.5, 2, 2_000]) signed.observe(value);
  const traced = registry.histogram({
    name: 'traced_seconds',
    help: 'Exemplars.',
    buckets: [],
    native: true,
    enableExemplars: true,
  });
  for (const value of [0.25, 3]) traced.observe({ value, exemplarLabels: { trace_id: `t${value}` } });
  registry.histogram({ name: 'unused', help: 'Empty.', native: true });
  const threshold = { schema: 2, zeroThreshold: 0.5 };
  const labelled = registry.histogram({ name: 'labelled', help: 'L.', labelNames: ['a'], native: threshold });
  for (let i = 1; i <= 30; i++) labelled.observe({ a: `v${i % 3}` }, i / 10);
}

/** Stores a 0 at the created timestamp of a counter; versions that do not know it say so in their log, and start. */
const CREATED_FEATURE = 'created-timestamp-zero-ingestion';

/** What a test looks at of the API's answers about exemplars. */
interface SeriesExemplars {
  readonly seriesLabels: Record<string, string>;
  readonly exemplars: readonly { readonly labels: Record<string, string>; readonly value: string }[];
}

describe('a real Prometheus that takes protobuf', { skip: NO_PROMETHEUS }, () => {
  const registry = new Registry();
  const accepted = new Set<string>();
  const contentTypes = new Set<string>();
  let server: MetricsServer;
  let prometheus: ScrapingPrometheus;

  before(async () => {
    recordInto(registry);
    const source: MetricsSource = {
      render: async options => {
        accepted.add(options?.accept ?? '');
        const rendering = await registry.render(options);
        contentTypes.add(rendering.contentType);
        return rendering;
      },
      contentTypeFor: accept => registry.contentTypeFor(accept),
    };
    server = await serveMetrics(source, { port: 0 });
    const features = ['native-histograms', 'exemplar-storage', CREATED_FEATURE];
    prometheus = await ScrapingPrometheus.of(server, `--enable-feature=${features.join(',')}`);
    await prometheus.queryUntilFound('fine_seconds');
  });

  after(async () => {
    await prometheus.stop();
    await server.close();
    registry.close();
  });

  /** The value of each series, by the label of this name. */
  async function valuesBy(expression: string, label: string): Promise<Map<string | undefined, string>> {
    return new Map(
      (await prometheus.query(expression)).map(({ metric, value }) => [metric[label], value[1]]),
    );
  }

  async function valueOf(expression: string): Promise<number> {
    const result = await prometheus.query(expression);
    assert.equal(result.length, 1, expression);
    return Number(result[0]!.value[1]);
  }

  async function nativeOf(name: string): Promise<NativeHistogramValue> {
    return (await prometheus.query(name))[0]!.histogram![1];
  }

  function familyOf(name: string): FamilySnapshot {
    return registry.snapshot().families.find(({ descriptor }) => descriptor.name === name)!;
  }

  test('asks for protobuf first, and has no complaint', async () => {
    for (const accept of accepted) assert.match(accept, /^application\/vnd\.google\.protobuf;/);
    assert.equal(await valueOf('up'), 1);
    const { activeTargets } = await prometheus.ask<{ activeTargets: { lastError: string }[] }>('targets');
    assert.deepEqual(
      activeTargets.map(({ lastError }) => lastError),
      [''],
    );
    assert.deepEqual(
      [...contentTypes].map(type => type.split(';')[0]),
      ['application/vnd.google.protobuf'],
    );
  });

  test('stores every label value as it was given, and every counter exactly', async () => {
    const jobs = await valuesBy('jobs_total', 'kind');
    assert.deepEqual(jobs, new Map(HOSTILE.map((kind, index) => [kind, String(index + 0.5)])));
    assert.equal(await valueOf('big_total'), 2 ** 53 - 1);
  });

  test('stores gauges, also those that are no finite numbers or belong to a thread', async () => {
    const temperatures = await valuesBy('temperature_celsius', 'at');
    assert.deepEqual(
      temperatures,
      new Map([
        ['NaN', 'NaN'],
        ['Infinity', '+Inf'],
        ['-Infinity', '-Inf'],
        ['-2.5', '-2.5'],
        ['5e-324', '5e-324'],
      ]),
    );
    assert.deepEqual(await valuesBy('open_files', 'thread'), new Map([['0', '3']]));
  });

  test('stores infos and states as gauges', async () => {
    assert.deepEqual(await valuesBy('build_info', 'version'), new Map([['1.2', '1']]));
    assert.deepEqual(
      await valuesBy('mode', 'mode'),
      new Map([
        ['off', '0'],
        ['on', '1'],
      ]),
    );
  });

  test('stores cumulative buckets, sum and count of a classic histogram', async () => {
    assert.deepEqual(
      await valuesBy('classic_seconds_bucket', 'le'),
      new Map([
        ['0.1', '2'],
        ['1.0', '3'],
        ['10.0', '4'],
        ['+Inf', '5'],
      ]),
    );
    assert.equal(await valueOf('classic_seconds_sum'), 55.65);
    assert.equal(await valueOf('classic_seconds_count'), 5);
  });

  test('stores quantiles, sum and count of a summary', async () => {
    const full = await valuesBy('full_seconds', 'quantile');
    assert.deepEqual(new Set(full.keys()), new Set(['0.5', '0.99']));
    for (const value of full.values()) assert.ok(Math.abs(Number(value) - 4) <= 0.04, value);
    assert.equal(await valueOf('full_seconds_sum'), 4);
    assert.equal(await valueOf('full_seconds_count'), 1);
    assert.deepEqual([...(await valuesBy('empty_seconds', 'quantile')).values()], ['NaN', 'NaN']);
    assert.equal(await valueOf('empty_seconds_count'), 0);
  });

  test('knows type and help', async () => {
    const metadata = await prometheus.ask<Record<string, { type: string; help: string }[]>>('metadata');
    const shown = ['jobs_total', 'temperature_celsius', 'fine_seconds', 'full_seconds'].map(name => {
      const { type, help } = metadata[name]![0]!;
      return [type, help];
    });
    assert.deepEqual(shown, [
      ['counter', 'Jobs with a "quote" and a \\.'],
      ['gauge', 'Any.'],
      ['histogram', 'Native.'],
      ['summary', 'Full.'],
    ]);
  });

  test('counts and sums a native histogram as it was recorded', async () => {
    const sum = familyOf('fine_seconds').values[1]!;
    assert.equal(await valueOf('histogram_count(fine_seconds)'), OBSERVATIONS);
    assert.equal(await valueOf('histogram_sum(fine_seconds)'), sum);
  });

  test('finds quantiles of a native histogram within the error of its schema', async () => {
    const family = familyOf('fine_seconds');
    assert.equal(nativeBucketsOf(family, 0)!.schema, 8);
    const values = durations();
    for (const quantile of [0.01, 0.1, 0.5, 0.9, 0.99, 0.999]) {
      const exact = smallestAtLeast(values, quantile);
      const found = await valueOf(`histogram_quantile(${quantile}, fine_seconds)`);
      const error = Math.abs(found - exact) / exact;
      assert.ok(error <= RELATIVE_ERROR, `${quantile}: ${found} instead of ${exact}`);
    }
  });

  test('stores every bucket of a native histogram, of both signs and around zero', async () => {
    const { count, sum, buckets } = await nativeOf('signed');
    assert.deepEqual([count, sum], ['10', '998.5']);
    // A bucket of schema 0 ends at a power of two.
    assert.deepEqual(
      buckets!.map(([, low, high, observations]) => [Number(low), Number(high), observations]),
      [
        [-1_024, -512, '1'],
        [-4, -2, '2'],
        [-(2 ** -128), 2 ** -128, '3'],
        [0.5, 1, '1'],
        [1, 2, '2'],
        [1_024, 2_048, '1'],
      ],
    );
    assert.equal(await valueOf('histogram_fraction(0, +Inf, signed)'), (4 + 1.5) / 10);
  });

  test('stores every count of a native histogram with many buckets', async () => {
    const { buckets } = await nativeOf('fine_seconds');
    const { positiveCounts } = nativeBucketsOf(familyOf('fine_seconds'), 0)!;
    assert.deepEqual(
      buckets!.map(([, , , observations]) => Number(observations)),
      [...positiveCounts].filter(observations => observations > 0),
    );
  });

  test('takes a histogram for a native one also before its first observation', async () => {
    assert.equal(await valueOf('histogram_count(unused)'), 0);
    assert.deepEqual(await prometheus.query('unused_count'), []);
  });

  test('tells the series of a native histogram apart', async () => {
    const family = familyOf('labelled');
    const seen = new Map(
      (await prometheus.query('labelled')).map(({ metric, histogram }) => [metric['a'], histogram![1]]),
    );
    assert.equal(seen.size, 3);
    family.series.forEach((series, index) => {
      const { zeroCount, positiveCounts } = nativeBucketsOf(family, index)!;
      const [zero, ...positive] = seen.get(series.labelValues()[0])!.buckets!;
      assert.deepEqual([zero![1], zero![2], zero![3]], ['-0.5', '0.5', String(zeroCount)]);
      assert.deepEqual(
        positive.map(([, , , observations]) => Number(observations)),
        [...positiveCounts].filter(observations => observations > 0),
      );
    });
  });

  test('stores exemplars of counters and buckets', async () => {
    assert.deepEqual(await exemplarsOf('big_total|classic_seconds_bucket'), [
      ['big_total', undefined, 'abc', 2 ** 53 - 1],
      ['classic_seconds_bucket', '1.0', 'abc', 0.5],
    ]);
  });

  test('stores exemplars of native buckets', async context => {
    if (await isOlderThan250(context)) return;
    const found = await exemplarsOf('traced_seconds');
    assert.deepEqual(new Set(found.map(([, , id]) => id)), new Set(['t0.25', 't3']));
    assert.deepEqual(new Set(found.map(([, , , value]) => value)), new Set([0.25, 3]));
  });

  test('starts a counter with 0 at its created timestamp', async context => {
    if (await isOlderThan250(context)) return;
    const [series] = await prometheus.query('big_total[10m]');
    const created = familyOf('big_total').series[0]!.createdSeconds;
    assert.deepEqual(series!.values![0], [created, '0']);
    assert.equal(Number(series!.values![1]![1]), 2 ** 53 - 1);
  });

  type ShownExemplar = readonly [name?: string, le?: string, traceId?: string, value?: number];

  /** Of the series with these names, by name. */
  async function exemplarsOf(names: string): Promise<ShownExemplar[]> {
    const found = await prometheus.ask<SeriesExemplars[]>('query_exemplars', {
      query: `{__name__=~"${names}"}`,
      start: String(Date.now() / 1_000 - 600),
      end: String(Date.now() / 1_000 + 600),
    });
    const shown = found.flatMap(({ seriesLabels: { __name__: name, le }, exemplars }) =>
      exemplars.map(({ labels, value }): ShownExemplar => [name, le, labels['trace_id'], Number(value)]),
    );
    return shown.sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  }

  /** Skips the test in versions that read neither created timestamps nor exemplars of native histograms. */
  async function isOlderThan250(context: TestContext): Promise<boolean> {
    const { version } = await prometheus.ask<{ version: string }>('status/buildinfo');
    const [major, minor] = version.split('.').map(Number) as [number, number];
    const isOlder = major < 2 || (major === 2 && minor < 50);
    if (isOlder) context.skip(`prometheus ${version} is older than 2.50`);
    return isOlder;
  }
});
