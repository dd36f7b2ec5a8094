import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';
const PROTOBUF =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

async function lines(registry: Registry, accept?: string): Promise<string[]> {
  const { body } = await registry.render({ accept });
  return Buffer.from(body)
    .toString()
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'));
}

describe('default labels', () => {
  it('stand on every sample of every type, behind the labels of the series', async () => {
    const registry = new Registry();
    const common = { help: 'H.', labelNames: ['a'] as const };
    registry.counter({ ...common, name: 'c' }).inc({ a: 1 });
    registry.histogram({ ...common, name: 'h', buckets: [] }).observe({ a: 1 }, 2);
    registry.summary({ ...common, name: 's', percentiles: [0.5] }).observe({ a: 1 }, 0);
    registry.info({ name: 'i', help: 'H.', labelNames: ['v'] }).set({ v: '1' });
    registry.stateSet({ name: 't', help: 'H.', states: ['on'] }).set('on');
    registry.setDefaultLabels({ env: 'te"st', zone: 3 });
    const labels = 'env="te\\"st",zone="3"';
    assert.deepEqual(await lines(registry), [
      `c{a="1",${labels}} 1`,
      `h_bucket{le="+Inf",a="1",${labels}} 1`,
      `h_sum{a="1",${labels}} 2`,
      `h_count{a="1",${labels}} 1`,
      `s{quantile="0.5",a="1",${labels}} 0`,
      `s_sum{a="1",${labels}} 0`,
      `s_count{a="1",${labels}} 1`,
      `i_info{v="1",${labels}} 1`,
      `t{t="on",${labels}} 1`,
    ]);
  });

  it('stand in every format', async () => {
    const registry = new Registry();
    registry.counter({ name: 'c_total', help: 'H.' }).inc();
    registry.setDefaultLabels({ env: 'test' });
    assert.equal((await lines(registry, OPENMETRICS))[0], 'c_total{env="test"} 1');
    const { body } = await registry.render({ accept: PROTOBUF });
    assert.ok(Buffer.from(body).includes('\n\x03env\x12\x04test'));
    const [family] = await registry.getMetricsAsJSON();
    assert.deepEqual(family!.values, [{ value: 1, labels: { env: 'test' } }]);
    assert.equal(
      await registry.getSingleMetricAsString('c_total').then(text => text.split('\n')[2]),
      'c_total{env="test"} 1',
    );
  });

  it('leave exemplars where they are', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'c_total', help: 'H.', enableExemplars: true });
    counter.inc({ value: 2, exemplarLabels: { trace: 'x' } });
    registry.setDefaultLabels({ env: 'test' });
    const [line] = await lines(registry, OPENMETRICS);
    assert.match(line!, /^c_total\{env="test"\} 2 # \{trace="x"\} 2/);
  });

  it('give way to a label of the series that has a value', async () => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: 'g', help: 'H.', labelNames: ['env'] });
    gauge.set({ env: 'own' }, 1);
    gauge.set({}, 2);
    registry.setDefaultLabels({ env: 'default' });
    assert.deepEqual(await lines(registry), ['g{env="own"} 1', 'g{env="default"} 2']);
    const [family] = await registry.getMetricsAsJSON();
    assert.deepEqual(
      family!.values.map(({ labels }) => labels),
      [{ env: 'own' }, { env: 'default' }],
    );
  });

  it('stand on an overflow series, and on a gauge by thread', async () => {
    const registry = new Registry();
    process.once('warning', () => {});
    const counter = registry.counter({ name: 'c', help: 'H.', labelNames: ['a'], seriesMax: 1 });
    registry.gauge({ name: 'g', help: 'H.', aggregator: 'thread' }).set(5);
    counter.inc({ a: 1 });
    counter.inc({ a: 2 });
    registry.setDefaultLabels({ env: 'test', thread: 'none' });
    assert.deepEqual((await lines(registry)).slice(0, 3), [
      'c{a="1",env="test",thread="none"} 1',
      'c{env="test",thread="none",otel_metric_overflow="true"} 1',
      'g{env="test",thread="0"} 5',
    ]);
  });

  it('may be set, changed and dropped between scrapes; series come and go as ever', async () => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: 'g', help: 'H.', labelNames: ['a'] });
    gauge.set({ a: 1 }, 1);
    assert.deepEqual(await lines(registry), ['g{a="1"} 1']);
    registry.setDefaultLabels({ env: 'one' });
    assert.deepEqual(await lines(registry), ['g{a="1",env="one"} 1']);
    gauge.set({ a: 2 }, 2);
    gauge.remove({ a: 1 });
    assert.deepEqual(await lines(registry), ['g{a="2",env="one"} 2']);
    registry.setDefaultLabels({ env: 'two' });
    assert.deepEqual(await lines(registry), ['g{a="2",env="two"} 2']);
    registry.setDefaultLabels({});
    assert.deepEqual(await lines(registry), ['g{a="2"} 2']);
  });

  it('belong to the registry object that shows, and not to the arena', async () => {
    const registry = new Registry();
    registry.setDefaultLabels({ env: 'test' });
    const other = Registry.attach(registry.share());
    registry.counter({ name: 'c', help: 'H.' });
    other.counter({ name: 'd', help: 'H.' });
    assert.deepEqual(await lines(registry), ['c{env="test"} 0', 'd{env="test"} 0']);
    assert.deepEqual(await lines(other), ['c 0', 'd 0']);
    other.close();
  });

  it('are dropped by clear()', async () => {
    const registry = new Registry();
    registry.setDefaultLabels({ env: 'test' });
    registry.clear();
    registry.counter({ name: 'c', help: 'H.' });
    assert.deepEqual(await lines(registry), ['c 0']);
  });

  it('are refused, all problems at once, when they cannot be labels; those that are set stay', async () => {
    const registry = new Registry();
    registry.counter({ name: 'c', help: 'H.' });
    registry.setDefaultLabels({ env: 'test' });
    for (const labels of [undefined, null, 'env'])
      assert.throws(() => registry.setDefaultLabels(labels as never), TypeError);
    assert.throws(() => registry.setDefaultLabels({ le: 1, 'a b': 2, __x: 3, zone: 4 }), {
      name: 'ConfigurationError',
      message: /^default labels: le is a reserved label keyword; .*'a b'.*; .*'__x'/,
    });
    assert.deepEqual(await lines(registry), ['c{env="test"} 0']);
  });
});
