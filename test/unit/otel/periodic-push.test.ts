import assert from 'node:assert/strict';
import { setImmediate as loopTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { PushBench, failed } from './push-bench.js';

describe('periodic pushes', () => {
  it('go out at every interval, request by request', async () => {
    const bench = new PushBench();
    bench.requests = [5, 3];
    await bench.advance(999);
    assert.equal(bench.reads, 0);
    await bench.advance(1);
    assert.deepEqual([bench.reads, bench.sent.length, bench.pushes.isPushing], [1, 1, true]);
    await bench.answer();
    assert.equal(bench.sent.length, 2);
    await bench.answer();
    assert.deepEqual([bench.pushes.isPushing, bench.connections], [false, 0]);
    assert.deepEqual([bench.counts.exportedPoints, bench.delivered, bench.released], [8, 2, 2]);
    await bench.advance(1_000);
    assert.equal(bench.reads, 2);
  });

  it('do not overlap: one that takes longer is the next one, too', async () => {
    const bench = new PushBench();
    await bench.advance(1_000);
    bench.timers.advance(600);
    await bench.answer();
    await bench.advance(400);
    assert.equal(bench.reads, 2);
    // Slept through: intervals that are over have no push of their own.
    await bench.answer();
    await bench.advance(3_500);
    assert.equal(bench.reads, 3);
  });

  it('are given up when their time is over, with the requests that are left', async () => {
    const bench = new PushBench();
    bench.requests = [5, 3];
    await bench.advance(1_000);
    await bench.advance(700);
    assert.deepEqual([bench.pushes.isPushing, bench.counts.drops], [false, { export_failed: 8 }]);
    assert.deepEqual([bench.counts.failures, bench.delivered, bench.released], [['timeout'], 0, 0]);
  });

  it('are given up when the reading takes too long, or fails', async () => {
    const bench = new PushBench();
    bench.whenRead = signal =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('over'))));
    await bench.advance(1_000);
    await bench.advance(700);
    bench.whenRead = () => Promise.reject(new Error('closed'));
    await bench.advance(300);
    assert.deepEqual(bench.counts.failures, ['timeout', 'other']);
    assert.equal(bench.pushes.isPushing, false);
  });

  it('go on with the next request after one that was refused, and with none where nobody answers', async () => {
    const bench = new PushBench();
    bench.requests = [5, 3, 2];
    await bench.advance(1_000);
    await bench.answer(failed('rejected'));
    await bench.answer();
    await bench.answer(failed('connection'));
    assert.deepEqual(bench.counts.drops, { export_failed: 7 });
    assert.deepEqual([bench.counts.exportedPoints, bench.counts.failures], [3, ['connection']]);
    await bench.advance(1_000);
    await bench.answer(failed('connection'));
    assert.equal(bench.sent.length, 4);
    assert.deepEqual(bench.counts.drops, { export_failed: 17 });
  });

  it('count what a receiver has refused of a request that it has taken', async () => {
    const bench = new PushBench();
    await bench.advance(1_000);
    await bench.answer({ failure: undefined, rejected: 2, message: 'too old' });
    assert.deepEqual([bench.counts.exportedPoints, bench.counts.drops], [3, { rejected: 2 }]);
    assert.deepEqual([bench.counts.words, bench.delivered, bench.counts.failures], [['too old'], 1, []]);
    await bench.advance(1_000);
    await bench.answer({ failure: undefined, rejected: 99, message: '' });
    assert.equal(bench.counts.drops.rejected, 7, 'no more than there were');
  });

  it('stop while the breaker is open, and go on after one that has arrived', async () => {
    const bench = new PushBench();
    for (let i = 0; i < 2; i++) {
      await bench.advance(1_000);
      await bench.answer(failed('unavailable'));
    }
    assert.equal(bench.pushes.breakerState, 'open');
    await bench.advance(4_000);
    assert.equal(bench.reads, 2, 'nothing is read for nobody');
    assert.equal(await bench.pushes.flush(), false);
    await bench.advance(1_000);
    assert.equal(bench.pushes.breakerState, 'half_open');
    await bench.answer();
    assert.deepEqual(bench.counts.breakerStates, ['open', 'half_open', 'closed']);
    assert.equal(bench.pushes.lastFailure, undefined);
  });

  it('leave a receiver alone for as long as it has asked for', async () => {
    const bench = new PushBench();
    await bench.advance(1_000);
    await bench.answer(failed('unavailable', 2_500));
    await bench.advance(2_000);
    assert.equal(bench.reads, 1);
    await bench.advance(1_000);
    assert.equal(bench.reads, 2);
  });
});

describe('a flush', () => {
  it('pushes at once, and says whether it arrived', async () => {
    const bench = new PushBench();
    const first = bench.pushes.flush();
    await loopTurn();
    await bench.answer();
    assert.equal(await first, true);
    const second = bench.pushes.flush();
    await loopTurn();
    await bench.answer(failed('timeout'));
    assert.equal(await second, false);
    assert.equal(bench.timers.count, 1, 'only the interval');
  });

  it('that comes during a push is one of its own afterwards, also for several', async () => {
    const bench = new PushBench();
    await bench.advance(1_000);
    const flushes = [bench.pushes.flush(), bench.pushes.flush()];
    await loopTurn();
    assert.equal(bench.reads, 1);
    await bench.answer();
    assert.equal(bench.reads, 2);
    await bench.answer();
    assert.deepEqual(await Promise.all(flushes), [true, true]);
    assert.equal(bench.reads, 2);
  });
});

describe('the end of the pushes', () => {
  it('is one more push, and none afterwards', async () => {
    const bench = new PushBench();
    const stopped = bench.pushes.stop(500);
    await loopTurn();
    await bench.answer();
    await stopped;
    assert.equal(bench.counts.exportedPoints, 5);
    await bench.advance(10_000);
    assert.equal(await bench.pushes.flush(), false);
    assert.deepEqual([bench.reads, bench.timers.count], [1, 0]);
  });

  it('comes at its deadline, and counts what is on its way', async () => {
    const bench = new PushBench();
    bench.requests = [5, 3];
    await bench.advance(1_000);
    await bench.answer();
    const stopped = bench.pushes.stop(100);
    await bench.advance(100);
    await stopped;
    assert.deepEqual([bench.counts.exportedPoints, bench.counts.drops], [5, { shutdown: 3 }]);
    assert.equal(bench.sent.at(-1)!.signal.aborted, true);
    // An answer that comes after all is counted nowhere.
    await bench.answer();
    await loopTurn();
    assert.deepEqual([bench.counts.exportedPoints, bench.counts.failures], [5, []]);
    assert.deepEqual([bench.delivered, bench.connections, bench.reads], [1, 0, 1]);
  });

  it('comes at its deadline while values are read', async () => {
    const bench = new PushBench();
    let isAborted = false;
    bench.whenRead = signal =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          isAborted = true;
          reject(new Error('over'));
        }),
      );
    const stopped = bench.pushes.stop(100);
    await bench.advance(100);
    await stopped;
    assert.deepEqual([isAborted, bench.counts.drops, bench.counts.failures], [true, {}, []]);
  });
});
