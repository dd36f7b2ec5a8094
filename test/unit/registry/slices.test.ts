import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Slices, runToEnd } from '../../../src/registry/slices.js';
import type { SlicedWork } from '../../../src/registry/slices.js';

const SLICE_MS = 10;

/** A clock that moves with the steps of the work, and turns of a loop that the test ends. */
class Bench {
  readonly log: string[] = [];
  private nowMs = 0;
  private readonly turns: (() => void)[] = [];
  readonly slices = new Slices(
    SLICE_MS,
    () => this.nowMs,
    () => new Promise(resolve => this.turns.push(resolve)),
  );

  /** Work of steps that take so long each. */
  work(name: string, stepsMs: readonly number[], resume = (): void => undefined): SlicedWork<string> {
    return { steps: this.steps(name, stepsMs), resume };
  }

  /** Ends a turn of the loop; what it let go on has run when this resolves. */
  async turn(): Promise<void> {
    await settled();
    this.log.push('|');
    for (const go of this.turns.splice(0)) go();
    await settled();
  }

  private *steps(name: string, stepsMs: readonly number[]): Generator<void, string> {
    try {
      for (const [i, ms] of stepsMs.entries()) {
        if (i > 0) yield;
        this.nowMs += ms;
        this.log.push(name + i);
      }
      return name;
    } finally {
      this.log.push(`${name} ends`);
    }
  }
}

/** All that promises let go on has run. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

describe('sliced work', () => {
  it('that fits into one slice is done at once, without a turn of the loop', () => {
    const bench = new Bench();
    assert.equal(bench.slices.run(bench.work('a', [4, 4, 4])), 'a');
    assert.deepEqual(bench.log, ['a0', 'a1', 'a2', 'a ends']);
  });

  it('lets the loop turn as soon as a step has ended beyond the budget', async () => {
    const bench = new Bench();
    const result = bench.slices.run(bench.work('a', [4, 4, 4, 4, 30, 1]));
    assert.ok(result instanceof Promise);
    for (let i = 0; i < 3; i++) await bench.turn();
    assert.equal(await result, 'a');
    assert.equal(bench.log.join(' '), 'a0 a1 a2 | a3 a4 | a5 a ends |');
  });

  it('goes on one at a time: what comes meanwhile waits, in order, and has turns of its own', async () => {
    const bench = new Bench();
    const results = [
      bench.slices.run(bench.work('a', [9, 9, 9])),
      bench.slices.run(bench.work('b', [9, 9])),
      bench.slices.run(bench.work('c', [1])),
    ];
    for (let i = 0; i < 4; i++) await bench.turn();
    assert.deepEqual(await Promise.all(results.map(async one => one)), ['a', 'b', 'c']);
    assert.equal(bench.log.join(' '), 'a0 a1 | a2 a ends | b0 b1 b ends | c0 c ends |');
    assert.equal(bench.slices.run(bench.work('d', [1])), 'd', 'nothing waits any more');
  });

  it('is ended by what its resume() throws, gives back what it holds, and the next one goes on', async () => {
    const bench = new Bench();
    let isWanted = true;
    const refuse = (): void => {
      if (!isWanted) throw new Error('not wanted');
    };
    const first = bench.slices.run(bench.work('a', [9, 9, 9, 9], refuse));
    const never = bench.slices.run(bench.work('b', [9], refuse));
    const last = bench.slices.run(bench.work('c', [9]));
    isWanted = false;
    const refused = Promise.all([
      assert.rejects(async () => first, /not wanted/),
      assert.rejects(async () => never, /not wanted/),
    ]);
    for (let i = 0; i < 4; i++) await bench.turn();
    await refused;
    assert.equal(await last, 'c');
    assert.equal(bench.log.join(' '), 'a0 a1 | a ends | | c0 c ends |');
  });

  it('that throws in its first slice leaves the next one nothing to wait for', () => {
    const bench = new Bench();
    const failing = bench.work('a', []);
    failing.steps.throw = failing.steps.next = () => {
      throw new Error('failed');
    };
    assert.throws(() => bench.slices.run(failing), /failed/);
    assert.equal(bench.slices.run(bench.work('b', [1])), 'b');
  });

  it('can be done at once, whatever it takes', () => {
    const bench = new Bench();
    assert.equal(runToEnd(bench.work('a', [50, 50]).steps), 'a');
  });
});
