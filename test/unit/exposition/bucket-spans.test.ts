import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketSpans, SPAN_GAP_MAX } from '../../../src/exposition/bucket-spans.js';

interface LaidOut {
  readonly spans: readonly (readonly [offset: number, length: number])[];
  readonly deltas: readonly number[];
}

function layOut(counts: readonly number[], low: number, spans = new BucketSpans()): LaidOut {
  // Other numbers before and behind: only those between belong to the list.
  spans.layOut(Float64Array.from([99, ...counts, 99]), 1, counts.length + 1, low);
  return {
    spans: Array.from({ length: spans.spanCount }, (_, i) => [spans.offsets[i]!, spans.lengths[i]!] as const),
    // Minus zero is zero on the wire.
    deltas: Array.from(spans.deltas.subarray(0, spans.deltaCount), delta => delta + 0),
  };
}

describe('spans of buckets', () => {
  it('are those of the picture in the source', () => {
    assert.deepEqual(layOut([5, 0, 7, 9, 0, 0, 0, 0, 2, 2], -3), {
      spans: [
        [-3, 4],
        [4, 2],
      ],
      deltas: [5, -5, 7, 2, -7, 0],
    });
  });

  it('start at an index and go on with gaps', () => {
    assert.deepEqual(layOut([1, 0, 0, 0, 1, 0, 0, 0, 0, 1], 1_000), {
      spans: [
        [1_000, 1],
        [3, 1],
        [4, 1],
      ],
      deltas: [1, 0, 0],
    });
  });

  it(`go on over up to ${SPAN_GAP_MAX} empty buckets, and end before more`, () => {
    const around = (empty: number): number[] => [3, ...Array<number>(empty).fill(0), 4];
    assert.deepEqual(layOut(around(SPAN_GAP_MAX), 0).spans, [[0, SPAN_GAP_MAX + 2]]);
    assert.deepEqual(layOut(around(SPAN_GAP_MAX), 0).deltas, [3, -3, ...Array(SPAN_GAP_MAX - 1).fill(0), 4]);
    assert.deepEqual(layOut(around(SPAN_GAP_MAX + 1), 0), {
      spans: [
        [0, 1],
        [SPAN_GAP_MAX + 1, 1],
      ],
      deltas: [3, 1],
    });
  });

  it('leave out empty buckets at both ends', () => {
    assert.deepEqual(layOut([0, 0, 0, 2, 0, 0, 0], -10), { spans: [[-7, 1]], deltas: [2] });
  });

  it('that start at the index 0 or just above it have it as their offset', () => {
    for (const low of [-1, 0, 1, 2]) assert.deepEqual(layOut([2], low).spans, [[low, 1]]);
  });

  it('are none when nothing was counted', () => {
    assert.deepEqual(layOut([], 5), { spans: [], deltas: [] });
    assert.deepEqual(layOut([0, 0, 0, 0, 0], 5), { spans: [], deltas: [] });
  });

  it('hold differences between counts that are as large as a double is exact', () => {
    const max = Number.MAX_SAFE_INTEGER;
    assert.deepEqual(layOut([max, 1, max], 0).deltas, [max, 1 - max, max - 1]);
  });

  it('are laid out in the memory of the last ones, also when they are many more', () => {
    const spans = new BucketSpans();
    layOut([1, 2, 3], 0, spans);
    const many = Array.from({ length: 1_000 }, (_, i) => (i % 5 === 0 ? i + 1 : 0));
    assert.deepEqual(layOut(many, 0, spans), layOut(many, 0));
    assert.equal(layOut(many, 0, spans).spans.length, 200);
    assert.deepEqual(layOut([7], 3, spans), { spans: [[3, 1]], deltas: [7] });
  });
});
