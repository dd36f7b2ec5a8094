/** However a worker ends: its counts stay, its gauges do not, and its stripe is leased again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../src/index.js';
import { RegistryWorker, valuesOf } from './registry-worker-host.js';

const ENDS: Readonly<Record<string, (worker: RegistryWorker) => Promise<unknown>>> = {
  'has nothing left to do': worker => worker.end({ do: 'return' }),
  'calls process.exit': worker => worker.end({ do: 'processExit' }),
  crashes: worker => worker.end({ do: 'throw' }),
  'is terminated': worker => worker.worker.terminate(),
};

function stripesOf(registry: Registry): number[] {
  return registry.threads().map(thread => thread.stripe);
}

describe('a worker that', () => {
  for (const [how, end] of Object.entries(ENDS)) {
    it(`${how}: its counts stay, its gauges end, its stripe goes to the next`, async test => {
      const registry = new Registry({ threadsMax: 3 });
      for (let round = 1; round <= 3; round++) {
        const worker = new RegistryWorker(test, { token: registry.share() });
        await worker.ask({ do: 'record', amount: 1.5, times: 100 });
        const during = await valuesOf(registry);
        assert.deepEqual([during['worker_events_total'], during['workers_busy']], [150 * round, 1]);
        assert.deepEqual(stripesOf(registry), [1, 2]);
        await end(worker);
        const afterwards = await valuesOf(registry);
        assert.deepEqual([afterwards['worker_events_total'], afterwards['workers_busy']], [150 * round, 0]);
        assert.equal(afterwards['worker_sizes_count'], 100 * round);
        assert.equal(afterwards['worker_sizes_sum'], 150 * round);
        assert.deepEqual(stripesOf(registry), [1]);
      }
      registry.close();
    });
  }
});

describe('more threads than stripes', () => {
  it('keep exact totals, and the last ones record through the shared stripe', async test => {
    const registry = new Registry({ threadsMax: 2 });
    const token = registry.share();
    const workers: RegistryWorker[] = [];
    for (let i = 0; i < 5; i++) {
      const worker = new RegistryWorker(test, { token });
      // One after the other, so that it is known who gets the stripe.
      await worker.ask({ do: 'record', amount: 0 });
      workers.push(worker);
    }
    assert.deepEqual(stripesOf(registry), [1, 2, 0, 0, 0, 0]);
    await Promise.all(
      workers.map((worker, i) => worker.ask({ do: 'record', amount: i + 0.5, times: 10_000 })),
    );
    const during = await valuesOf(registry);
    assert.equal(during['worker_events_total'], 10_000 * (0.5 + 1.5 + 2.5 + 3.5 + 4.5));
    assert.equal(during['worker_sizes_count'], 50_005);
    assert.equal(during['worker_sizes_sum'], during['worker_events_total']);
    assert.equal(during['workers_busy'], 10);
    await Promise.all(workers.map(worker => worker.worker.terminate()));
    assert.deepEqual(stripesOf(registry), [1]);
    assert.equal((await valuesOf(registry))['worker_events_total'], during['worker_events_total']);
    const next = new RegistryWorker(test, { token });
    await next.ask({ do: 'record', amount: 1 });
    assert.deepEqual(stripesOf(registry), [1, 2], 'a stripe is free again');
    registry.close();
  });
});
