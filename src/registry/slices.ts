/**
 * Slices: long work in pieces of a few milliseconds, between which the event loop turns.
 *
 *     work      step step step ... budget is over | loop turns | step step ... | loop turns | step  done
 *
 * Work that ends within the first slice is done in the call, without a turn. One piece of work goes on at a time; what
 * comes meanwhile waits for its turn, so that a turn of the loop never has two slices in it.
 */
import { performance } from 'node:perf_hooks';
import { setImmediate as loopTurn } from 'node:timers/promises';

export interface SlicedWork<T> {
  /** Each step well below the budget. Ended early, its `finally` blocks give back what it holds. */
  readonly steps: Generator<void, T>;
  /** Called before the first step after a turn of the loop; an error that it throws ends the work. */
  resume(): void;
}

/** Time of one slice, in ms: together with its last step, and a collection of young objects, below ten. */
export const SLICE_MS = 2;

export class Slices {
  private isBusy = false;
  private readonly waiting: (() => void)[] = [];

  /** @param clock in ms; and what resolves after the event loop has turned: both for tests */
  constructor(
    private readonly sliceMs = SLICE_MS,
    private readonly clock: () => number = () => performance.now(),
    private readonly nextTurn: () => Promise<void> = loopTurn,
  ) {}

  /** What the work comes to: at once when it fits into one slice and nothing else goes on, else as a promise. */
  run<T>(work: SlicedWork<T>): T | Promise<T> {
    if (this.isBusy) return this.goOn(work, this.turnOf());
    const first = this.slice(work.steps);
    if (first.done) return first.value;
    this.isBusy = true;
    return this.goOn(work, undefined);
  }

  private async goOn<T>(work: SlicedWork<T>, turn: Promise<void> | undefined): Promise<T> {
    await turn;
    try {
      for (;;) {
        await this.nextTurn();
        work.resume();
        const last = this.slice(work.steps);
        if (last.done) return last.value;
      }
    } finally {
      work.steps.return(undefined as never);
      this.passOn();
    }
  }

  private slice<T>(steps: Generator<void, T>): IteratorResult<void, T> {
    const endMs = this.clock() + this.sliceMs;
    for (;;) {
      const result = steps.next();
      if (result.done || this.clock() >= endMs) return result;
    }
  }

  private turnOf(): Promise<void> {
    return new Promise(resolve => this.waiting.push(resolve));
  }

  private passOn(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.isBusy = false;
    else next();
  }
}

/** The same work at once. */
export function runToEnd<T>(steps: Generator<void, T>): T {
  for (;;) {
    const result = steps.next();
    if (result.done) return result.value;
  }
}
