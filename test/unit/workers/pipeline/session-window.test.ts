import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TriggeredWindow } from '../../../../workers/pipeline/event-window.js';
import { SessionWindows } from '../../../../workers/pipeline/session-window.js';
import { Watermark } from '../../../../workers/pipeline/watermark.js';
import { eventTimes, makeEvent } from '../events.js';

const GAP_MS = 1_000;

function boundsOf(windows: readonly TriggeredWindow[]): [number, number, number][] {
  return windows
    .map(({ startMs, endMs, aggregator }): [number, number, number] => [startMs, endMs, aggregator.count])
    .sort((a, b) => a[0] - b[0]);
}

/** What sessions are, from the sorted events: a new one begins wherever a gap is. */
function sessionsOf(timesMs: readonly number[]): [number, number, number][] {
  const sessions: [number, number, number][] = [];
  let lastMs = -Infinity;
  for (const timeMs of [...timesMs].sort((a, b) => a - b)) {
    const session = sessions.at(-1);
    if (session === undefined || timeMs - lastMs >= GAP_MS) {
      sessions.push([timeMs, timeMs + GAP_MS, 1]);
    } else {
      session[1] = timeMs + GAP_MS;
      session[2]++;
    }
    lastMs = timeMs;
  }
  return sessions;
}

describe('SessionWindows', () => {
  it('joins events less than a gap apart and parts those a gap apart', () => {
    const windows = new SessionWindows({ gapMs: GAP_MS, allowedLatenessMs: 0 });
    for (const timeMs of [0, 999, 1_999]) windows.add(makeEvent({ timeMs }));
    assert.deepEqual(boundsOf(windows.advance(Infinity)), [
      [0, 1_999, 2],
      [1_999, 2_999, 1],
    ]);
  });

  it('merges two sessions when an event comes that reaches both', () => {
    const windows = new SessionWindows({ gapMs: GAP_MS, allowedLatenessMs: 0 });
    assert.deepEqual(windows.add(makeEvent({ timeMs: 0 })), { created: 1, merged: 0 });
    assert.deepEqual(windows.add(makeEvent({ timeMs: 1_800 })), { created: 1, merged: 0 });
    assert.equal(windows.activeCount, 2);
    assert.deepEqual(windows.add(makeEvent({ timeMs: 900 })), { created: 0, merged: 1 });
    assert.equal(windows.activeCount, 1);
    assert.deepEqual(boundsOf(windows.advance(Infinity)), [[0, 2_800, 3]]);
  });

  it('ends a session a gap and the allowed lateness behind its last event', () => {
    const windows = new SessionWindows({ gapMs: GAP_MS, allowedLatenessMs: 500 });
    assert.equal(windows.dueMs, Infinity);
    windows.add(makeEvent({ timeMs: 0 }));
    assert.equal(windows.dueMs, 1_500);
    assert.equal(windows.advance(1_499).length, 0);
    assert.equal(windows.advance(1_500).length, 1);
  });

  it('finds the sessions of all on-time events, in any order of arrival, while the watermark closes them', () => {
    const limits = { outOfOrderMs: 2_000, allowedLatenessMs: 3_000 };
    fc.assert(
      fc.property(eventTimes(20_000), timesMs => {
        const watermark = new Watermark(limits);
        const windows = new SessionWindows({ gapMs: GAP_MS, allowedLatenessMs: limits.allowedLatenessMs });
        const onTimeMs: number[] = [];
        const triggered: TriggeredWindow[] = [];
        let created = 0;
        let merged = 0;
        for (const timeMs of timesMs) {
          if (watermark.observe(timeMs) === 'late') continue;
          onTimeMs.push(timeMs);
          const change = windows.add(makeEvent({ timeMs }));
          created += change.created;
          merged += change.merged;
          assert.equal(created, triggered.length + merged + windows.activeCount);
          triggered.push(...windows.advance(watermark.timeMs));
        }
        triggered.push(...windows.advance(Infinity));
        assert.deepEqual(boundsOf(triggered), sessionsOf(onTimeMs));
        assert.equal(created, triggered.length + merged);
      }),
    );
  });
});
