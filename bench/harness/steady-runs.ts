/**
 * Steady runs: runs of a case while nothing else slows the machine, as far as that can be had.
 *
 * In a virtual machine, whoever shares a core takes up to half of its speed, for seconds at a time, and no load average
 * tells. A loop of locked instructions does. It is timed before and after each run:
 *
 *     wait until the loop is fast --> run --> loop --fast, or no attempt or time is left--> the steadiest run is kept
 *        ^                                     |
 *        `-------------------------slow--------'
 *
 * What was measured never decides, only the loop beside it. On a machine that is never steady all of this is bounded.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './statistics.js';

export interface SteadyLimits {
  /** Runs of which the steadiest one is kept, 1 for the first one, whatever the machine does. */
  readonly attempts: number;
  /** How long a run waits for a steady machine. */
  readonly waitMs: number;
  /** After so long no further attempt is made. */
  readonly budgetMs: number;
}

/** Of a locked instruction, in nanoseconds. */
export interface MachineSpeed {
  readonly bestNs: number;
  /** Median over the runs that were kept, of the slower time of before and after. */
  readonly besideRunsNs: number;
}

const STEADY_SHARE = 1.33;
const POLL_MS = 50;

export class SteadyRuns {
  private bestNs = Infinity;
  private readonly besideNs: number[] = [];

  /** @param lockedNs for tests, as the clock */
  constructor(
    private readonly limits: SteadyLimits,
    private readonly lockedNs: () => number = timeLockedAdd,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** Undefined before the first run. */
  get speed(): MachineSpeed | undefined {
    if (this.besideNs.length === 0) return undefined;
    return { bestNs: this.bestNs, besideRunsNs: median(this.besideNs) };
  }

  /** Rejects as the first run that does. */
  async keepSteadiest<T>(run: () => Promise<T>): Promise<T> {
    const { attempts, budgetMs } = this.limits;
    const startMs = this.clock();
    let kept: { outcome: T; ns: number } | undefined;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const beforeNs = await this.waitUntilSteady();
      const outcome = await run();
      const ns = Math.max(beforeNs, this.sample());
      if (kept === undefined || ns < kept.ns) kept = { outcome, ns };
      if (this.isSteady(kept.ns) || this.clock() - startMs >= budgetMs) break;
    }
    this.besideNs.push(kept!.ns);
    return kept!.outcome;
  }

  private async waitUntilSteady(): Promise<number> {
    const endMs = this.clock() + this.limits.waitMs;
    for (;;) {
      const ns = this.sample();
      if (this.isSteady(ns) || this.clock() >= endMs) return ns;
      await sleep(POLL_MS);
    }
  }

  private sample(): number {
    const ns = this.lockedNs();
    this.bestNs = Math.min(this.bestNs, ns);
    return ns;
  }

  private isSteady(ns: number): boolean {
    return ns <= this.bestNs * STEADY_SHARE;
  }
}

const word = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const ROUNDS = 7;
const ROUND_CALLS = 300_000;

/** A median, and not the best: what disturbs one of the rounds disturbs a run. */
function timeLockedAdd(): number {
  const rounds: number[] = [];
  while (rounds.length < ROUNDS) {
    const startMs = performance.now();
    for (let i = 0; i < ROUND_CALLS; i++) Atomics.add(word, 0, 1);
    rounds.push(((performance.now() - startMs) * 1e6) / ROUND_CALLS);
  }
  return median(rounds);
}
