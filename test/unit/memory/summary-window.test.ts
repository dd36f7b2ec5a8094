import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { Attachment } from '../../../src/memory/attachment.js';
import { advanceTicks, intervalAt, monotonicTicks, ticksOf } from '../../../src/memory/coarse-clock.js';
import type { Arena } from '../../../src/memory/arena.js';
import {
  HEADER_CREATED_TICKS_OFFSET,
  HEADER_RETRY_LIMIT_HITS_OFFSET,
  TICKS_PER_SECOND,
} from '../../../src/memory/layout.js';
import type { SummaryCell } from '../../../src/memory/summary-cell.js';
import { quantileOf } from '../../../src/registry/quantile.js';
import { FixedPlace, attach } from './arenas.js';
import type { ShownSummary, SketchKind } from './sketches.js';
import { SKETCH_CELLS, SKETCH_KINDS, readSummary, shapeOf, sketchArena } from './sketches.js';
import { MergedBuckets } from '../../../src/memory/sketch-reader.js';

/** A window of 10 s that moves on by 2 s. */
const SHAPE = shapeOf({ bucketsMax: 60, schema: 3, intervals: 5, intervalTicks: 2 * TICKS_PER_SECOND });
const INTERVAL_SECONDS = 2;
const WINDOW_SECONDS = 10;
/** Tests run within this; the arena's real clock stays behind the one that they set. */
const START_SECONDS = 1_000;

/** Sets the arena's clock, as the heartbeat of some thread does. */
class FakeClock {
  private seconds = START_SECONDS;

  constructor(private readonly arena: Arena) {
    this.pass(0);
  }

  pass(seconds: number): void {
    this.seconds += seconds;
    const created = this.arena.doubles[HEADER_CREATED_TICKS_OFFSET / 8]!;
    advanceTicks(this.arena, created + Math.floor(this.seconds * TICKS_PER_SECOND));
  }
}

interface WindowUnderTest {
  readonly arena: Arena;
  readonly clock: FakeClock;
  /** A thread's handle of the series. */
  readonly thread: (kind: SketchKind) => SummaryCell;
  readonly attachThread: () => Attachment;
  readonly shown: () => ShownSummary;
  /** Indexes of the values in the window. */
  readonly values: () => readonly number[];
}

/** Values are powers of two, so that each has a bucket of its own whose index says which one it is. */
const power = (exponent: number): number => 2 ** exponent;

function windowUnderTest(test: TestContext): WindowUnderTest {
  const arena = sketchArena();
  let threads = 0;
  const attachThread = (): Attachment => attach(test, arena, ++threads);
  const reader = attachThread();
  const shown = (): ShownSummary => readSummary(reader, SHAPE);
  return {
    arena,
    clock: new FakeClock(arena),
    attachThread,
    thread(kind) {
      const attachment = attachThread();
      return kind.summary(kind.writer(attachment), new FixedPlace(attachment.records, SKETCH_CELLS), SHAPE);
    },
    shown,
    values() {
      const { positive, schema } = shown();
      return positive.flatMap(([index, count]) => Array.from({ length: count }, () => index / 2 ** schema));
    },
  };
}

for (const [name, kind] of Object.entries(SKETCH_KINDS)) {
  describe(`a sliding window, ${name}`, () => {
    it('has a value from its recording until the window has passed, give or take one interval', test => {
      const { clock, thread, values } = windowUnderTest(test);
      const cell = thread(kind);
      for (const within of [0, 0.5, 1.9]) {
        clock.pass(within);
        cell.observe(power(3));
        clock.pass(WINDOW_SECONDS - INTERVAL_SECONDS);
        assert.deepEqual(values(), [3], 'after all intervals but one it is still there');
        clock.pass(INTERVAL_SECONDS);
        assert.deepEqual(values(), [], 'after the window it is gone');
      }
    });

    it('lets go of one interval after the other', test => {
      const { clock, thread, values } = windowUnderTest(test);
      const cell = thread(kind);
      for (let i = 0; i < 12; i++) {
        cell.observe(power(i % 7));
        const last5 = Array.from({ length: Math.min(5, i + 1) }, (_, back) => (i - back) % 7);
        assert.deepEqual(
          values(),
          last5.sort((a, b) => a - b),
        );
        clock.pass(INTERVAL_SECONDS);
      }
    });

    it('keeps count and sum of everything', test => {
      const { clock, thread, shown } = windowUnderTest(test);
      const cell = thread(kind);
      for (let i = 0; i < 30; i++) {
        cell.observe(2);
        clock.pass(1);
      }
      assert.deepEqual([shown().count, shown().sum], [30, 60]);
      clock.pass(WINDOW_SECONDS);
      assert.deepEqual([shown().count, shown().sum, shown().positive], [30, 60, []]);
    });

    it('has nothing of a thread that has been idle for longer, and all that it records afterwards', test => {
      const { clock, thread, values } = windowUnderTest(test);
      const [idle, busy] = [thread(kind), thread(SKETCH_KINDS.atomic)];
      idle.observe(power(1));
      for (let i = 0; i < 10; i++) {
        clock.pass(INTERVAL_SECONDS);
        busy.observe(power(2));
      }
      assert.deepEqual(values(), [2, 2, 2, 2, 2]);
      idle.observe(power(3));
      assert.deepEqual(values(), [2, 2, 2, 2, 2, 3]);
      clock.pass(1_000_000);
      assert.deepEqual(values(), []);
      idle.observe(power(4));
      assert.deepEqual(values(), [4]);
    });

    it('is read by the time that it is, whatever the writer has seen of it', test => {
      const { clock, thread, values } = windowUnderTest(test);
      const cell = thread(kind);
      cell.observe(power(1));
      clock.pass(6);
      cell.observe(power(2));
      clock.pass(6);
      assert.deepEqual(values(), [2], 'the writer has not recorded since');
    });

    it('keeps what a killed thread has recorded for as long, and its successor goes on', test => {
      const { arena, clock, thread, values, shown } = windowUnderTest(test);
      const dead = thread(kind);
      dead.observe(power(1));
      clock.pass(INTERVAL_SECONDS);
      dead.observe(power(2));
      // The successor has the same stripe, and an object of its own.
      const cell = kind.summary(
        {
          words: arena.words,
          quads: arena.quads,
          doubles: arena.doubles,
          stripeOffset: arena.stripeOffset(kind === SKETCH_KINDS.atomic ? 0 : 2),
          mark: 99,
        },
        { cellOffset: SKETCH_CELLS, epoch: 0, locate: () => true, isLive: () => true } as never,
        SHAPE,
      );
      assert.deepEqual(values(), [1, 2]);
      clock.pass(INTERVAL_SECONDS);
      cell.observe(power(3));
      assert.deepEqual(values(), [1, 2, 3]);
      clock.pass(WINDOW_SECONDS - 2 * INTERVAL_SECONDS);
      assert.deepEqual(values(), [2, 3]);
      assert.equal(shown().count, 3);
    });

    it('goes over to coarser buckets in one interval, and starts the next one with fine ones', test => {
      const { clock, thread, shown, arena } = windowUnderTest(test);
      const cell = thread(kind);
      for (const value of [1, 1e-30, 1e30, -1e30, 0]) cell.observe(value);
      assert.ok(shown().schema < 0);
      assert.equal(shown().zeroCount, 1);
      clock.pass(WINDOW_SECONDS);
      for (const value of [1, 1.1, 1.2]) cell.observe(value);
      assert.deepEqual(shown().schema, 3);
      assert.equal(shown().zeroCount, 0);
      assert.equal(arena.header(HEADER_RETRY_LIMIT_HITS_OFFSET), 0);
    });

    it('shows no quantile when it is empty', test => {
      const { clock, thread, shown } = windowUnderTest(test);
      thread(kind).observe(1);
      clock.pass(2 * WINDOW_SECONDS);
      assert.deepEqual(shown().positive, []);
      assert.equal(quantileOf(new MergedBuckets(), 0.5), NaN);
    });

    it('can have 15 intervals, and one', test => {
      for (const intervals of [1, 15]) {
        const arena = sketchArena();
        const attachment = attach(test, arena, 1);
        const clock = new FakeClock(arena);
        const shape = { ...SHAPE, intervals, intervalTicks: TICKS_PER_SECOND };
        const place = new FixedPlace(attachment.records, SKETCH_CELLS);
        const cell = kind.summary(kind.writer(attachment), place, shape);
        for (let i = 0; i < 40; i++) {
          for (const value of [1, 300, 1e-9]) cell.observe(value);
          const counted = readSummary(attachment, shape).positive.reduce((sum, [, count]) => sum + count, 0);
          assert.equal(counted, 3 * Math.min(intervals, i + 1));
          clock.pass(1);
        }
      }
    });
  });
}

describe('threads with and without a stripe', () => {
  it('share one sliding window', test => {
    const { clock, thread, values } = windowUnderTest(test);
    const { striped, atomic } = SKETCH_KINDS;
    const cells = [thread(striped), thread(atomic), thread(striped), thread(atomic)];
    cells.forEach((cell, i) => {
      cell.observe(power(i));
      cell.observe(power(i + 4));
      clock.pass(INTERVAL_SECONDS);
    });
    assert.deepEqual(values(), [0, 1, 2, 3, 4, 5, 6, 7]);
    clock.pass(INTERVAL_SECONDS);
    assert.deepEqual(values(), [1, 2, 3, 5, 6, 7]);
    clock.pass(2 * INTERVAL_SECONDS);
    assert.deepEqual(values(), [3, 7]);
  });
});

describe('the coarse clock', () => {
  it('never goes back, and starts when the arena was created', test => {
    const { arena } = windowUnderTest(test);
    assert.equal(ticksOf(arena), START_SECONDS * TICKS_PER_SECOND);
    advanceTicks(arena, 0);
    advanceTicks(arena);
    assert.equal(ticksOf(arena), START_SECONDS * TICKS_PER_SECOND);
    const fresh = sketchArena();
    assert.equal(ticksOf(fresh), 0);
    advanceTicks(fresh, monotonicTicks() - 1_000_000);
    assert.equal(ticksOf(fresh), 0);
  });

  it('counts intervals from 1, each from its first tick to the one before the next', () => {
    assert.deepEqual(
      [0, 1, 19, 20, 39, 40].map(ticks => intervalAt(ticks, 20)),
      [1, 1, 1, 2, 2, 3],
    );
    assert.equal(intervalAt(12_345, 1), 12_346);
  });
});
