import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TriggeredWindow } from '../../../../workers/pipeline/event-window.js';
import { SlidingWindows } from '../../../../workers/pipeline/sliding-window.js';
import { TumblingWindows } from '../../../../workers/pipeline/tumbling-window.js';
import { Watermark } from '../../../../workers/pipeline/watermark.js';
import { eventTimes, makeEvent } from '../events.js';

const LATENESS = { outOfOrderMs: 2_000, allowedLatenessMs: 3_000 };
const { allowedLatenessMs } = LATENESS;

interface Run {
  readonly onTimeMs: number[];
  readonly triggered: TriggeredWindow[];
  readonly createdCount: number;
}

/** As a partition does it: late events are dropped, the others added, then windows close up to the watermark. */
function run(windows: SlidingWindows, timesMs: readonly number[]): Run {
  const watermark = new Watermark(LATENESS);
  const onTimeMs: number[] = [];
  const triggered: TriggeredWindow[] = [];
  let createdCount = 0;
  for (const timeMs of timesMs) {
    if (watermark.observe(timeMs) === 'late') continue;
    createdCount += windows.add(makeEvent({ timeMs })).created;
    onTimeMs.push(timeMs);
    const isDue = windows.dueMs <= watermark.timeMs;
    const closed = windows.advance(watermark.timeMs);
    assert.equal(closed.length > 0, isDue);
    triggered.push(...closed);
  }
  triggered.push(...windows.advance(Infinity));
  return { onTimeMs, triggered, createdCount };
}

function assertHoldExactly({ onTimeMs, triggered, createdCount }: Run, windowsPerEvent: number): void {
  for (const { startMs, endMs, aggregator } of triggered) {
    assert.equal(aggregator.count, onTimeMs.filter(timeMs => timeMs >= startMs && timeMs < endMs).length);
  }
  const eventCount = triggered.reduce((sum, { aggregator }) => sum + aggregator.count, 0);
  assert.equal(eventCount, onTimeMs.length * windowsPerEvent);
  assert.equal(
    new Set(triggered.map(({ startMs }) => startMs)).size,
    triggered.length,
    'a window triggered twice',
  );
  assert.equal(createdCount, triggered.length);
}

describe('TumblingWindows', () => {
  it('puts each on-time event into exactly one window that covers it, in any order of arrival', () => {
    fc.assert(
      fc.property(eventTimes(60_000), timesMs => {
        assertHoldExactly(run(new TumblingWindows({ sizeMs: 4_000, allowedLatenessMs }), timesMs), 1);
      }),
    );
  });

  it('starts windows at multiples of their size and excludes their end', () => {
    const windows = new TumblingWindows({ sizeMs: 1_000, allowedLatenessMs: 0 });
    for (const timeMs of [1_000, 1_999.9, 2_000]) windows.add(makeEvent({ timeMs }));
    assert.deepEqual(
      windows.advance(Infinity).map(({ startMs, endMs, aggregator }) => [startMs, endMs, aggregator.count]),
      [
        [1_000, 2_000, 2],
        [2_000, 3_000, 1],
      ],
    );
  });

  it('closes a window when the watermark has passed its end by the allowed lateness, not before', () => {
    const windows = new TumblingWindows({ sizeMs: 1_000, allowedLatenessMs: 500 });
    windows.add(makeEvent({ timeMs: 200 }));
    assert.equal(windows.dueMs, 1_500);
    assert.deepEqual(windows.advance(1_499), []);
    assert.equal(windows.activeCount, 1);
    assert.equal(windows.advance(1_500).length, 1);
    assert.equal(windows.activeCount, 0);
    assert.equal(windows.dueMs, Infinity);
  });
});

describe('SlidingWindows', () => {
  it('puts each on-time event into exactly size / slide windows that cover it, in any order of arrival', () => {
    fc.assert(
      fc.property(eventTimes(60_000), fc.integer({ min: 1, max: 6 }), (timesMs, overlap) => {
        const windows = new SlidingWindows({ sizeMs: 1_500 * overlap, slideMs: 1_500, allowedLatenessMs });
        assertHoldExactly(run(windows, timesMs), overlap);
      }),
    );
  });

  it('closes windows in order of time', () => {
    const windows = new SlidingWindows({ sizeMs: 3_000, slideMs: 1_000, allowedLatenessMs: 0 });
    windows.add(makeEvent({ timeMs: 9_000 }));
    windows.add(makeEvent({ timeMs: 5_000 }));
    const startsMs = windows.advance(Infinity).map(({ startMs }) => startMs);
    assert.deepEqual(startsMs, [3_000, 4_000, 5_000, 7_000, 8_000, 9_000]);
  });

  it('refuses a slide that does not divide its size', () => {
    for (const slideMs of [0, -1, 700, 2_000, NaN]) {
      assert.throws(() => new SlidingWindows({ sizeMs: 1_000, slideMs, allowedLatenessMs }), RangeError);
    }
  });
});
