import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry, nativeBucketsOf } from '../../../src/index.js';
import type { FamilySnapshot, NativeBucketValues } from '../../../src/index.js';
import { samples } from '../sample-lines.js';
import { silenceWarnings } from './played-thread.js';

silenceWarnings();

function familyOf(registry: Registry, name: string): FamilySnapshot {
  return registry.snapshot().families.find(family => family.descriptor.name === name)!;
}

function nativeOf(registry: Registry, name: string, series = 0): NativeBucketValues {
  return nativeBucketsOf(familyOf(registry, name), series)!;
}

function countOf({ zeroCount, positiveCounts, negativeCounts }: NativeBucketValues): number {
  return [...positiveCounts, ...negativeCounts].reduce((sum, count) => sum + count, zeroCount);
}

for (const sharing of ['striped', 'atomic'] as const) {
  describe(`families with exponential buckets, ${sharing}`, () => {
    it('have native buckets alone', () => {
      const registry = new Registry();
      const histogram = registry.histogram({ name: 'h', help: 'H.', native: true, sharing });
      assert.equal(countOf(nativeOf(registry, 'h')), 0);
      for (const value of [1, 2, 2, 0, -3]) histogram.observe(value);
      const { zeroCount, schema, positiveCounts, negativeCounts } = nativeOf(registry, 'h');
      assert.deepEqual([zeroCount, schema >= 4, [...negativeCounts]], [1, true, [1]]);
      assert.deepEqual(
        [...positiveCounts].filter(count => count > 0),
        [1, 2],
      );
      assert.deepEqual(samples(registry), { 'h_bucket{le="+Inf"}': 5, h_sum: 2, h_count: 5 });
    });

    it('have native buckets beside classic ones', () => {
      const registry = new Registry();
      const histogram = registry.histogram({ name: 'h', help: 'H.', native: true, buckets: [1, 2], sharing });
      for (const value of [0.5, 1, 2, 100]) histogram.observe(value);
      assert.deepEqual(samples(registry), {
        'h_bucket{le="1.0"}': 2,
        'h_bucket{le="2.0"}': 3,
        'h_bucket{le="+Inf"}': 4,
        h_sum: 103.5,
        h_count: 4,
      });
      assert.equal(countOf(nativeOf(registry, 'h')), 4);
    });

    it('have quantiles, of everything and of a sliding window', () => {
      const registry = new Registry();
      for (const window of [{}, { maxAgeSeconds: 3_600, ageBuckets: 15 }]) {
        const name = 'maxAgeSeconds' in window ? 'w' : 's';
        const summary = registry.summary({ name, help: 'S.', percentiles: [0.5, 1], sharing, ...window });
        for (let value = 1; value <= 99; value++) summary.observe(value);
        const { [`${name}{quantile="0.5"}`]: half, [`${name}{quantile="1.0"}`]: last } = samples(registry);
        assert.ok(Math.abs(half! - 50) <= 0.5, `${half}`);
        assert.ok(Math.abs(last! - 99) <= 0.99, `${last}`);
        assert.equal(samples(registry)[`${name}_count`], 99);
        assert.equal(samples(registry)[`${name}_sum`], 4_950);
      }
    });

    it('time with the timers of their handles', () => {
      const registry = new Registry();
      const families = [
        registry.histogram({ name: 'n', help: 'N.', native: true, sharing }),
        registry.histogram({ name: 'd', help: 'D.', native: true, buckets: [1], sharing }),
        registry.summary({ name: 's', help: 'S.', percentiles: [], sharing }),
        registry.summary({ name: 'w', help: 'W.', percentiles: [], maxAgeSeconds: 60, sharing }),
      ];
      for (const family of families) {
        family.labels().startTimer()();
        assert.equal(samples(registry)[`${family.name}_count`], 1, family.name);
      }
    });

    it('show a finite quantile of the largest doubles', () => {
      const registry = new Registry();
      for (const schemaError of [0.0015, 0.33]) {
        const name = `s${schemaError * 1e4}`;
        const summary = registry.summary({
          name,
          help: 'S.',
          percentiles: [0, 1],
          relativeError: schemaError,
          sharing,
        });
        summary.observe(Number.MAX_VALUE);
        summary.observe(-Number.MAX_VALUE);
        const { [`${name}{quantile="0.0"}`]: low, [`${name}{quantile="1.0"}`]: high } = samples(registry);
        assert.ok(Number.isFinite(high) && high! >= Number.MAX_VALUE * (1 - schemaError), `${high}`);
        assert.equal(low, -high!);
      }
    });

    it('count beyond a limit into the overflow series, and never throw for it', () => {
      const registry = new Registry({ familySeriesMax: 1 });
      const labelNames = ['a'] as const;
      const native = registry.histogram({ name: 'n', help: 'N.', labelNames, native: true, sharing });
      const summary = registry.summary({ name: 's', help: 'S.', labelNames, percentiles: [1], sharing });
      const window = registry.summary({
        name: 'w',
        help: 'W.',
        labelNames,
        percentiles: [1],
        maxAgeSeconds: 60,
        sharing,
      });
      const observations = ['x', 'y', 'z', 'y', 'x'.repeat(10_000)];
      for (const family of [native, summary, window]) {
        observations.forEach((a, i) => family.observe({ a }, 10 ** i));
      }
      const shown = samples(registry);
      for (const name of ['n', 's', 'w']) {
        assert.equal(shown[`${name}_count{a="x"}`], 1, name);
        assert.equal(shown[`${name}_count{otel_metric_overflow="true"}`], 4, name);
      }
      assert.equal(countOf(nativeOf(registry, 'n', 1)), 4);
    });

    it('start again at zero after a reset, also through a handle that was kept', () => {
      const registry = new Registry();
      const histogram = registry.histogram({ name: 'h', help: 'H.', native: true, sharing });
      const summary = registry.summary({
        name: 's',
        help: 'S.',
        percentiles: [1],
        maxAgeSeconds: 60,
        sharing,
      });
      const handles = [histogram.labels(), summary.labels()];
      for (const handle of handles) for (const value of [1, 1e9, -1]) handle.observe(value);
      histogram.reset();
      summary.reset();
      assert.equal(countOf(nativeOf(registry, 'h')), 0);
      assert.equal(samples(registry)['s_count'], 0);
      for (const handle of handles) handle.observe(4);
      assert.deepEqual([...nativeOf(registry, 'h').positiveCounts], [1]);
      assert.equal(nativeOf(registry, 'h').schema, 8);
      assert.deepEqual([samples(registry)['s_count'], samples(registry)['s_sum']], [1, 4]);
    });
  });
}
