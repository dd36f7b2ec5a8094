import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pacer, stoppableClock } from '../../../workers/pacer.js';

/** A clock that only moves when someone sleeps on it, or the test moves it. */
class ManualClock {
  timeMs = 5_000;
  readonly sleepsMs: number[] = [];
  readonly nowMs = (): number => this.timeMs;
  readonly sleep = async (durationMs: number): Promise<void> => {
    this.sleepsMs.push(durationMs);
    this.timeMs += durationMs;
  };
}

describe('Pacer', () => {
  it('lets event time pass at the asked speed', async () => {
    const clock = new ManualClock();
    const pacer = new Pacer(60, clock);
    assert.equal(pacer.delayMs(1_000_000), 0);
    assert.equal(pacer.delayMs(1_060_000), 1_000);
    await pacer.wait(1_000);
    assert.equal(pacer.delayMs(1_060_000), 0);
    assert.equal(pacer.delayMs(1_120_000), 1_000);
  });

  it('does not wait at full speed, behind schedule, for an older event, or for less than a timer can', () => {
    const clock = new ManualClock();
    assert.equal(new Pacer(Infinity, clock).delayMs(9e15), 0);
    const pacer = new Pacer(1, clock);
    pacer.delayMs(1_000);
    assert.equal(pacer.delayMs(500), 0);
    assert.equal(pacer.delayMs(1_000.9), 0);
    clock.timeMs += 10_000;
    assert.equal(pacer.delayMs(11_000), 0);
    assert.equal(pacer.delayMs(11_001), 1);
  });

  it('sleeps no longer than a timer can count', async () => {
    const clock = new ManualClock();
    await new Pacer(1, clock).wait(1e12);
    assert.deepEqual(clock.sleepsMs, [2 ** 31 - 1]);
  });
});

describe('stoppableClock', () => {
  it('ends a sleep without an error when it is stopped', async () => {
    const stop = new AbortController();
    const sleeping = stoppableClock(stop.signal).sleep(1e9);
    stop.abort();
    await sleeping;
  });
});
