import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUCKETS_MAX, BucketIndex } from '../../../src/memory/bucket-index.js';
import { DEFAULT_BUCKETS } from '../../../src/primitives/buckets.js';

describe('a bucket index', () => {
  it('puts a value at a bound into that bound’s bucket, and just above it into the next', () => {
    const index = BucketIndex.over(DEFAULT_BUCKETS);
    DEFAULT_BUCKETS.forEach((bound, bucket) => {
      assert.equal(index.indexOf(bound), bucket);
      assert.equal(index.indexOf(bound * (1 + Number.EPSILON)), bucket + 1);
      assert.equal(index.indexOf(bound * (1 - Number.EPSILON)), bucket);
    });
  });

  it('puts what is below all bounds into the first, above all into the overflow bucket', () => {
    const index = BucketIndex.over([1, 2, 3]);
    for (const low of [-Number.MAX_VALUE, -1, -0, 0, 5e-324, 0.5]) assert.equal(index.indexOf(low), 0);
    for (const high of [3.000_001, 1e9, Number.MAX_VALUE]) assert.equal(index.indexOf(high), 3);
  });

  it('has one bucket when there is no bound', () => {
    const index = BucketIndex.over([]);
    assert.deepEqual(
      [-1, 0, 1].map(value => index.indexOf(value)),
      [0, 0, 0],
    );
  });

  it('does not tell 0 from -0', () => {
    // Equal lists share an index: it is made of the first.
    for (const zero of [-0, 0]) {
      const index = BucketIndex.over([-1, zero, 1]);
      assert.deepEqual(
        [-1, -0.5, -0, 0, 0.5, 1, 2].map(value => index.indexOf(value)),
        [0, 1, 1, 1, 2, 2, 3],
      );
      // Two bounds of one binade, which is divided.
      const subnormal = BucketIndex.over([zero, 1e-310]);
      assert.deepEqual(
        [-1e-310, -0, 0, 1e-320, 1e-310, 2e-310].map(value => subnormal.indexOf(value)),
        [0, 0, 0, 1, 1, 2],
      );
    }
  });

  it('searches many bounds of one binade', () => {
    const bounds = Array.from({ length: 1_000 }, (_, i) => 1 + i / 1_000);
    const index = BucketIndex.over(bounds);
    bounds.forEach((bound, bucket) => assert.equal(index.indexOf(bound), bucket));
    assert.equal(index.indexOf(1.999_5), 1_000);
  });

  it('searches bounds that differ in their last bits alone', () => {
    const bounds = [1, 1 + Number.EPSILON, 1.5, 1.75];
    const index = BucketIndex.over(bounds);
    bounds.forEach((bound, bucket) => assert.equal(index.indexOf(bound), bucket));
    assert.equal(index.indexOf(1 + 2 * Number.EPSILON), 2);
  });

  it('is one for all families of equal bounds', () => {
    assert.equal(BucketIndex.over([1, 2.5]), BucketIndex.over([1, 2.5]));
    assert.notEqual(BucketIndex.over([1, 2.5]), BucketIndex.over([1, 2.25]));
  });

  it('holds as many bounds as a definition may have', () => {
    const bounds = Array.from({ length: BUCKETS_MAX - 1 }, (_, i) => i);
    const index = BucketIndex.over(bounds);
    for (const value of [0, 1, 4_095.5, 65_533, 65_534])
      assert.equal(index.indexOf(value), Math.min(Math.ceil(value), 65_534));
  });
});
