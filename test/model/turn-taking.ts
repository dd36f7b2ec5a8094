/**
 * Turn taking: threads that run shipped code, one atomic access at a time, in an order that the test chooses.
 *
 * Interruptions (stepping.ts) always run to their end before the interrupted code goes on. Here every thread is a worker
 * that waits for its turn before each of its accesses, so any order is possible: two threads that are both in the middle
 * of something, and stay there. Orders are drawn at random from a seed, from long runs of one thread to a change at every
 * access.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { randomFrom } from '../seeded-random.js';

/** Words of the control memory; behind them one of each kind for each thread. */
export const TURN = 0;
export const ROUND = 1;
export const READY = 2;
export const FINISHED = 8;
export const KILLED = 16;
const CONTROL_WORDS = 24;
/** Whose turn it is when no thread may go on. */
export const NOBODY = -1;

export interface TurnTask {
  readonly control: SharedArrayBuffer;
  readonly memory: SharedArrayBuffer;
  readonly index: number;
  readonly setup: unknown;
}

/** How likely a thread is to be killed, instead of its next access. */
const DEATH = 0.01;
/** A wake-up that is missed costs no more than this. */
const WAKE_MS = 1_000;
/** How likely a thread is to keep its turn: one of these for each order. */
const STAYS = [0, 0.5, 0.8, 0.9, 0.97];

export class TurnTaking {
  private readonly control = new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * 4));
  private workers: readonly Worker[] = [];

  /** Starts threads that run `script`, see turn-taker.ts. */
  async start(
    script: URL,
    count: number,
    { memory, setup }: { readonly memory: SharedArrayBuffer; readonly setup: unknown },
  ): Promise<void> {
    Atomics.store(this.control, TURN, NOBODY);
    const control = this.control.buffer as SharedArrayBuffer;
    this.workers = Array.from({ length: count }, (_, index) => {
      const workerData: TurnTask = { control, memory, index, setup };
      const worker = new Worker(script, { workerData });
      worker.on('error', error => {
        throw error;
      });
      return worker;
    });
    await Promise.all(this.workers.map(worker => once(worker, 'message')));
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map(worker => worker.terminate()));
  }

  /** Begins a round: every thread is at the start of its operation. */
  begin(): void {
    const { control } = this;
    for (let i = 0; i < this.workers.length; i++) {
      Atomics.store(control, FINISHED + i, 0);
      Atomics.store(control, KILLED + i, 0);
    }
    Atomics.store(control, READY, 0);
    Atomics.add(control, ROUND, 1);
    Atomics.notify(control, ROUND);
    for (let ready; (ready = Atomics.load(control, READY)) < this.workers.length;) {
      Atomics.wait(control, READY, ready, WAKE_MS);
    }
  }

  /** Lets a thread make one access, or none if its operation has ended; returns whether there is more to come. */
  step(index: number): boolean {
    const { control } = this;
    if (Atomics.load(control, FINISHED + index) === 1) return false;
    Atomics.store(control, TURN, index);
    Atomics.notify(control, TURN);
    while (Atomics.load(control, TURN) === index) Atomics.wait(control, TURN, index, WAKE_MS);
    return Atomics.load(control, FINISHED + index) === 0;
  }

  /** Lets threads run to their ends, one after the other. */
  end(...order: number[]): void {
    for (const index of order) while (this.step(index));
  }

  /**
   * A round in an order that follows from the seed.
   *
   * @param between called after every access, while no thread runs
   * @param deaths how many threads are killed at random accesses
   * @returns the threads that were killed
   */
  run(seed: number, { between, deaths = 0 }: { between?: () => void; deaths?: number } = {}): Set<number> {
    const random = randomFrom(seed);
    this.begin();
    const stay = STAYS[Math.floor(random() * STAYS.length)]!;
    const left = this.workers.map((_, i) => i);
    const killed = new Set<number>();
    let next = -1;
    while (left.length > 0) {
      if (!left.includes(next) || random() >= stay) next = left[Math.floor(random() * left.length)]!;
      if (killed.size < deaths && random() < DEATH) {
        Atomics.store(this.control, KILLED + next, 1);
        killed.add(next);
      }
      if (!this.step(next)) left.splice(left.indexOf(next), 1);
      between?.();
    }
    return killed;
  }
}
