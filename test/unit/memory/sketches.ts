/** Sketches under test: arenas that have space for them, and what a scrape shows of them. */
import { CellReader } from '../../../src/memory/cell-reader.js';
import type { Arena } from '../../../src/memory/arena.js';
import type { Attachment } from '../../../src/memory/attachment.js';
import type { CellOffset } from '../../../src/memory/layout.js';
import type { MergedBuckets } from '../../../src/memory/sketch-reader.js';
import { SketchReader } from '../../../src/memory/sketch-reader.js';
import type { SketchShape } from '../../../src/memory/sketch-shape.js';
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
  const { sum, windowCount } = reader.summary(SKETCH_CELLS as CellOffset, sketch);
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
