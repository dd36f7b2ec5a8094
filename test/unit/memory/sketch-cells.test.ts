import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { Attachment } from '../../../src/memory/attachment.js';
import type { HistogramCell } from '../../../src/memory/histogram-cell.js';
import {
  BUCKET_ARRAY_BYTES,
  BUCKET_ARRAY_ZERO_LOW_OFFSET,
  HEADER_RETRY_LIMIT_HITS_OFFSET,
  HISTOGRAM_BUCKETS_OFFSET,
  SKETCH_BYTES,
} from '../../../src/memory/layout.js';
import { SHARED_COUNT_MAX, bucketWord } from '../../../src/memory/shared-sketch-words.js';
import { arrayBytesOf, currentArrayIn } from '../../../src/memory/sketch-shape.js';
import type { SketchShape } from '../../../src/memory/sketch-shape.js';
import { SketchModel } from '../../property/sketch-model.js';
import { neighbourOf } from '../../property/arbitraries.js';
import { FixedPlace, attach } from './arenas.js';
import type { ShownHistogram, SketchKind } from './sketches.js';
import {
  SKETCH_CELLS,
  SKETCH_KINDS,
  readHistogram,
  readSummary,
  shapeOf,
  shownBuckets,
  sketchArena,
} from './sketches.js';
import { SketchReader } from '../../../src/memory/sketch-reader.js';

const BAD: readonly unknown[] = [NaN, Infinity, -Infinity, '1', undefined, null, 1n, {}];

interface UnderTest {
  readonly cell: HistogramCell;
  readonly place: FixedPlace;
  readonly attachment: Attachment;
  readonly shown: () => ShownHistogram;
  /** Starts the zero bucket, or the n-th bucket of the current array, at a count. */
  readonly seed: (bucket: 'zero' | number, count: number) => void;
}

function nativeHistogram(test: TestContext, kind: SketchKind, options: Partial<SketchShape> = {}): UnderTest {
  const arena = sketchArena();
  const attachment = attach(test, arena, 1);
  const place = new FixedPlace(attachment.records, SKETCH_CELLS);
  const shape = shapeOf(options);
  const writer = kind.writer(attachment);
  return {
    cell: kind.native(writer, place, shape),
    place,
    attachment,
    shown: () => readHistogram(attachment, shape),
    seed(bucket, count) {
      const sketch = writer.stripeOffset + SKETCH_CELLS + HISTOGRAM_BUCKETS_OFFSET;
      const array = currentArrayIn(arena.words[sketch / 4]!);
      const offset = sketch + SKETCH_BYTES + array * arrayBytesOf(shape);
      const within = bucket === 'zero' ? BUCKET_ARRAY_ZERO_LOW_OFFSET : BUCKET_ARRAY_BYTES + bucket * 8;
      kind.seed(arena, offset + within, count);
    },
  };
}

/** Where the first bucket that is not empty stands in the current array: found by its count. */
function positionOfLast({ cell, shown, seed }: UnderTest, value: number, bucketsMax: number): number {
  cell.observe(value);
  const before = shown().count;
  for (let position = 0; position < bucketsMax; position++) {
    seed(position, 1_000);
    const after = shown().count;
    if (after === before + 999) return position;
    seed(position, 0);
  }
  return assert.fail('no bucket counts');
}

function shownOf(values: readonly number[], shape: SketchShape): Pick<ShownHistogram, 'count'> {
  const model = new SketchModel(shape);
  for (const value of values) model.add(value);
  return { ...model.buckets(), count: values.length };
}

function bucketsOf({ sum: _sum, classic: _classic, ...buckets }: ShownHistogram): object {
  return buckets;
}

for (const [name, kind] of Object.entries(SKETCH_KINDS)) {
  describe(`a native histogram cell, ${name}`, () => {
    /** Observes, and compares with exact buckets. */
    const check = (
      test: TestContext,
      values: readonly number[],
      options: Partial<SketchShape> = {},
    ): void => {
      const { cell, shown, attachment } = nativeHistogram(test, kind, options);
      for (const value of values) cell.observe(value);
      assert.deepEqual(bucketsOf(shown()), shownOf(values, shapeOf(options)));
      assert.equal(attachment.arena.header(HEADER_RETRY_LIMIT_HITS_OFFSET), 0);
    };

    it('counts a power of two into the bucket that it ends, and its upper neighbour into the next one', test => {
      for (const schema of [-4, -1, 0, 1, 3, 8]) {
        const { cell, shown } = nativeHistogram(test, kind, { schema, bucketsMax: 600 });
        for (const value of [neighbourOf(1, -1), 1, neighbourOf(1, 1)]) cell.observe(value);
        assert.deepEqual(shown().positive, [
          [0, 2],
          [1, 1],
        ]);
      }
      check(
        test,
        [-2, 0, 1, 2, 5].flatMap(exponent => [0.999, 1, 1.001].map(near => near * 2 ** exponent)),
      );
    });

    it('counts values up to the zero threshold, and down to its negative, into the zero bucket', test => {
      const { cell, shown } = nativeHistogram(test, kind, { zeroThreshold: 0.5 });
      for (const value of [0, -0, 0.5, -0.5, 5e-324, -5e-324]) cell.observe(value);
      assert.deepEqual(bucketsOf(shown()), {
        schema: 8,
        zeroCount: 6,
        positive: [],
        negative: [],
        count: 6,
      });
      cell.observe(neighbourOf(0.5, 1));
      cell.observe(neighbourOf(-0.5, -1));
      const { zeroCount, positive, negative } = shown();
      assert.deepEqual(
        { zeroCount, positive, negative },
        { zeroCount: 6, positive: [[-255, 1]], negative: [[-255, 1]] },
      );
    });

    it('counts nothing but 0 into the zero bucket when its threshold is 0', test => {
      check(test, [0, -0, 5e-324, 1e-320, 2 ** -1_022, -5e-324], { bucketsMax: 40 });
    });

    it('counts negative values by their absolute values, beside positive ones', test => {
      check(test, [-1, -1, -2, -1.5, 1, 3, -0.25, 0], { bucketsMax: 160 });
      check(test, [-1, -1_000, -1e-3, -7], { bucketsMax: 20 });
      check(test, [-5]);
    });

    it('takes the smallest and the largest numbers', test => {
      check(test, [Number.MAX_VALUE]);
      check(test, [-Number.MAX_VALUE]);
      check(test, [5e-324, Number.MAX_VALUE, -5e-324, -Number.MAX_VALUE, 1, -1], { bucketsMax: 300 });
      check(test, [5e-324, Number.MAX_VALUE, -5e-324, -Number.MAX_VALUE, 1, -1], { bucketsMax: 20 });
    });

    it('sums what it counted', test => {
      const { cell, shown } = nativeHistogram(test, kind);
      for (const value of [0.25, 0.5, -4, 100, 0]) cell.observe(value);
      assert.equal(shown().sum, 96.75);
      assert.equal(shown().count, 5);
    });

    it('refuses what is no finite number, records nothing then, and shows no series', test => {
      const { cell, shown, place } = nativeHistogram(test, kind);
      const refuse = (): void => {
        for (const value of BAD) {
          assert.throws(() => cell.observe(value as number), {
            name: 'TypeError',
            message: /^Value is not a valid number: /,
          });
        }
      };
      refuse();
      assert.equal(place.asked, 0, 'the series was not asked for');
      cell.observe(2);
      const before = shown();
      refuse();
      assert.deepEqual(shown(), before);
    });

    it('refuses infinity and NaN also where the largest double has been counted, beside which their bits lie', test => {
      for (const schema of [8, 3, 0, -4]) {
        for (const bucketsMax of [20, 2_000]) {
          const { cell, shown } = nativeHistogram(test, kind, { schema, bucketsMax });
          // Enough buckets in use that the window has room above the last one.
          for (let value = Number.MAX_VALUE, i = 0; i < 200; i++, value /= 1.005) cell.observe(value);
          const before = shown();
          for (const value of [Infinity, -Infinity, NaN, -NaN]) {
            assert.throws(() => cell.observe(value), TypeError);
          }
          assert.deepEqual(shown(), before);
          cell.observe(Number.MAX_VALUE);
          assert.equal(shown().positive.at(-1)![1], before.positive.at(-1)![1] + 1);
        }
      }
    });

    it('makes its buckets coarser when values span too many of them, one schema after the other', test => {
      const { cell, shown, attachment } = nativeHistogram(test, kind);
      const shape = shapeOf();
      const values: number[] = [];
      const schemas = new Set<number>();
      for (let exponent = 0; exponent <= 1_000; exponent = Math.ceil((exponent + 0.02) * 1.3 * 64) / 64) {
        values.push(2 ** exponent);
        cell.observe(2 ** exponent);
        assert.deepEqual(bucketsOf(shown()), shownOf(values, shape));
        schemas.add(shown().schema);
      }
      assert.ok(schemas.size >= 8, `schemas ${[...schemas].join()}`);
      assert.equal(attachment.arena.header(HEADER_RETRY_LIMIT_HITS_OFFSET), 0);
    });

    it('counts what is below everything that fits at the coarsest schema into the lowest bucket', test => {
      const values = [1, 2 ** 300, 2 ** -300, 2 ** 900, 2 ** -900, -1, -(2 ** 900), -(2 ** -900), 2 ** -901];
      const { cell, shown } = nativeHistogram(test, kind);
      for (const value of values) cell.observe(value);
      assert.deepEqual(bucketsOf(shown()), shownOf(values, shapeOf()));
      const { schema, positive, negative, count } = shown();
      assert.equal(schema, -4);
      assert.equal(count, values.length);
      assert.deepEqual(positive, [
        [48, 5],
        [57, 1],
      ]);
      assert.deepEqual(negative, [
        [48, 2],
        [57, 1],
      ]);
    });

    it('carries its counts at 2^31 and 2^32, and over into another array', test => {
      for (const boundary of [2 ** 31, 2 ** 32, 3 * 2 ** 31, 2 ** 45]) {
        const under = nativeHistogram(test, kind, { zeroThreshold: 0.1 });
        const { cell, shown, seed } = under;
        seed(positionOfLast(under, 1, 20), boundary - 1);
        seed('zero', boundary - 1);
        for (const more of [0, 1, 2]) {
          cell.observe(1);
          cell.observe(0);
          assert.deepEqual([shown().positive, shown().zeroCount], [[[0, boundary + more]], boundary + more]);
        }
        cell.observe(1_000);
        assert.deepEqual([shown().zeroCount, shown().count], [boundary + 2, 2 * boundary + 5]);
        assert.equal(shown().positive[0]![1], boundary + 2);
      }
    });

    it('asks its place once, and follows it after a removal', test => {
      const { cell, place, attachment, shown } = nativeHistogram(test, kind);
      cell.observe(1);
      cell.observe(1);
      assert.equal(place.asked, 1);
      place.cellOffset = SKETCH_CELLS + 4_096;
      attachment.records.advanceEpoch();
      cell.observe(1);
      assert.equal(place.asked, 2);
      assert.equal(shown().count, 2);
      place.isThere = false;
      attachment.records.advanceEpoch();
      cell.observe(1);
      place.isThere = true;
      place.cellOffset = SKETCH_CELLS;
      cell.observe(4);
      assert.deepEqual([shown().count, shown().sum], [3, 6]);
    });

    it('goes on where another handle of the series has made it coarser', test => {
      const { cell, place, attachment, shown } = nativeHistogram(test, kind);
      const other = kind.native(kind.writer(attachment), place, shapeOf());
      const values = [1, 1.1, 1_000, 1, -3, 0, 2 ** 500, 1];
      values.forEach((value, i) => (i % 2 === 0 ? cell : other).observe(value));
      assert.deepEqual(bucketsOf(shown()), shownOf(values, shapeOf()));
    });
  });

  describe(`a histogram cell with classic and native buckets, ${name}`, () => {
    const BOUNDS = [-1, 0, 1, 10];
    const dual = (
      test: TestContext,
    ): { cell: HistogramCell; shown: () => ShownHistogram; place: FixedPlace } => {
      const attachment = attach(test, sketchArena(), 1);
      const place = new FixedPlace(attachment.records, SKETCH_CELLS);
      const cell = kind.dual(kind.writer(attachment), place, { bounds: BOUNDS, shape: shapeOf() });
      return { cell, place, shown: () => readHistogram(attachment, shapeOf(), BOUNDS.length + 1) };
    };

    it('counts every value into one bucket of each', test => {
      const { cell, shown } = dual(test);
      const values = [-5, -1, -0.5, 0, 0.5, 1, 10, 10.5, 1e9];
      for (const value of values) cell.observe(value);
      assert.deepEqual(shown().classic, [2, 2, 2, 1, 2]);
      assert.deepEqual(bucketsOf(shown()), shownOf(values, shapeOf()));
      assert.equal(
        shown().sum,
        values.reduce((sum, value) => sum + value, 0),
      );
    });

    it('refuses what is no finite number, and records nothing then', test => {
      const { cell, shown, place } = dual(test);
      for (const value of BAD) assert.throws(() => cell.observe(value as number), TypeError);
      assert.equal(place.asked, 0);
      cell.observe(Number.MAX_VALUE);
      for (const value of BAD) assert.throws(() => cell.observe(value as number), TypeError);
      assert.deepEqual([shown().classic, shown().count], [[0, 0, 0, 0, 1], 1]);
    });
  });

  describe(`a summary cell, ${name}`, () => {
    it('counts, sums, and has the buckets of all values', test => {
      const attachment = attach(test, sketchArena(), 1);
      const place = new FixedPlace(attachment.records, SKETCH_CELLS);
      const shape = shapeOf({ bucketsMax: 160 });
      const cell = kind.summary(kind.writer(attachment), place, shape);
      const values = [1, 2, 2, -7, 0, 1e6];
      for (const value of values) cell.observe(value);
      const { sum, ...shown } = readSummary(attachment, shape);
      assert.equal(sum, 999_998);
      assert.deepEqual(shown, shownOf(values, shape));
      assert.equal(place.asked, 1);
    });

    it('refuses what is no finite number, records nothing then, and shows no series', test => {
      for (const window of [{}, { intervals: 2, intervalTicks: 100 }]) {
        const attachment = attach(test, sketchArena(), 1);
        const place = new FixedPlace(attachment.records, SKETCH_CELLS);
        const shape = shapeOf(window);
        const cell = kind.summary(kind.writer(attachment), place, shape);
        for (const value of BAD) assert.throws(() => cell.observe(value as number), TypeError);
        assert.equal(place.asked, 0);
        cell.observe(Number.MAX_VALUE);
        for (const value of BAD) assert.throws(() => cell.observe(value as number), TypeError);
        const { count, sum } = readSummary(attachment, shape);
        assert.deepEqual([count, sum], [1, Number.MAX_VALUE]);
      }
    });
  });
}

describe('a native histogram cell, atomic, at its limits', () => {
  const hitsOf = ({ attachment }: UnderTest): number =>
    attachment.arena.header(HEADER_RETRY_LIMIT_HITS_OFFSET);

  it('stays at the largest count of a bucket, and counts that it did', test => {
    const under = nativeHistogram(test, SKETCH_KINDS.atomic);
    const { cell, seed, shown } = under;
    const position = positionOfLast(under, 1, 20);
    seed(position, SHARED_COUNT_MAX - 1);
    cell.observe(1);
    assert.deepEqual([shown().count, hitsOf(under)], [SHARED_COUNT_MAX, 0]);
    cell.observe(1);
    assert.deepEqual([shown().count, hitsOf(under)], [SHARED_COUNT_MAX, 1]);
    cell.observe(1_000);
    assert.equal(shown().count, SHARED_COUNT_MAX + 1);
  });

  it('gives up a value after a bounded number of rounds when the memory makes no sense, and counts that it did', test => {
    const under = nativeHistogram(test, SKETCH_KINDS.atomic);
    const { cell, attachment } = under;
    cell.observe(1);
    const { arena } = attachment;
    const sketch = arena.stripeOffset(0) + SKETCH_CELLS + HISTOGRAM_BUCKETS_OFFSET;
    const array = currentArrayIn(arena.words[sketch / 4]!);
    const buckets = sketch + SKETCH_BYTES + array * arrayBytesOf(shapeOf()) + BUCKET_ARRAY_BYTES;
    for (let i = 0; i < 20; i++) arena.quads[buckets / 8 + i] = bucketWord(1, 0xfff0);
    cell.observe(1);
    assert.equal(hitsOf(under), 1);
    cell.observe(1e300);
    assert.equal(hitsOf(under), 2);
  });
});

describe('sketches of several threads', () => {
  it('are merged at the coarsest of their schemas, whichever stripe has it', test => {
    for (const order of [[1_000, 1] as const, [1, 1_000] as const]) {
      const arena = sketchArena();
      const [a, b] = [attach(test, arena, 1), attach(test, arena, 2)];
      const shape = shapeOf();
      const { striped, atomic } = SKETCH_KINDS;
      const of = (thread: Attachment, kind: SketchKind): HistogramCell =>
        kind.native(kind.writer(thread), new FixedPlace(thread.records, SKETCH_CELLS), shape);
      const cells = [of(a, striped), of(b, striped), of(a, atomic), of(b, atomic)];
      const values = order.flatMap(scale => [1, 1.01, 1.7].map(value => value * scale));
      values.forEach((value, i) => cells[i % 4]!.observe(value));
      assert.deepEqual(bucketsOf(readHistogram(a, shape)), shownOf(values, shape));
    }
  });

  it('read nothing of a sketch into which nobody has recorded', test => {
    const attachment = attach(test, sketchArena(), 1);
    SKETCH_KINDS.atomic.writer(attachment);
    const shape = shapeOf();
    assert.deepEqual(bucketsOf(readHistogram(attachment, shape)), shownOf([], shape));
    const reader = new SketchReader(attachment.arena, shape);
    reader.start();
    assert.deepEqual(shownBuckets(reader.merge()).positive, []);
  });
});
