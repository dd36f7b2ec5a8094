/** Sketches under test: arenas that have space for them, and what a scrape shows of them. */
import {
  AtomicDualHistogramCell,
  AtomicNativeHistogramCell,
} from '../../../src/memory/atomic-native-histogram-cell.js';
import { AtomicSummaryCell } from '../../../src/memory/atomic-summary-cell.js';
import { BucketIndex } from '../../../src/memory/bucket-index.js';
import type { CellPlace, CellWriter } from '../../../src/memory/cell-place.js';
import { ownStripeWriter, sharedStripeWriter } from '../../../src/memory/cell-place.js';
import { CellReader } from '../../../src/memory/cell-reader.js';
import type { Arena } from '../../../src/memory/arena.js';
import type { Attachment } from '../../../src/memory/attachment.js';
import { storeInteger } from '../../../src/memory/counter-cell.js';
import type { HistogramCell } from '../../../src/memory/histogram-cell.js';
import type { CellOffset } from '../../../src/memory/layout.js';
import {
  StripedDualHistogramCell,
  StripedNativeHistogramCell,
} from '../../../src/memory/native-histogram-cell.js';
import { bucketWord, tagIn } from '../../../src/memory/shared-sketch-words.js';
import type { MergedBuckets } from '../../../src/memory/sketch-reader.js';
import { SketchReader } from '../../../src/memory/sketch-reader.js';
import type { SketchShape } from '../../../src/memory/sketch-shape.js';
import type { SummaryCell } from '../../../src/memory/summary-cell.js';
import { StripedSummaryCell, StripedWindowSummaryCell } from '../../../src/memory/summary-cell.js';
import { newArena } from './arenas.js';

export const SKETCH_CELLS = 64;
const STRIPE_BYTES = 65_536;

/** Non-empty buckets by increasing index, as [index, count]. */
export interface ShownBuckets {
  readonly schema: number;
  readonly zeroCount: number;
  readonly positive: readonly (readonly [number, number])[];
  readonly negative: readonly (readonly [number, number])[];
}

export interface ShownHistogram extends ShownBuckets {
  readonly count: number;
  readonly sum: number;
  /** Non-cumulative. */
  readonly classic: readonly number[];
}

export interface ShownSummary extends ShownBuckets {
  readonly sum: number;
  readonly count: number;
}

export function shapeOf(options: Partial<SketchShape> = {}): SketchShape {
  return { bucketsMax: 20, schema: 8, zeroThreshold: 0, intervals: 0, intervalTicks: 0, ...options };
}

export function sketchArena(): Arena {
  return newArena({ stripeCount: 8, stripeBytes: STRIPE_BYTES, leaseCount: 16 });
}

export function shownBuckets(merged: MergedBuckets): ShownBuckets {
  const { schema, zeroCount, positiveLow, positiveCount, negativeLow, negativeCount, counts } = merged;
  const used = (low: number, from: number, length: number): [number, number][] =>
    [...counts.subarray(from, from + length)]
      .map((count, i): [number, number] => [low + i, count])
      .filter(([, count]) => count !== 0);
  return {
    schema,
    zeroCount,
    positive: used(positiveLow, 0, positiveCount),
    negative: used(negativeLow, positiveCount, negativeCount),
  };
}

/** What a scrape by this thread shows of a histogram with native buckets. */
export function readHistogram(attachment: Attachment, shape: SketchShape, classicCount = 0): ShownHistogram {
  const reader = new CellReader(attachment);
  reader.refresh();
  const sketch = new SketchReader(attachment.arena, shape);
  const out = new Float64Array(classicCount + 1);
  reader.nativeHistogram(SKETCH_CELLS as CellOffset, classicCount, sketch, out, 0);
  const merged = sketch.merge();
  return {
    ...shownBuckets(merged),
    count: merged.count,
    sum: out[classicCount]!,
    classic: [...out.subarray(0, classicCount)],
  };
}

/** What a scrape by this thread shows of a summary. */
export function readSummary(attachment: Attachment, shape: SketchShape): ShownSummary {
  const reader = new CellReader(attachment);
  reader.refresh();
  const sketch = new SketchReader(attachment.arena, shape);
  const out = new Float64Array(2);
  reader.summary(SKETCH_CELLS, sketch, out, 0);
  const [sum, windowCount] = out as unknown as [number, number];
  const merged = sketch.merge();
  return { ...shownBuckets(merged), sum, count: shape.intervals === 0 ? merged.count : windowCount };
}

/** Makes the cells of every stripe those of a new series. */
export function clearCells(arena: Arena): void {
  for (let stripe = 0; stripe <= arena.sizes.stripeCount; stripe++) {
    const offset = arena.stripeOffset(stripe);
    arena.bytes.fill(0, offset, offset + arena.sizes.stripeBytes);
  }
}

/** Which cells a contract is checked for, and where a thread that has them keeps its series. */
export interface SketchKind {
  readonly writer: (attachment: Attachment) => CellWriter;
  readonly native: (writer: CellWriter, place: CellPlace, shape: SketchShape) => HistogramCell;
  readonly dual: (writer: CellWriter, place: CellPlace, of: DualShape) => HistogramCell;
  readonly summary: (writer: CellWriter, place: CellPlace, shape: SketchShape) => SummaryCell;
  /** Makes the count of a bucket word what it would be after so many values. */
  readonly seed: (arena: Arena, byteOffset: number, count: number) => void;
}

export interface DualShape {
  readonly bounds: readonly number[];
  readonly shape: SketchShape;
}

export const SKETCH_KINDS: Readonly<Record<'striped' | 'atomic', SketchKind>> = {
  striped: {
    writer: attachment => ownStripeWriter(attachment)!,
    native: (writer, place, shape) => new StripedNativeHistogramCell(writer, place, shape),
    dual: (writer, place, { bounds, shape }) =>
      new StripedDualHistogramCell(writer, place, BucketIndex.over(bounds), shape),
    summary: (writer, place, shape) =>
      new (shape.intervals === 0 ? StripedSummaryCell : StripedWindowSummaryCell)(writer, place, shape),
    seed: ({ words }, byteOffset, count) => storeInteger(words, byteOffset / 4, count),
  },
  atomic: {
    writer: sharedStripeWriter,
    native: (writer, place, shape) => new AtomicNativeHistogramCell(writer, place, shape),
    dual: (writer, place, { bounds, shape }) =>
      new AtomicDualHistogramCell(writer, place, BucketIndex.over(bounds), shape),
    summary: (writer, place, shape) => new AtomicSummaryCell(writer, place, shape),
    seed({ quads }, byteOffset, count) {
      quads[byteOffset / 8] = bucketWord(count, tagIn(quads[byteOffset / 8]!));
    },
  },
};
