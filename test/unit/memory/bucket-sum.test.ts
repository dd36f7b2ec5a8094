import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { copyOfBuckets, emptyBuckets, sumOfBuckets } from '../../../src/memory/bucket-sum.js';
import type { MergedBuckets } from '../../../src/memory/sketch-reader.js';

/** Buckets of positive values from an index on. */
function positives(schema: number, positiveLow: number, ...counts: number[]): MergedBuckets {
  const count = counts.reduce((sum, one) => sum + one, 0);
  const positiveCount = counts.length;
  const buckets = { positiveLow, positiveCount, count, counts: Float64Array.from(counts) };
  return Object.assign(emptyBuckets(schema), buckets);
}

/** The same of their absolute values. */
function negatives(schema: number, low: number, ...counts: number[]): MergedBuckets {
  const buckets = positives(schema, low, ...counts);
  return Object.assign(buckets, {
    positiveLow: 0,
    positiveCount: 0,
    negativeLow: low,
    negativeCount: counts.length,
  });
}

describe('a sum of buckets', () => {
  it('has the counts of all, index by index, and nothing around them', () => {
    const sum = sumOfBuckets([positives(3, 5, 0, 1, 2), positives(3, 7, 4, 8, 0)], 20);
    assert.deepEqual(sum, positives(3, 6, 1, 6, 8));
  });

  it('has the coarsest schema of all, where an index is half of what it was, rounded up', () => {
    const sum = sumOfBuckets([positives(3, 5, 1, 2, 4), positives(2, 3, 8)], 20);
    assert.deepEqual(sum, positives(2, 3, 11, 4));
  });

  it('becomes coarser until it fits', () => {
    const sum = sumOfBuckets([positives(3, 1, 1), positives(3, 8, 2)], 4);
    assert.deepEqual(sum, positives(2, 1, 1, 0, 0, 2));
  });

  it('counts what does not fit at the coarsest schema in its lowest bucket', () => {
    const sum = sumOfBuckets([positives(-4, 1, 1, 2, 4), positives(-4, 4, 8)], 2);
    assert.deepEqual(sum, positives(-4, 3, 7, 8));
  });

  it('keeps signs apart, and adds what is zero', () => {
    const zero = Object.assign(emptyBuckets(3), { zeroCount: 5, count: 5 });
    const sum = sumOfBuckets([negatives(3, 2, 1), positives(3, 2, 2), zero, zero], 20);
    assert.deepEqual([sum.positiveLow, sum.negativeLow, sum.zeroCount, sum.count], [2, 2, 10, 13]);
    assert.deepEqual([...sum.counts], [2, 1]);
  });

  it('of nothing has the schema of its parts', () =>
    assert.deepEqual(sumOfBuckets([emptyBuckets(5), emptyBuckets(6)], 20), emptyBuckets(5)));

  it('leaves its parts as they are', () => {
    const part = positives(3, 5, 1, 2, 4);
    sumOfBuckets([part, positives(0, 1, 1)], 20);
    assert.deepEqual(part, positives(3, 5, 1, 2, 4));
  });
});

describe('a copy of buckets', () => {
  it('stays as it is when the reader goes on, and has no room that is not used', () => {
    const buckets = Object.assign(positives(3, 5, 1, 2), { counts: Float64Array.of(1, 2, 99) });
    const copy = copyOfBuckets(buckets);
    buckets.counts[0] = 7;
    assert.deepEqual(copy, positives(3, 5, 1, 2));
  });
});
