import assert from 'node:assert/strict';
import { setImmediate as loopTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { BreakerState } from '../../../src/otel/circuit-breaker.js';
import type { FailureReason } from '../../../src/otel/export-failure.js';
import type { DeliveryOutcome } from '../../../src/otel/otlp-delivery.js';
import { PeriodicPush } from '../../../src/otel/periodic-push.js';
import type { PushDropReason, PushObserver } from '../../../src/otel/push-attempt.js';
import type { PushRequest } from '../../../src/otel/push-requests.js';
import { TurnedTimers } from './export-bench.js';

const TAKEN: DeliveryOutcome = { failure: undefined, rejected: 0, message: '' };
const failed = (failure: FailureReason, pauseMs = 0): DeliveryOutcome => ({ failure, pauseMs });

interface Sent {
  readonly points: number;
  readonly answer: (outcome: DeliveryOutcome) => void;
  readonly signal: AbortSignal;
}

class Counts implements PushObserver {
  exportedPoints = 0;
  readonly drops: Partial<Record<PushDropReason, number>> = {};
  readonly failures: FailureReason[] = [];
  readonly breakerStates: BreakerState[] = [];
  readonly words: string[] = [];
  endings = 0;

  exported(points: number): void {
    this.exportedPoints += points;
  }

  dropped(points: number, reason: PushDropReason): void {
    this.drops[reason] = (this.drops[reason] ?? 0) + points;
  }

  failed(reason: FailureReason): void {
    this.failures.push(reason);
  }

  ended(): void {
    this.endings++;
  }

  breaker(state: BreakerState): void {
    this.breakerStates.push(state);
  }

  rejected(_points: number, message: string): void {
    this.words.push(message);
  }
}

/** Pushes whose requests are answered by hand. */
class Bench {
  readonly timers = new TurnedTimers();
  readonly counts = new Counts();
  readonly sent: Sent[] = [];
  /** Points of each request of the pushes to come. */
  requests: readonly number[] = [5];
  reads = 0;
  delivered = 0;
  released = 0;
  connections = 0;
  whenRead: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  readonly pushes = new PeriodicPush({
    intervalMs: 1_000,
    exportTimeoutMs: 700,
    breaker: { failuresMax: 2, openMs: 5_000, successesMin: 1 },
    timers: this.timers,
    observer: this.counts,
    read: async signal => {
      this.reads++;
      await this.whenRead(signal);
      return this.requests.map(points => this.requestOf(points));
    },
    connect: () => {
      this.connections++;
      return {
        close: () => void this.connections--,
        deliver: ({ points }, signal) =>
          new Promise(resolve => {
            this.sent.push({ points, answer: resolve, signal });
            signal.addEventListener('abort', () => resolve(failed('other')));
          }),
      };
    },
  });

  /** Lets time pass, and what waits for promises go on. */
  async advance(ms: number): Promise<void> {
    this.timers.advance(ms);
    await loopTurn();
  }

  async answer(outcome: DeliveryOutcome = TAKEN): Promise<void> {
    this.sent.at(-1)!.answer(outcome);
    await loopTurn();
  }

  private requestOf(points: number): PushRequest {
    return {
      body: new Uint8Array(0),
      points,
      delivered: () => void this.delivered++,
      release: () => void this.released++,
    };
  }
}

describe('periodic pushes', () => {
  it('go out at every interval, request by request', async () => {
    const bench = new Bench();
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
    const bench = new Bench();
    await bench.advance(1_000);
    bench.timers.advance(600);
    await bench.answer();
    await bench.advance(400);
    assert.equal(bench.reads, 2);
    // Slept through: intervals that are over have no push of their own.
    await bench.answer();
    await bench.advance(3_500);
    assert.ok(bench.reads <= 6);
    assert.equal(bench.sent.length, bench.reads);
  });

  it('are given up when their time is over, with the requests that are left', async () => {
    const bench = new Bench();
    bench.requests = [5, 3];
    await bench.advance(1_000);
    await bench.advance(700);
    assert.deepEqual([bench.pushes.isPushing, bench.counts.drops], [false, { export_failed: 8 }]);
    assert.deepEqual([bench.counts.failures, bench.delivered, bench.released], [['timeout'], 0, 0]);
  });

  it('are given up when the reading takes too long, or fails', async () => {
    const bench = new Bench();
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
    const bench = new Bench();
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
    const bench = new Bench();
    await bench.advance(1_000);
    await bench.answer({ failure: undefined, rejected: 2, message: 'too old' });
    assert.deepEqual([bench.counts.exportedPoints, bench.counts.drops], [3, { rejected: 2 }]);
    assert.deepEqual([bench.counts.words, bench.delivered, bench.counts.failures], [['too old'], 1, []]);
    await bench.advance(1_000);
    await bench.answer({ failure: undefined, rejected: 99, message: '' });
    assert.equal(bench.counts.drops.rejected, 7, 'no more than there were');
  });

  it('stop while the breaker is open, and go on after one that has arrived', async () => {
    const bench = new Bench();
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
    const bench = new Bench();
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
    const bench = new Bench();
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
    const bench = new Bench();
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
    const bench = new Bench();
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
    const bench = new Bench();
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
    const bench = new Bench();
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
