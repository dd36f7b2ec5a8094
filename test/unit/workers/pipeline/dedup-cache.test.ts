import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DedupCache, type DedupLimits } from '../../../../workers/pipeline/dedup-cache.js';
import { TallyHandle } from '../tally-handle.js';

function createCache(limits: DedupLimits) {
  const metrics = {
    checked: new TallyHandle(),
    duplicates: new TallyHandle(),
    entries: new TallyHandle(),
    expired: new TallyHandle(),
    displaced: new TallyHandle(),
  };
  return { cache: new DedupCache(limits, metrics), metrics };
}

describe('DedupCache', () => {
  it('admits an id once within its time to live', () => {
    const { cache, metrics } = createCache({ ttlMs: 100, entriesMax: 10 });
    assert.equal(cache.admit('a', 0), true);
    assert.equal(cache.admit('a', 99), false);
    assert.equal(cache.admit('b', 99), true);
    assert.equal(metrics.duplicates.value, 1);
    assert.equal(metrics.checked.value, 3);
  });

  it('forgets an id when its time is over, and a copy has not prolonged it', () => {
    const { cache, metrics } = createCache({ ttlMs: 100, entriesMax: 10 });
    cache.admit('a', 0);
    cache.admit('a', 60);
    assert.equal(cache.admit('a', 100), true);
    assert.equal(metrics.expired.value, 1);
    assert.equal(cache.size, 1);
  });

  it('does not turn back its clock for a late event', () => {
    const { cache } = createCache({ ttlMs: 100, entriesMax: 10 });
    cache.admit('a', 1_000);
    assert.equal(cache.admit('late', 0), true);
    assert.equal(cache.admit('late', 1_050), false);
  });

  it('displaces the oldest id when it is full, and counts it apart', () => {
    const { cache, metrics } = createCache({ ttlMs: 100, entriesMax: 2 });
    cache.admit('a', 0);
    cache.admit('b', 1);
    cache.admit('c', 2);
    assert.equal(metrics.displaced.value, 1);
    assert.equal(cache.admit('b', 3), false);
    assert.equal(cache.admit('a', 3), true);
  });

  it('agrees with a plain list of sightings for any stream, and never exceeds its limit', () => {
    const sighting = fc.record({ id: fc.integer({ min: 0, max: 15 }).map(String), timeMs: fc.nat(1_000) });
    fc.assert(
      fc.property(
        fc.array(sighting),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 400 }),
        (sightings, entriesMax, ttlMs) => {
          const { cache, metrics } = createCache({ ttlMs, entriesMax });
          let remembered: { id: string; expiryMs: number }[] = [];
          let nowMs = 0;
          for (const { id, timeMs } of sightings) {
            nowMs = Math.max(nowMs, timeMs);
            remembered = remembered.filter(entry => entry.expiryMs > nowMs);
            const isNew = !remembered.some(entry => entry.id === id);
            if (isNew) remembered = [...remembered, { id, expiryMs: nowMs + ttlMs }].slice(-entriesMax);
            assert.equal(cache.admit(id, timeMs), isNew);
            assert.equal(cache.size, remembered.length);
            assert.equal(metrics.entries.value, remembered.length);
          }
          const admitted = metrics.checked.value - metrics.duplicates.value;
          assert.equal(admitted, cache.size + metrics.expired.value + metrics.displaced.value);
        },
      ),
    );
  });
});
