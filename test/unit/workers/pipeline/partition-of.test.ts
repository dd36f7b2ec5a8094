import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PARTITION_COUNT, partitionOf, workerOf } from '../../../../workers/pipeline/partition-of.js';

describe('partitionOf', () => {
  it('gives every id a partition, and always the same one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), id => {
        const partition = partitionOf(id);
        assert.ok(Number.isInteger(partition) && partition >= 0 && partition < PARTITION_COUNT);
        assert.equal(partitionOf(id), partition);
      }),
    );
  });

  it('stays as it is between versions, because it decides which events share a window', () => {
    assert.deepEqual(['', 'a', 'calls:2', 'calls:3'].map(partitionOf), [11, 3, 7, 7]);
  });

  it('spreads ids that differ only in their last digits evenly', () => {
    const counts = Array.from({ length: PARTITION_COUNT }, () => 0);
    for (let index = 0; index < 16_000; index++) counts[partitionOf(`calls:${index}`)]++;
    for (const count of counts) assert.ok(count > 850 && count < 1_150, counts.join(' '));
  });
});

describe('workerOf', () => {
  it('gives every worker a partition, up to as many workers as partitions', () => {
    for (let workerCount = 1; workerCount <= PARTITION_COUNT; workerCount++) {
      const workers = Array.from({ length: PARTITION_COUNT }, (_, partition) =>
        workerOf(partition, workerCount),
      );
      assert.equal(new Set(workers).size, workerCount);
    }
  });
});
