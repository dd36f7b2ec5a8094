import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError, Registry, register } from '../../../src/index.js';
import { defaultMetricsSettings, threadLabels } from '../../../src/runtime/default-metrics-options.js';
import { newRegistry } from './collecting.js';

describe('the options of default metrics', () => {
  it('have defaults, and ask for no samples of the utilization', test => {
    const registry = newRegistry(test);
    assert.deepEqual(defaultMetricsSettings({ register: registry }), {
      registry,
      prefix: '',
      labels: {},
      isByThread: false,
      gcDurationBuckets: [0.001, 0.01, 0.1, 1, 2, 5],
      precisionMs: 10,
      utilization: undefined,
    });
    test.after(() => register.close());
    assert.equal(defaultMetricsSettings(undefined).registry, register);
    assert.equal(defaultMetricsSettings({ register: null as never }).registry, register);
  });

  it('ask for samples of the utilization with any option of theirs', test => {
    const registry = newRegistry(test);
    const { utilization } = defaultMetricsSettings({ register: registry, eventLoopUtilizationAgeBuckets: 3 });
    assert.deepEqual(
      [utilization!.timeoutMs, utilization!.ageBuckets, utilization!.maxAgeSeconds],
      [100, 3, 60],
    );
  });

  it('are refused with every problem, before anything is defined', test => {
    const registry = newRegistry(test);
    const bad = {
      register: registry,
      prefix: '9x',
      labels: { zone: null, thread: 'x' },
      threads: 'label',
      eventLoopMonitoringPrecision: 0.5,
      eventLoopUtilizationTimeout: 0,
      prefixes: 'a_',
      enabled: true,
    };
    assert.throws(
      () => defaultMetricsSettings(bad as never),
      (error: Error) => {
        assert.ok(error instanceof ConfigurationError);
        for (const problem of [
          "prefix is '9x'",
          'label zone is null',
          "label thread is added by threads: 'label'",
          'eventLoopMonitoringPrecision is 0.5',
          'eventLoopUtilizationTimeout is 0',
          'prefixes is no option of collectDefaultMetrics; did you mean prefix?',
        ])
          assert.ok(error.message.includes(problem), problem);
        assert.doesNotMatch(error.message, /enabled/, 'a package on top of this one has options of its own');
        return true;
      },
    );
    for (const wrong of [
      { gcDurationBuckets: [2, 1] },
      { eventLoopUtilizationBuckets: [2, 1] },
      { eventLoopUtilizationPercentiles: [2] },
      { labels: [] },
      { labels: 'zone' as never },
      { threads: 'both' as never },
    ])
      assert.throws(() => defaultMetricsSettings({ register: registry, ...wrong }), ConfigurationError);
    assert.deepEqual(registry.snapshot().families, []);
  });

  it('let old ones of prom-client pass', test => {
    const options = { register: newRegistry(test), timeout: 5_000, enableExemplars: false };
    assert.equal(defaultMetricsSettings(options as never).precisionMs, 10);
  });

  it('take a registry of this package only', () => {
    for (const given of [{ metrics: () => '' }, 'register', new (class Registry {})()])
      assert.throws(() => defaultMetricsSettings({ register: given as never }), {
        name: 'TypeError',
        message: /register is .*; it must be a Registry of this package/,
      });
    assert.equal(typeof new Registry().onCollect, 'function');
  });

  it('add the label of the thread where it is asked for', test => {
    const options = { register: newRegistry(test), labels: { zone: 'a' } };
    assert.deepEqual(threadLabels(defaultMetricsSettings(options)), { zone: 'a' });
    assert.deepEqual(threadLabels(defaultMetricsSettings({ ...options, threads: 'label' })), {
      zone: 'a',
      thread: 0,
    });
  });
});
