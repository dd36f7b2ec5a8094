import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';

function registryOfAllTypes(): Registry {
  const registry = new Registry();
  const help = 'H.';
  registry.counter({ name: 'jobs_total', help }).inc();
  registry.counter({ name: 'bytes', help }).inc();
  registry.gauge({ name: 'depth', help }).set(1);
  registry.histogram({ name: 'wait_seconds', help, buckets: [1] }).observe(1);
  registry.summary({ name: 'size_bytes', help, percentiles: [0.5] }).observe(1);
  return registry;
}

async function shownFor(registry: Registry, ...names: string[]): Promise<string> {
  const text = await registry.metrics({ names });
  return [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name).join(' ');
}

const CASES: readonly [names: string[], shown: string][] = [
  [['depth'], 'depth'],
  [['size_bytes', 'depth'], 'depth size_bytes'],
  [['jobs_total'], 'jobs_total'],
  [['jobs_created'], 'jobs_total'],
  [['bytes_total'], 'bytes'],
  [['wait_seconds'], 'wait_seconds'],
  [['wait_seconds_bucket'], 'wait_seconds'],
  [['wait_seconds_count', 'wait_seconds_sum'], 'wait_seconds'],
  [['size_bytes_sum'], 'size_bytes'],
  [['size_bytes_count'], 'size_bytes'],
  // The family of the counter in OpenMetrics.
  [['jobs'], 'jobs_total'],
  [['size_bytes_bucket'], ''],
  [['depth_total'], ''],
  [['wait'], ''],
  [['nothing'], ''],
  [['DEPTH'], ''],
  [[''], ''],
  [[], ''],
];

describe('a scrape of single families', () => {
  const registry = registryOfAllTypes();

  for (const [names, shown] of CASES) {
    it(`shows ${JSON.stringify(shown)} for ${JSON.stringify(names)}`, async () =>
      assert.equal(await shownFor(registry, ...names), shown));
  }

  it('has the families whole, as a scrape of all has them', async () => {
    const all = await registry.metrics();
    const lines = (await registry.metrics({ names: ['wait_seconds_sum'] })).trimEnd();
    assert.equal(lines.split('\n').length, 6);
    assert.ok(all.includes(lines));
    assert.equal(await registry.metrics(), all);
  });

  it('runs the callbacks of the others too', async () => {
    const other = new Registry();
    let runs = 0;
    other.gauge({ name: 'a', help: 'A.', collect: () => void runs++ });
    assert.equal(await other.metrics({ names: ['b'] }), '');
    assert.equal(runs, 1);
    other.close();
  });
});
