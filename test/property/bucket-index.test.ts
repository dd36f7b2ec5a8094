import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BucketIndex, NOT_FINITE } from '../../src/memory/bucket-index.js';
import { anyDouble, neighbourOf } from './arbitraries.js';

const finite = anyDouble().filter(Number.isFinite);

/** Increasing bounds: spread over all doubles, neighbours of each other, in a few binades, or linear. */
const boundLists: fc.Arbitrary<number[]> = fc
  .oneof(
    fc.array(finite, { maxLength: 40 }),
    fc.tuple(finite, fc.integer({ min: 1, max: 60 })).map(([start, count]) => {
      const bounds = [start];
      while (bounds.length < count) bounds.push(neighbourOf(bounds.at(-1)!, 1));
      return bounds;
    }),
    fc
      .tuple(finite, fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { maxLength: 40 }))
      .map(([around, factors]) => factors.map(factor => around * factor)),
    fc
      .tuple(
        fc.integer({ min: -1_000, max: 1_000 }),
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom(0.001, 0.5, 1, 7, 1e6),
      )
      .map(([start, count, width]) => Array.from({ length: count }, (_, i) => start + i * width)),
  )
  .map(bounds => [...new Set(bounds.filter(Number.isFinite))].sort((a, b) => a - b));

function linearSearch(bounds: readonly number[], value: number): number {
  const found = bounds.findIndex(bound => value <= bound);
  return found < 0 ? bounds.length : found;
}

describe('the bucket of a value', () => {
  it('is the one that a linear search finds, for any bounds, at, beside and between them', () => {
    fc.assert(
      fc.property(boundLists, fc.array(finite, { maxLength: 20 }), (bounds, values) => {
        const index = BucketIndex.over(bounds);
        const atBounds = bounds.flatMap(bound => [
          bound,
          neighbourOf(bound, 1),
          neighbourOf(bound, -1),
          -bound,
        ]);
        for (const value of [...values, ...atBounds.filter(Number.isFinite), 0, -0]) {
          assert.equal(index.indexOf(value), linearSearch(bounds, value), `${value} in ${bounds.join()}`);
        }
        for (const value of [NaN, Infinity, -Infinity]) assert.equal(index.indexOf(value), NOT_FINITE);
      }),
      { numRuns: 1_000 },
    );
  });
});
