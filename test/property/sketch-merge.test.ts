import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import type { Attachment } from '../../src/memory/attachment.js';
import { advanceTicks, intervalAt } from '../../src/memory/coarse-clock.js';
import type { HistogramCell } from '../../src/memory/histogram-cell.js';
import { HEADER_CREATED_TICKS_OFFSET, HEADER_RETRY_LIMIT_HITS_OFFSET } from '../../src/memory/layout.js';
import type { SketchShape } from '../../src/memory/sketch-shape.js';
import type { SummaryCell } from '../../src/memory/summary-cell.js';
import { FixedPlace, attach } from '../unit/memory/arenas.js';
import {
  SKETCH_CELLS,
  SKETCH_KINDS,
  clearCells,
  readHistogram,
  readSummary,
  shapeOf,
  sketchArena,
} from '../unit/memory/sketches.js';
import { anyDouble, neighbourOf } from './arbitraries.js';
import { SketchModel } from './sketch-model.js';

const WRITERS = 8;

/** Writers 0..3 have stripes of their own, 4..7 are four threads at the shared one. */
function histogramsOf(threads: readonly Attachment[], shape: SketchShape): HistogramCell[] {
  return threads.map((thread, i) => {
    const kind = i < WRITERS / 2 ? SKETCH_KINDS.striped : SKETCH_KINDS.atomic;
    return kind.native(kind.writer(thread), new FixedPlace(thread.records, SKETCH_CELLS), shape);
  });
}

function summariesOf(threads: readonly Attachment[], shape: SketchShape): SummaryCell[] {
  return threads.map((thread, i) => {
    const kind = i < WRITERS / 2 ? SKETCH_KINDS.striped : SKETCH_KINDS.atomic;
    return kind.summary(kind.writer(thread), new FixedPlace(thread.records, SKETCH_CELLS), shape);
  });
}

function threadsOf(test: TestContext): Attachment[] {
  const arena = sketchArena();
  return Array.from({ length: WRITERS }, (_, i) => attach(test, arena, i + 1));
}

const finite = anyDouble().filter(Number.isFinite);
/** A few powers of two around one, with their neighbours: the usual case, where a schema is fine. */
const near = fc
  .tuple(
    fc.integer({ min: -6, max: 6 }),
    fc.double({ min: 1, max: 2, noNaN: true }),
    fc.constantFrom(-1, 0, 1),
  )
  .map(([exponent, mantissa, side]) => {
    const value = 2 ** exponent * mantissa;
    return side === 0 ? value : neighbourOf(value, side > 0 ? 1 : -1);
  });
const value = fc.oneof(
  { weight: 4, arbitrary: near },
  { weight: 1, arbitrary: near.map(one => -one) },
  { weight: 1, arbitrary: finite },
  { weight: 1, arbitrary: fc.integer({ min: -1_074, max: 1_023 }).map(exponent => 2 ** exponent) },
);
const shape = fc
  .record({
    bucketsMax: fc.oneof(fc.integer({ min: 2, max: 24 }), fc.constantFrom(160, 300)),
    schema: fc.integer({ min: -4, max: 8 }),
    zeroThreshold: fc.constantFrom(0, 2 ** -128, 0.25),
  })
  .map(shapeOf);

describe('merged sketches', () => {
  it('are what one thread would have counted, however values are spread over stripes and threads', test => {
    const threads = threadsOf(test);
    const { arena } = threads[0]!;
    const observations = fc.array(fc.tuple(fc.integer({ min: 0, max: WRITERS - 1 }), value), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(shape, observations, (of, list) => {
        clearCells(arena);
        const cells = histogramsOf(threads, of);
        const model = new SketchModel(of);
        for (const [writer, observed] of list) {
          cells[writer]!.observe(observed);
          model.add(observed);
        }
        const { count, sum: _sum, classic: _classic, ...shown } = readHistogram(threads[0]!, of);
        assert.equal(count, list.length);
        assert.deepEqual(shown, model.buckets());
      }),
      { numRuns: 3000 },
    );
    assert.equal(arena.header(HEADER_RETRY_LIMIT_HITS_OFFSET), 0);
  });

  it('of a sliding window are those of the values in it, whoever recorded them when', test => {
    const threads = threadsOf(test);
    const { arena } = threads[0]!;
    let tick = 10_000;
    const pass = (ticks: number): void => {
      tick += ticks;
      advanceTicks(arena, arena.doubles[HEADER_CREATED_TICKS_OFFSET / 8]! + tick);
    };
    pass(0);
    const observation = fc.tuple(fc.integer({ min: 0, max: WRITERS - 1 }), value);
    const steps = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: observation },
        { weight: 1, arbitrary: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(100)) },
      ),
      { maxLength: 60 },
    );
    const intervals = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(
        shape,
        intervals,
        fc.integer({ min: 1, max: 4 }),
        steps,
        (of, count, intervalTicks, list) => {
          clearCells(arena);
          const sliding = { ...of, intervals: count, intervalTicks };
          const cells = summariesOf(threads, sliding);
          const recorded: { readonly value: number; readonly interval: number }[] = [];
          for (const step of list) {
            if (typeof step === 'number') pass(step);
            else {
              cells[step[0]]!.observe(step[1]);
              recorded.push({ value: step[1], interval: intervalAt(tick, intervalTicks) });
            }
          }
          const model = new SketchModel(sliding);
          const now = intervalAt(tick, intervalTicks);
          for (const one of recorded) if (one.interval > now - count) model.add(one.value);
          const { sum: _sum, count: total, ...shown } = readSummary(threads[0]!, sliding);
          assert.deepEqual(shown, model.buckets());
          assert.equal(total, recorded.length);
        },
      ),
      { numRuns: 1_500 },
    );
    assert.equal(arena.header(HEADER_RETRY_LIMIT_HITS_OFFSET), 0);
  });
});
