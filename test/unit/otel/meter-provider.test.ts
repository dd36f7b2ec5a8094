import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { getEnvironmentData } from 'node:worker_threads';
import { metrics } from '@opentelemetry/api';
import { ConfigurationError } from '../../../src/errors.js';
import { Registry, register } from '../../../src/index.js';
import { startMeterProvider } from '../../../src/otel/index.js';
import type { MeterConfig, Metering } from '../../../src/otel/index.js';
import { silenceWarnings, warningsOf } from '../registry/played-thread.js';
import { samplesIn } from './provided.js';

silenceWarnings();

/** Variables of the environment that decide over what is started. */
function withVariables(variables: Record<string, string>, action: () => void): void {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    action();
  } finally {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

/** Started over a registry of its own; shut down with the test. */
function start(
  test: TestContext,
  config: MeterConfig = {},
): { readonly metering: Metering; readonly registry: Registry } {
  const registry = (config.registry as Registry | undefined) ?? new Registry({ seriesMax: 100 });
  const metering = startMeterProvider({ registry, ...config });
  test.after(() => {
    metering.shutdown();
    registry.close();
  });
  return { metering, registry };
}

const INFO = /^target_info\{(.*)\}$/;

async function targetIn(registry: Registry): Promise<Record<string, string>> {
  const names = Object.keys(samplesIn(await registry.metrics())).filter(name => INFO.test(name));
  assert.equal(names.length, 1, names.join());
  const [, labels] = INFO.exec(names[0]!)!;
  const pairs = [...labels!.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name!, JSON.parse(value!) as string]));
}

describe('a meter provider', () => {
  it('is the one of the API until it is shut down, and its instruments record on', async test => {
    const { metering, registry } = start(test, { targetInfo: false });
    const counter = metrics.getMeter('shop', '1').createCounter('sent');
    counter.add(1);
    metrics
      .getMeter('shop')
      .createObservableGauge('depth')
      .addCallback(result => result.observe(3));
    const [series] = Object.keys(samplesIn(await registry.metrics()));
    assert.equal(series, 'sent_total{otel_scope_name="shop",otel_scope_version="1"}');
    metering.shutdown();
    metering.shutdown();
    counter.add(1);
    metrics.getMeter('shop').createCounter('none').add(1);
    assert.deepEqual(samplesIn(await registry.metrics()), { [series]: 2 });
  });

  it('is started once in a thread, and once more after it was shut down', test => {
    const { metering, registry } = start(test);
    const attach = test.mock.method(Registry, 'attach');
    for (const each of [registry, registry.share()])
      assert.throws(() => startMeterProvider({ registry: each }), /it runs in this thread already/);
    assert.equal(attach.mock.callCount(), 0);
    metering.shutdown();
    start(test).metering.shutdown();
  });

  it('is refused where another one is registered, and nothing is started then', test => {
    const foreign = { getMeter: () => ({}) };
    metrics.setGlobalMeterProvider(foreign as never);
    test.after(() => metrics.disable());
    const registry = new Registry({ seriesMax: 10 });
    assert.throws(() => startMeterProvider({ registry }), /another meter provider is registered/);
    assert.throws(() => startMeterProvider({ registry }), /another meter provider is registered/);
    assert.equal(metrics.getMeterProvider(), foreign);
    assert.equal(registry.getMetricsAsArray().length, 0);
    registry.close();
  });

  it('needs not be the one of the API, and may be started beside another one', async test => {
    const { registry } = start(test, { targetInfo: false });
    const { metering } = start(test, { registry, setGlobal: false, targetInfo: false });
    metering.provider.getMeter('').createCounter('c').add(1);
    metrics.getMeter('').createCounter('c').add(2);
    metering.shutdown();
    metrics.getMeter('').createCounter('c').add(4);
    assert.deepEqual(samplesIn(await registry.metrics()), { c_total: 7 });
  });

  it('leaves the API alone where OpenTelemetry is disabled', async test => {
    const registry = new Registry({ seriesMax: 10 });
    withVariables({ OTEL_SDK_DISABLED: 'True' }, () => {
      const { metering } = start(test, { registry });
      metrics.getMeter('x').createCounter('c').add(1);
      metering.provider.getMeter('x').createCounter('own').add(1);
    });
    assert.deepEqual(samplesIn(await registry.metrics()), { 'own_total{otel_scope_name="x"}': 1 });
    start(test).metering.shutdown();
  });

  it('refuses what is no configuration, with every problem', () => {
    for (const config of [null, 'text', 7] as never[])
      assert.throws(() => startMeterProvider(config), ConfigurationError);
    assert.throws(
      () => startMeterProvider({ views: [{ seriesMax: 0 }], exemplars: 1 } as never),
      /seriesMax is 0.*exemplars is 1|exemplars is 1.*seriesMax is 0/s,
    );
    assert.equal(metrics.getMeterProvider().constructor.name, 'NoopMeterProvider');
  });

  it('records into the default registry, if none is named', async test => {
    const metering = startMeterProvider({ targetInfo: false });
    test.after(() => metering.shutdown());
    metrics.getMeter('').createCounter('of.default').add(1);
    assert.equal(samplesIn(await register.metrics())['of_default_total'], 1);
    register.removeSingleMetric('of_default_total');
  });

  it('tells workers that are created from now on what it was given, until it is shut down', test => {
    const key = 'threadtally.meters';
    const views = [{ instrumentName: 'a*', seriesMax: 5 }];
    const { metering, registry } = start(test, { views, serviceName: 'shop' });
    const { registry: token, ...rest } = metering.configuration;
    assert.deepEqual(rest, { views, serviceName: 'shop' });
    assert.equal(token!.arena, registry.share().arena);
    assert.equal(getEnvironmentData(key), metering.configuration);
    metering.shutdown();
    assert.equal(getEnvironmentData(key), undefined);
  });

  it('ends with a block that uses it', () => {
    const registry = new Registry({ seriesMax: 10 });
    const metering = startMeterProvider({ registry });
    metering[Symbol.dispose]();
    startMeterProvider({ registry }).shutdown();
    registry.close();
  });

  it('keeps exemplars where it is told to', async test => {
    const { registry } = start(test, { exemplars: true, targetInfo: false });
    metrics.getMeter('').createHistogram('h').record(1);
    metrics.getMeter('').createCounter('c').add(1);
    metrics.getMeter('').createUpDownCounter('u').add(1);
    const { families } = registry.snapshot();
    assert.deepEqual(
      families.map(({ descriptor }) => descriptor.enableExemplars),
      [true, true, false],
    );
  });
});

describe('target_info', () => {
  it('shows the resource, with more labels than a family may have names of its own', async test => {
    const attributes = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`own.attribute.${i}`, i]));
    const registry = new Registry({ seriesMax: 10, labelsMax: 2, labelValueMax: 1_024 });
    start(test, { registry, serviceName: 'shop', serviceVersion: '1.2', attributes });
    const shown = await targetIn(registry);
    assert.equal(shown['service_name'], 'shop');
    assert.equal(shown['service_version'], '1.2');
    for (let i = 0; i < 30; i++) assert.equal(shown[`own_attribute_${i}`], String(i));
    assert.equal(shown['process_runtime_name'], 'nodejs');
    // Each process would make another series, and who may scrape need not know.
    for (const name of ['process_pid', 'process_owner', 'process_executable_path', 'host_id'])
      assert.ok(!(name in shown), name);
  });

  it('is that of the last one that was started, and has no label of an earlier one', async test => {
    const registry = new Registry({ seriesMax: 10 });
    start(test, { registry, setGlobal: false, serviceName: 'first', attributes: { only: 'first' } });
    assert.equal((await targetIn(registry))['only'], 'first');
    start(test, { registry, setGlobal: false, serviceName: 'second' });
    const shown = await targetIn(registry);
    assert.deepEqual([shown['service_name'], shown['only']], ['second', undefined]);
  });

  it('is left out where nobody wants it, and with a warning where another metric has its name', async test => {
    const { registry } = start(test, { setGlobal: false, targetInfo: false });
    assert.deepEqual(samplesIn(await registry.metrics()), {});
    registry.gauge({ name: 'target_info', help: 'T.' }).set(1);
    const warnings = await warningsOf(() => start(test, { registry, setGlobal: false }));
    assert.match(warnings.join(), /target_info is not shown: /);
    assert.deepEqual(samplesIn(await registry.metrics()), { target_info: 1 });
  });

  it('has unknown_service as the name of a service that has none', async test => {
    const { registry } = start(test, { setGlobal: false });
    assert.equal((await targetIn(registry))['service_name'], 'unknown_service:node');
  });
});
