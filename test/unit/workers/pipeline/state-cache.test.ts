import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LruMap } from '../../../../workers/pipeline/lru-map.js';
import { StateCache, type StateCacheLimits } from '../../../../workers/pipeline/state-cache.js';
import { TallyHandle } from '../tally-handle.js';

function createLayer() {
  return {
    get: { operations: new TallyHandle(), durationSeconds: new TallyHandle() },
    put: { operations: new TallyHandle(), durationSeconds: new TallyHandle() },
    hits: new TallyHandle(),
    misses: new TallyHandle(),
    evictions: new TallyHandle(),
    entries: new TallyHandle(),
  };
}

function createCache(limits: StateCacheLimits) {
  const metrics = { memory: createLayer(), store: createLayer(), storeBytes: new TallyHandle() };
  return { cache: new StateCache<number[]>(limits, metrics), metrics };
}

const actions = fc.array(
  fc.record({ key: fc.integer({ min: 0, max: 9 }).map(String), value: fc.option(fc.nat(1_000)) }),
  { maxLength: 200 },
);

describe('LruMap', () => {
  it('evicts what was not used for longest, and reading is a use', () => {
    const map = new LruMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    assert.deepEqual(map.set('c', 3), { replaced: undefined, evicted: { key: 'b', value: 2 } });
    assert.deepEqual(
      [...map],
      [
        ['a', 1],
        ['c', 3],
      ],
    );
  });

  it('says what it replaced, and evicts nothing then', () => {
    const map = new LruMap<string, number>(1);
    map.set('a', 1);
    assert.deepEqual(map.set('a', 2), { replaced: 1, evicted: undefined });
  });

  it('refuses to hold nothing', () => {
    for (const entriesMax of [0, -1, NaN]) assert.throws(() => new LruMap(entriesMax), RangeError);
  });

  it('holds exactly the keys used last, for any sequence of uses', () => {
    fc.assert(
      fc.property(actions, fc.integer({ min: 1, max: 5 }), (list, entriesMax) => {
        const map = new LruMap<string, number>(entriesMax);
        let usedLast: string[] = [];
        for (const { key, value } of list) {
          if (value === null && map.get(key) === undefined) continue;
          if (value !== null) map.set(key, value);
          usedLast = [...usedLast.filter(other => other !== key), key].slice(-entriesMax);
          assert.deepEqual(
            [...map].map(([held]) => held),
            usedLast,
          );
          assert.equal(map.size, usedLast.length);
        }
      }),
    );
  });
});

describe('StateCache', () => {
  it('answers from memory, then from the store, and says from which', () => {
    const { cache, metrics } = createCache({ memoryEntriesMax: 1, storeEntriesMax: 10 });
    assert.equal(cache.get('a'), undefined);
    cache.put('a', [1]);
    assert.deepEqual(cache.get('a'), [1]);
    cache.put('b', [2]);
    assert.deepEqual(cache.get('a'), [1]);
    assert.deepEqual([metrics.memory.hits.value, metrics.memory.misses.value], [1, 2]);
    assert.deepEqual([metrics.store.hits.value, metrics.store.misses.value], [1, 1]);
    assert.equal(metrics.memory.evictions.value, 2);
  });

  it('loses what the store evicts, and counts it', () => {
    const { cache, metrics } = createCache({ memoryEntriesMax: 1, storeEntriesMax: 1 });
    for (const key of ['a', 'b', 'c']) cache.put(key, [1]);
    assert.equal(metrics.store.evictions.value, 1);
    assert.equal(cache.get('a'), undefined);
    assert.deepEqual(cache.get('b'), [1]);
  });

  it('writes the memory to the store at a flush, once for each value', () => {
    const { cache, metrics } = createCache({ memoryEntriesMax: 8, storeEntriesMax: 8 });
    cache.put('ä', [1, 2]);
    cache.flush();
    cache.flush();
    assert.equal(metrics.store.entries.value, 1);
    assert.equal(metrics.storeBytes.value, Buffer.byteLength('ä[1,2]'));
  });

  it('gives the last value put, as long as the store is large enough, and keeps its bounds', () => {
    fc.assert(
      fc.property(actions, fc.integer({ min: 1, max: 5 }), (list, memoryEntriesMax) => {
        const { cache, metrics } = createCache({ memoryEntriesMax, storeEntriesMax: 10 });
        const expected = new Map<string, number[]>();
        let getCount = 0;
        for (const { key, value } of list) {
          if (value === null) {
            getCount++;
            assert.deepEqual(cache.get(key), expected.get(key));
          } else {
            cache.put(key, [value]);
            expected.set(key, [value]);
          }
          assert.ok(metrics.memory.entries.value <= memoryEntriesMax);
        }
        assert.equal(metrics.memory.hits.value + metrics.memory.misses.value, getCount);
        assert.equal(metrics.store.hits.value + metrics.store.misses.value, metrics.memory.misses.value);
        assert.equal(metrics.store.get.operations.value, metrics.store.get.durationSeconds.value);
        cache.flush();
        const text = [...expected].map(([key, value]) => key + JSON.stringify(value)).join('');
        assert.equal(metrics.storeBytes.value, Buffer.byteLength(text));
        assert.equal(metrics.store.entries.value, expected.size);
      }),
    );
  });
});
