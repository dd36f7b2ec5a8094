import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { Attachment } from '../../../src/memory/attachment.js';
import { BucketIndex } from '../../../src/memory/bucket-index.js';
import { ownStripeWriter, sharedStripeWriter } from '../../../src/memory/cell-place.js';
import { CellReader } from '../../../src/memory/cell-reader.js';
import type { HistogramCell } from '../../../src/memory/histogram-cell.js';
import { AtomicHistogramCell, StripedHistogramCell } from '../../../src/memory/histogram-cell.js';
import type { CellOffset } from '../../../src/memory/layout.js';
import { FixedPlace, attach, newArena } from './arenas.js';

const CELLS = 64;
const BOUNDS = [-1, 0, 0.5, 1, 10];

interface HistogramUnderTest {
  readonly cell: HistogramCell;
  readonly place: FixedPlace;
  readonly attachment: Attachment;
  /** Starts the first bucket at a count, as its writer would have left it. */
  readonly startFirst: (count: number) => void;
  /** Non-cumulative buckets, then the sum. */
  readonly values: () => number[];
}

function read(attachment: Attachment, bounds: readonly number[]): number[] {
  const reader = new CellReader(attachment);
  reader.refresh();
  const out = new Float64Array(bounds.length + 2);
  reader.histogram(CELLS as CellOffset, bounds.length + 1, out, 0);
  return [...out];
}

function stripedHistogram(test: TestContext, bounds: readonly number[] = BOUNDS): HistogramUnderTest {
  const arena = newArena();
  const attachment = attach(test, arena, 1);
  const place = new FixedPlace(attachment.records, CELLS);
  const first = (arena.stripeOffset(1) + CELLS + 8) / 4;
  return {
    cell: new StripedHistogramCell(ownStripeWriter(attachment)!, place, BucketIndex.over(bounds)),
    place,
    attachment,
    startFirst(count) {
      arena.words[first] = count % 2 ** 32;
      arena.words[first + 1] = Math.floor(count / 2 ** 31);
    },
    values: () => read(attachment, bounds),
  };
}

function atomicHistogram(test: TestContext, bounds: readonly number[] = BOUNDS): HistogramUnderTest {
  const arena = newArena();
  const attachment = attach(test, arena, 1);
  const place = new FixedPlace(attachment.records, CELLS);
  return {
    cell: new AtomicHistogramCell(sharedStripeWriter(attachment), place, BucketIndex.over(bounds)),
    place,
    attachment,
    startFirst: count => void (arena.quads[(arena.stripeOffset(0) + CELLS + 8) / 8] = BigInt(count)),
    values: () => read(attachment, bounds),
  };
}

const KINDS = { striped: stripedHistogram, atomic: atomicHistogram } as const;

for (const [kind, newHistogram] of Object.entries(KINDS)) {
  describe(`a histogram cell, ${kind}`, () => {
    it('counts a value at a bound into that bound’s bucket, above the last into the overflow bucket', test => {
      const { cell, values } = newHistogram(test);
      for (const value of [-5, -1, -0.5, 0, -0, 0.5, 0.75, 1, 10, 10.5, 1e9]) cell.observe(value);
      assert.deepEqual(values().slice(0, -1), [2, 3, 1, 2, 1, 2]);
    });

    it('sums what it counted', test => {
      const { cell, values } = newHistogram(test);
      for (const value of [0.25, 0.5, -4, 100]) cell.observe(value);
      assert.equal(values().at(-1), 96.75);
    });

    it('takes the smallest and the largest numbers', test => {
      const { cell, values } = newHistogram(test);
      cell.observe(5e-324);
      cell.observe(-Number.MAX_VALUE);
      assert.deepEqual(values(), [1, 0, 1, 0, 0, 0, -Number.MAX_VALUE]);
      cell.observe(Number.MAX_VALUE);
      assert.deepEqual(values(), [1, 0, 1, 0, 0, 1, 0]);
    });

    it('refuses what is no finite number, and records nothing then', test => {
      const { cell, values } = newHistogram(test);
      const BAD: readonly [unknown, string][] = [
        ['asd', 'asd (a string)'],
        ['1', '1 (a string)'],
        [NaN, 'NaN'],
        [Infinity, 'Infinity'],
        [-Infinity, '-Infinity'],
        [undefined, 'undefined'],
        [null, 'null'],
        [1n, '1n'],
        [{}, '{}'],
      ];
      for (const [value, text] of BAD) {
        const message = `Value is not a valid number: ${text}`;
        assert.throws(() => cell.observe(value as number), { name: 'TypeError', message });
      }
      assert.deepEqual(values(), [0, 0, 0, 0, 0, 0, 0]);
      cell.observe(0);
      for (const [value] of BAD) assert.throws(() => cell.observe(value as number), TypeError);
      assert.deepEqual(values(), [0, 1, 0, 0, 0, 0, 0], 'also once it has its place');
    });

    it('tells bounds apart that are close together', test => {
      const { cell, values } = newHistogram(test, [1, 1.25, 1.5, 1 + 2 ** -40 + 0.5]);
      for (const value of [0.5, 1, 1.125, 1.25, 1.375, 1.5, 1 + 2 ** -41 + 0.5, 1.75, 3]) cell.observe(value);
      assert.deepEqual(values().slice(0, -1), [2, 2, 2, 1, 2]);
    });

    it('carries its bucket counts at 2^31 and 2^32', test => {
      for (const boundary of [2 ** 31, 2 ** 32, 3 * 2 ** 31]) {
        const { cell, startFirst, values } = newHistogram(test);
        // Once before: the first one finds its place.
        cell.observe(100);
        startFirst(boundary - 1);
        const counts = Array.from({ length: 3 }, () => {
          cell.observe(-2);
          return values()[0];
        });
        assert.deepEqual(counts, [boundary, boundary + 1, boundary + 2]);
      }
    });

    it('asks its place once, and follows it after a removal', test => {
      const { cell, place, attachment, values } = newHistogram(test);
      cell.observe(1);
      cell.observe(1);
      assert.equal(place.asked, 1);
      place.cellOffset = CELLS + 128;
      attachment.records.advanceEpoch();
      cell.observe(1);
      assert.equal(place.asked, 2);
      assert.deepEqual(values(), [0, 0, 0, 2, 0, 0, 2]);
      place.isThere = false;
      attachment.records.advanceEpoch();
      cell.observe(1);
      place.isThere = true;
      place.cellOffset = CELLS;
      cell.observe(1);
      assert.deepEqual(values(), [0, 0, 0, 3, 0, 0, 3]);
    });
  });
}
