import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getHeapSpaceStatistics } from 'node:v8';
import { HeapCollector, HeapSpaceCollector } from '../../../src/runtime/heap-collector.js';
import type { HeapSource } from '../../../src/runtime/heap-collector.js';
import { newCollecting } from './collecting.js';

const SOURCE: HeapSource = {
  getHeapStatistics: () => ({ total_heap_size: 300, used_heap_size: 200, external_memory: 50 }),
  getHeapSpaceStatistics: () =>
    [
      ['new_space', 1],
      ['large_object_space', 2],
      ['other', 3],
    ].map(([name, factor]) => ({
      space_name: name as string,
      space_size: 100 * (factor as number),
      space_used_size: 10 * (factor as number),
      space_available_size: factor as number,
      physical_space_size: 0,
    })),
};

describe('the heap', () => {
  it('has a size in all', test => {
    const { families, samples } = newCollecting(test);
    new HeapCollector(families, SOURCE).collect();
    assert.deepEqual(samples(), {
      nodejs_heap_size_total_bytes: 300,
      nodejs_heap_size_used_bytes: 200,
      nodejs_external_memory_bytes: 50,
    });
  });

  it('has one in each of its spaces, called as V8 does but for the word space', test => {
    const { families, samples } = newCollecting(test, { labels: { zone: 'a' } });
    new HeapSpaceCollector(families, SOURCE).collect();
    const values = samples();
    assert.equal(values['nodejs_heap_space_size_total_bytes{space="new",zone="a"}'], 100);
    assert.equal(values['nodejs_heap_space_size_used_bytes{space="large_object",zone="a"}'], 20);
    assert.equal(values['nodejs_heap_space_size_available_bytes{space="other",zone="a"}'], 3);
    assert.equal(Object.keys(values).length, 9);
  });

  it('keeps one handle for each of its samples, however often the registry is reset', test => {
    const { families, registry, samples } = newCollecting(test);
    const collector = new HeapSpaceCollector(families, SOURCE);
    for (let i = 0; i < 5; i++) {
      collector.collect();
      registry.resetMetrics();
    }
    collector.collect();
    assert.equal(Object.keys(samples()).length, 9);
    const { threadHandles } = families as unknown as { threadHandles: { readonly size: number } };
    assert.equal(threadHandles.size, 9);
    families.withdraw();
    assert.deepEqual(samples(), {});
  });

  it('is that of V8 unless a test has another one', test => {
    const { families, samples } = newCollecting(test);
    new HeapSpaceCollector(families).collect();
    new HeapCollector(families).collect();
    const values = samples();
    assert.equal(Object.keys(values).length, 3 + 3 * getHeapSpaceStatistics().length);
    assert.ok(values['nodejs_heap_size_used_bytes']! > 1e6);
  });
});
