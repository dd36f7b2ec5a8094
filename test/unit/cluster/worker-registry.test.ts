import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry, WorkerRegistry, register } from '../../../src/index.js';
import { PlayedThread } from '../registry/played-thread.js';
import { newRegistry } from './processes.js';

describe('a WorkerRegistry', () => {
  it('shows the default registry, which all threads share', async () => {
    register.counter({ name: 'jobs_total', help: 'J.' }).inc(2);
    const registry = new WorkerRegistry(Registry.PROMETHEUS_CONTENT_TYPE, true);
    assert.equal(await registry.workerMetrics(), await register.metrics());
    await registry.shutdown();
    assert.match(await registry.workerMetrics(), /^jobs_total 2$/m);
  });

  it('adds up the registries that it is told to show', async test => {
    const registries = [1, 2].map(value => {
      const registry = newRegistry(test);
      registry.counter({ name: 'c_total', help: 'C.' }).inc(value);
      return registry;
    });
    test.after(() => WorkerRegistry.setRegistries(register));
    WorkerRegistry.setRegistries(registries);
    assert.match(await new WorkerRegistry().workerMetrics(), /^c_total 3$/m);
    WorkerRegistry.setRegistries([]);
    assert.equal(await new WorkerRegistry().workerMetrics(), '');
    assert.throws(() => WorkerRegistry.setRegistries({} as never), {
      message: 'Expected Registry, got object: pass a registry or an array of them',
    });
  });

  it('counts the threads beside this one', test => {
    const before = WorkerRegistry.workerCount();
    new PlayedThread(test, register.share(), 801);
    assert.equal(WorkerRegistry.workerCount(), before + 1);
  });

  it('combines JSON as Registry.aggregate does', () =>
    assert.equal(WorkerRegistry.aggregate, Registry.aggregate));
});
