/** Intervals, answers, flushes, deadlines and the end, in any order: each data point is counted once, and nobody waits for ever. */
import assert from 'node:assert/strict';
import { setImmediate as loopTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PeriodicPush } from '../../src/otel/periodic-push.js';
import { PushAttempt } from '../../src/otel/push-attempt.js';
import { EXPORT_TIMEOUT_MS, PushBench, TAKEN, failed } from '../unit/otel/push-bench.js';

type Step =
  | { readonly advance: number }
  /** The request with this index from the end, which may be decided already. */
  | { readonly answer: number; readonly as: 'taken' | 'partly' | 'refused' | 'unanswered' }
  | { readonly do: 'flush' | 'stop' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ advance: fc.constantFrom(0, 100, 699, 1_000, 5_000) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        answer: fc.constantFrom(0, 0, 1),
        as: fc.constantFrom('taken', 'partly', 'refused', 'unanswered'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('flush', 'stop') }) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 40, size: 'max' },
);

const ANSWERS = {
  taken: TAKEN,
  partly: { ...TAKEN, rejected: 1 },
  refused: failed('rejected'),
  unanswered: failed('connection'),
} as const;
const STOP_MS = 300;

class World {
  readonly bench = new PushBench();
  /** Promises that somebody was given, and those of them that are settled. */
  given = 0;
  settled = 0;

  constructor() {
    this.bench.requests = [5, 3];
  }

  async take(step: Step): Promise<void> {
    const { bench } = this;
    if ('advance' in step) bench.timers.advance(step.advance);
    else if ('answer' in step) bench.sent.at(-1 - step.answer)?.answer(ANSWERS[step.as]);
    else this.await(step.do === 'flush' ? bench.pushes.flush() : bench.pushes.stop(STOP_MS));
    await loopTurn();
  }

  await(promise: Promise<unknown>): void {
    this.given++;
    void promise.then(() => this.settled++);
  }

  /** Every data point that was read is in one place. */
  check(): void {
    const { counts, readPoints, pushes, connections, timers, lastReadMs } = this.bench;
    const dropped = Object.values(counts.drops).reduce((sum, count) => sum + count, 0);
    const open = readPoints - counts.exportedPoints - dropped;
    assert.ok(open >= 0 && open <= 8, `${open} of ${readPoints} points are not decided`);
    if (!pushes.isPushing) assert.equal(open, 0, 'nothing is on its way');
    assert.ok(connections <= 1, `${connections} pushes at once`);
    if (!pushes.isPushing) assert.equal(connections, 0);
    else assert.ok(timers.nowMs() - lastReadMs < EXPORT_TIMEOUT_MS, 'a push whose time is over');
  }

  /** Whatever came before, with time everything ends. */
  async end(): Promise<void> {
    const { bench } = this;
    this.await(bench.pushes.stop(STOP_MS));
    for (let i = 0; i < 5; i++) await this.take({ advance: STOP_MS });
    this.check();
    assert.equal(this.settled, this.given, 'somebody waits');
    assert.equal(bench.timers.count, 0, 'timers are left');
    assert.equal(bench.pushes.isPushing, false);
  }
}

async function checkAnyOrder(isMutant = false): Promise<void> {
  await fc.assert(
    fc.asyncProperty(steps, async sequence => {
      const world = new World();
      for (const step of sequence) {
        await world.take(step);
        world.check();
      }
      await world.end();
    }),
    { numRuns: isMutant ? 1_000 : 200, endOnFailure: isMutant },
  );
}

/** As withMutant(), of a body that takes its time. */
async function rejectedWith(prototype: object, method: string, mutant: unknown): Promise<void> {
  const target = prototype as Record<string, unknown>;
  const original = target[method];
  assert.equal(typeof original, 'function');
  target[method] = mutant;
  try {
    await assert.rejects(checkAnyOrder(true));
  } finally {
    target[method] = original;
  }
}

describe('pushes in any order of intervals, answers, flushes and ends', () => {
  it('count every data point once, and end', () => checkAnyOrder());

  it('are seen to lose points when the end of the pushes counts none', () =>
    rejectedWith(PushAttempt.prototype, 'abandon', function (this: PushAttempt) {
      this['isAbandoned'] = true;
      this['controller'].abort();
    }));

  it('are seen to count points twice when an abandoned push goes on', () =>
    rejectedWith(PushAttempt.prototype, 'abandon', function (this: PushAttempt) {
      if (this['outstanding'] > 0) this['observer'].dropped(this['outstanding'], 'shutdown');
      this['controller'].abort();
    }));

  it('are seen to overlap when one begins while another goes on', () =>
    rejectedWith(PeriodicPush.prototype, 'push', function (this: PeriodicPush) {
      return (this['running'] = this['pushOnce']().finally(() => (this['running'] = undefined)));
    }));

  it('are seen to go on for ever when their time is never over', () =>
    rejectedWith(PushAttempt.prototype, 'end', () => undefined));

  it('are seen to lose the points of a request when only failures that end a push are counted', () =>
    rejectedWith(
      PushAttempt.prototype,
      'settle',
      function (this: PushAttempt, request: never, outcome: never) {
        const { points, delivered } = request as { points: number; delivered: () => void };
        this['outstanding'] -= points;
        delivered();
        if ((outcome as { failure?: string }).failure === undefined) this['observer'].exported(points);
      },
    ));
});
