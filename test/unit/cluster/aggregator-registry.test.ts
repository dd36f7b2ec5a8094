import assert from 'node:assert/strict';
import cluster from 'node:cluster';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  AggregatorRegistry,
  ClusterRegistry,
  ConfigurationError,
  Counter,
  Registry,
  register,
} from '../../../src/index.js';
import { once } from 'node:events';
import { newRegistry } from './processes.js';

const INDEX = new URL('../../../src/index.js', import.meta.url);

describe('an AggregatorRegistry', () => {
  it('is a registry, and has the name of its successor, too', () => {
    assert.equal(ClusterRegistry, AggregatorRegistry);
    assert.ok(new AggregatorRegistry() instanceof Registry);
  });

  it('shows this process in every form while it has no workers', async test => {
    const shown = newRegistry(test);
    AggregatorRegistry.setRegistries(shown);
    test.after(() => AggregatorRegistry.setRegistries(register));
    let runs = 0;
    shown.counter({ name: 'c_total', help: 'C.' }).inc(2);
    shown.gauge({ name: 'g', help: 'G.', aggregator: 'max', collect: () => void runs++ }).set(1);
    const registry = new AggregatorRegistry();
    const text = await registry.clusterMetrics();
    assert.equal(
      text,
      '# HELP c_total C.\n# TYPE c_total counter\nc_total 2\n# HELP g G.\n# TYPE g gauge\ng 1\n',
    );
    assert.equal(await registry.metrics(), text);
    assert.equal(runs, 2);
    const { body, contentType, lateWorkers, late } = await registry.render({
      accept: 'application/openmetrics-text',
      names: ['c_total'],
    });
    assert.match(contentType, /^application\/openmetrics-text/);
    assert.match(Buffer.from(body).toString(), /^c_total 2\nc_created \d+\.?\d*\n# EOF\n$/m);
    assert.deepEqual([lateWorkers, late], [[], []]);
    const json = await registry.getMetricsAsJSON();
    assert.deepEqual(
      json.map(({ name, aggregator, values }) => [name, aggregator, values]),
      [
        ['c_total', 'sum', [{ labels: {}, value: 2 }]],
        ['g', 'max', [{ labels: {}, value: 1 }]],
      ],
    );
    assert.deepEqual(
      (await registry.getMetricsAsJSON('max')).map(({ name }) => name),
      ['g'],
    );
  });

  it('renders in its own content type where nobody asks for another one', async test => {
    const shown = newRegistry(test);
    AggregatorRegistry.setRegistries([shown]);
    test.after(() => AggregatorRegistry.setRegistries(register));
    const registry = new AggregatorRegistry(Registry.OPENMETRICS_CONTENT_TYPE);
    assert.equal(await registry.clusterMetrics(), '# EOF\n');
  });

  it('shows what is registered in it, beside what it is told to show', async test => {
    const shown = newRegistry(test);
    AggregatorRegistry.setRegistries(shown);
    test.after(() => AggregatorRegistry.setRegistries(register));
    const registry = new AggregatorRegistry();
    test.after(() => registry.close());
    new Counter({ name: 'own_total', help: 'O.', registers: [registry] }).inc(3);
    registry.registerMetric({
      name: 'guest',
      get: () => ({ help: 'G.', type: 'gauge', values: [{ value: 4, labels: {} }] }),
    });
    shown.counter({ name: 'shown_total', help: 'S.' }).inc(5);
    const lines = (await registry.clusterMetrics()).split('\n').filter(line => /^\w/.test(line));
    assert.deepEqual(lines, ['shown_total 5', 'own_total 3', 'guest 4']);
  });

  it('shows the default labels that its processes have set', async test => {
    const shown = newRegistry(test);
    AggregatorRegistry.setRegistries(shown);
    test.after(() => AggregatorRegistry.setRegistries(register));
    shown.setDefaultLabels({ zone: 'a' });
    shown.counter({ name: 'c_total', help: 'C.', labelNames: ['x'] }).inc({ x: 'y' });
    assert.match(await new AggregatorRegistry().clusterMetrics(), /^c_total\{x="y",zone="a"\} 1$/m);
  });

  it('shows metrics that live elsewhere, with default labels, too', async test => {
    const shown = newRegistry(test);
    AggregatorRegistry.setRegistries(shown);
    test.after(() => AggregatorRegistry.setRegistries(register));
    shown.setDefaultLabels({ zone: 'a' });
    const values = [
      { value: 2, labels: { quantile: 0.5 } },
      { value: 8, labels: {}, metricName: 's_sum' },
      { value: 4, labels: {}, metricName: 's_count' },
    ];
    shown.registerMetric({ name: 's', get: () => ({ help: 'S.', type: 'summary', values }) });
    const { body } = await new AggregatorRegistry().render({ accept: 'application/openmetrics-text' });
    const lines = Buffer.from(body)
      .toString()
      .split('\n')
      .filter(line => /^s(_sum|_count|\{)/.test(line));
    // A sketch is nothing that others give.
    assert.deepEqual(lines, ['s{quantile="0.5",zone="a"} NaN', 's_sum{zone="a"} 8', 's_count{zone="a"} 4']);
  });

  it('adds its listeners to node:cluster once, however many there are', async () => {
    const before = cluster.listenerCount('message');
    await new AggregatorRegistry().clusterMetrics();
    await new AggregatorRegistry().clusterMetrics();
    assert.ok(cluster.listenerCount('message') - before <= 1);
    assert.equal(cluster.listenerCount('message'), 1);
  });

  it('refuses options that are none or out of range, all at once', () =>
    assert.throws(
      () => new AggregatorRegistry({ collectTimeoutMs: 0, pushIntervalMs: 1, pushInterval: 1 } as never),
      (error: Error) =>
        error instanceof ConfigurationError &&
        /pushInterval is .* did you mean pushIntervalMs\?.*collectTimeoutMs is 0; .*1\.\.60000.*pushIntervalMs is 1/.test(
          error.message,
        ),
    ));

  it('refuses a scrape with options that are none', async () => {
    const registry = new AggregatorRegistry();
    await assert.rejects(registry.clusterMetrics({ wait: 1 } as never), ConfigurationError);
    await assert.rejects(registry.render({ accept: 1 } as never), ConfigurationError);
  });

  it('refuses what is no registry, as prom-client does', () => {
    for (const wrong of [{}, [register, 'text'], undefined]) {
      assert.throws(() => AggregatorRegistry.setRegistries(wrong as never), {
        name: 'TypeError',
        message: `Expected Registry, got ${Array.isArray(wrong) ? 'string' : typeof wrong}: pass a registry or an array of them`,
      });
    }
    new AggregatorRegistry().setRegistries(register);
  });

  it('refuses to be made in a worker thread, which hears nothing of the cluster', async () => {
    const code = `import(${JSON.stringify(INDEX.href)}).then(({ AggregatorRegistry }) => new AggregatorRegistry())`;
    const worker = new Worker(code, { eval: true });
    const [error] = (await once(worker, 'error')) as [Error];
    assert.match(error.message, /was made in a worker thread; make it in the main thread/);
  });

  it('ends its shutdown at once in a primary', async () => {
    await new AggregatorRegistry().shutdown();
  });
});

describe('Registry.aggregate', () => {
  async function jsonOf(value: number): Promise<Awaited<ReturnType<Registry['getMetricsAsJSON']>>> {
    const registry = new Registry();
    const labelNames = ['a'] as const;
    registry.counter({ name: 'c_total', help: 'C.', labelNames }).inc({ a: '"x"' }, value);
    registry.histogram({ name: 'h', help: 'H.', buckets: [1] }).observe(value);
    registry.summary({ name: 's', help: 'S.', percentiles: [0.5] }).observe(value);
    registry.gauge({ name: 'max', help: 'M.', aggregator: 'max' }).set(value);
    registry.gauge({ name: 'last', help: 'L.', aggregator: 'last' }).set(value);
    registry.gauge({ name: 'gone', help: 'G.', aggregator: 'omit' }).set(value);
    registry.info({ name: 'build', help: 'B.', labelNames: ['v'] }).set({ v: '1' });
    const json = await registry.getMetricsAsJSON();
    registry.close();
    return JSON.parse(JSON.stringify(json)) as typeof json;
  }

  it('combines the JSON of several registries by their aggregators', async () => {
    const aggregated = Registry.aggregate([await jsonOf(1), await jsonOf(2)]);
    const lines = (await aggregated.metrics())
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'));
    assert.deepEqual(lines, [
      'c_total{a="\\"x\\""} 3',
      'h_bucket{le="1.0"} 1',
      'h_bucket{le="+Inf"} 2',
      'h_sum 3',
      'h_count 2',
      's_sum 3',
      's_count 2',
      'max 2',
      'last 2',
      'build_info{v="1"} 1',
    ]);
  });

  it('keeps the quantiles of a summary that is there once', async () =>
    assert.match(await AggregatorRegistry.aggregate([await jsonOf(1)]).metrics(), /^s\{quantile="0.5"\} /m));

  it('renders in the content type that it is given', async () => {
    const type = Registry.OPENMETRICS_CONTENT_TYPE;
    assert.match(await AggregatorRegistry.aggregate([await jsonOf(1)], type).metrics(), /# EOF\n$/);
    assert.throws(() => AggregatorRegistry.aggregate([], 'text/html' as never), {
      name: 'Error',
      message: /^Content type text\/html is unsupported; it must be one of/,
    });
  });

  it('refuses what is no JSON of registries, and shows what it was given', () => {
    const WRONG: readonly [unknown, string][] = [
      ['text', "'text'"],
      [undefined, 'undefined'],
      [[{ a: 1 }], '[ { a: 1 } ]'],
      [[[null]], '[ [ null ] ]'],
    ];
    for (const [wrong, shown] of WRONG)
      assert.throws(() => AggregatorRegistry.aggregate(wrong as never), {
        name: 'TypeError',
        message: `cannot aggregate ${shown}: pass an array with what getMetricsAsJSON() of each registry resolved to`,
      });
  });

  it('refuses an aggregator that there is not, as prom-client does', () => {
    const metric = { name: 'x', help: 'X.', type: 'gauge', aggregator: 'bogus', values: [] } as never;
    assert.throws(() => AggregatorRegistry.aggregate([[metric]]), {
      message: "'bogus' is not a defined aggregator.",
    });
  });

  it('sums what names no aggregator', async () => {
    const metric = { name: 'x', help: 'X.', type: 'gauge', values: [{ value: 1, labels: {} }] } as never;
    assert.match(await AggregatorRegistry.aggregate([[metric], [metric]]).metrics(), /^x 2$/m);
  });
});
