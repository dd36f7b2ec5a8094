import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SteadyRuns } from '../../../bench/harness/steady-runs.js';

const FAST = 10;
const SLOW = 20;
const NO_WAIT = { attempts: 3, waitMs: 0, budgetMs: 1_000 };

/** A machine that is as fast as it is told to be, one loop after the other; the last one for ever. */
function machineOf(...loopsNs: number[]): () => number {
  return () => (loopsNs.length > 1 ? loopsNs.shift()! : loopsNs[0]!);
}

/** Runs that are numbered from 1. */
function numberedRuns(): () => Promise<number> {
  let count = 0;
  return () => Promise.resolve(++count);
}

describe('runs that the machine must not disturb', () => {
  it('are made once where it is steady', async () => {
    const steady = new SteadyRuns(NO_WAIT, machineOf(FAST));
    assert.equal(await steady.keepSteadiest(numberedRuns()), 1);
    assert.deepEqual(steady.speed, { bestNs: FAST, besideRunsNs: FAST });
  });

  it('are made again when it was slow before or after, and the steadiest one is kept', async () => {
    const run = numberedRuns();
    const steady = new SteadyRuns(NO_WAIT, machineOf(FAST, SLOW, SLOW, SLOW, FAST, FAST));
    assert.equal(await steady.keepSteadiest(run), 3);
    assert.deepEqual(steady.speed, { bestNs: FAST, besideRunsNs: FAST });
    const never = new SteadyRuns(NO_WAIT, machineOf(FAST, SLOW, SLOW, SLOW - 1, SLOW, SLOW + 1, SLOW + 2));
    const runs = numberedRuns();
    assert.equal(await never.keepSteadiest(runs), 1);
    assert.equal(await runs(), 4, 'three attempts');
  });

  it('wait for it, but not for ever', async () => {
    let nowMs = 0;
    const clock = (): number => (nowMs += 10);
    const limits = { attempts: 1, waitMs: 15, budgetMs: 0 };
    const waits = new SteadyRuns(limits, machineOf(FAST, FAST, SLOW, FAST, FAST), clock);
    await waits.keepSteadiest(numberedRuns());
    await waits.keepSteadiest(numberedRuns());
    assert.equal(waits.speed?.besideRunsNs, FAST);
    const gives = new SteadyRuns(limits, machineOf(FAST, FAST, SLOW), clock);
    for (let i = 0; i < 3; i++) await gives.keepSteadiest(numberedRuns());
    assert.equal(gives.speed?.besideRunsNs, SLOW);
  });

  it('are made no more than there is time for', async () => {
    let nowMs = 0;
    const steady = new SteadyRuns(NO_WAIT, machineOf(FAST, SLOW), () => nowMs);
    const run = numberedRuns();
    await steady.keepSteadiest(() => {
      nowMs += 600;
      return run();
    });
    assert.equal(await run(), 3, 'two attempts');
  });

  it('fail as they fail', async () => {
    const steady = new SteadyRuns(NO_WAIT, machineOf(FAST));
    await assert.rejects(
      steady.keepSteadiest(() => Promise.reject(new Error('does not add up'))),
      /does not add up/,
    );
    assert.equal(steady.speed, undefined);
  });
});
