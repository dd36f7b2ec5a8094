import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FILL_STRATEGIES, Normalizer, type FillStrategy } from '../../../../workers/pipeline/normalizer.js';

function createNormalizer(strategy: FillStrategy, gapIntervalsMax = 100): Normalizer {
  return new Normalizer({ intervalMs: 10, strategy, gapIntervalsMax });
}

function valuesAcrossGap(strategy: FillStrategy): readonly number[] {
  const normalizer = createNormalizer(strategy);
  normalizer.push(0, 10);
  return normalizer.push(40, 50).values;
}

describe('Normalizer', () => {
  it('fills a gap with the last value, the line between both ends, or zero', () => {
    assert.deepEqual(valuesAcrossGap('forward_fill'), [10, 10, 10, 50]);
    assert.deepEqual(valuesAcrossGap('linear'), [20, 30, 40, 50]);
    assert.deepEqual(valuesAcrossGap('zero'), [0, 0, 0, 50]);
  });

  it('fills nothing before the first value and between neighbours', () => {
    const normalizer = createNormalizer('linear');
    assert.deepEqual(normalizer.push(1_000, 1), { values: [1], fillCount: 0, gap: 'none' });
    assert.deepEqual(normalizer.push(1_010, 2), { values: [2], fillCount: 0, gap: 'none' });
  });

  it('drops a value at or before the last one', () => {
    const normalizer = createNormalizer('zero');
    normalizer.push(100, 1);
    for (const timeMs of [100, 109, 50]) assert.deepEqual(normalizer.push(timeMs, 2).values, []);
    assert.deepEqual(normalizer.push(110, 3).values, [3]);
  });

  it('does not fill a gap beyond the limit and starts again behind it', () => {
    const normalizer = createNormalizer('forward_fill', 2);
    normalizer.push(0, 1);
    assert.deepEqual(normalizer.push(30, 2), { values: [1, 1, 2], fillCount: 2, gap: 'filled' });
    assert.deepEqual(normalizer.push(70, 3), { values: [3], fillCount: 0, gap: 'too_long' });
    assert.deepEqual(normalizer.push(80, 4).values, [4]);
  });

  it('gives one value for each interval from the first to the last, for any series and strategy', () => {
    const indexes = fc.uniqueArray(fc.nat(200), { minLength: 1 }).map(list => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(indexes, fc.constantFrom(...FILL_STRATEGIES), (list, strategy) => {
        const normalizer = createNormalizer(strategy, 200);
        let valueCount = 0;
        let fillCount = 0;
        for (const index of list) {
          const normalized = normalizer.push(index * 10, index);
          assert.equal(normalized.values.length, normalized.fillCount + 1);
          assert.equal(normalized.gap, normalized.fillCount > 0 ? 'filled' : 'none');
          valueCount += normalized.values.length;
          fillCount += normalized.fillCount;
        }
        const first = list[0];
        const last = list[list.length - 1];
        assert.equal(valueCount, last - first + 1);
        assert.equal(fillCount, valueCount - list.length);
      }),
    );
  });
});
