/** Allocation: how many bytes of the JavaScript heap one call of an operation takes. */
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { median } from '../harness/statistics.js';

export interface Allocation {
  /** Rounded to whole bytes. */
  readonly bytesPerCall: number;
  /** How often the operation was called. */
  readonly calls: number;
}

const TRIAL_CALLS = 10_000;
const ROUND_CALLS_MIN = 1_000;
const ROUND_CALLS_MAX = 200_000;
/** A fraction of the smallest young generation. */
const ROUND_BYTES = 4_000_000;
const ROUNDS = 5;
/** V8 compiles the loop during these, and allocates for that. */
const WARMUP_ROUNDS = 2;

/**
 * Heap growth over rounds in which nothing was collected: each round starts after a full collection, and one that was
 * collected into is repeated with fewer calls.
 *
 * @throws Error when even ROUND_CALLS_MIN calls fill the young generation
 */
export async function measureAllocation(operation: () => void): Promise<Allocation> {
  let collections = 0;
  const observer = new PerformanceObserver(list => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  let roundCalls = affordableCalls(heapGrowth(operation, TRIAL_CALLS) / TRIAL_CALLS);
  let calls = TRIAL_CALLS;
  const rounds: number[] = [];
  while (rounds.length < WARMUP_ROUNDS + ROUNDS) {
    globalThis.gc?.();
    await entriesDelivered();
    collections = 0;
    const bytes = allocatedPerCall(operation, roundCalls);
    calls += roundCalls;
    await entriesDelivered();
    if (collections === 0) rounds.push(bytes);
    else roundCalls = fewer(roundCalls);
  }
  observer.disconnect();
  return { bytesPerCall: Math.abs(Math.round(median(rounds.slice(WARMUP_ROUNDS)))), calls };
}

/** A multiple of four, of calls that together take about ROUND_BYTES. */
function affordableCalls(bytesPerCall: number): number {
  const calls = bytesPerCall > 0 ? ROUND_BYTES / bytesPerCall : ROUND_CALLS_MAX;
  return 4 * Math.ceil(Math.min(ROUND_CALLS_MAX, Math.max(ROUND_CALLS_MIN, calls)) / 4);
}

/** A reading of the heap allocates itself; what three quarters of the calls take more than one quarter does not have it. */
function allocatedPerCall(operation: () => void, calls: number): number {
  const short = heapGrowth(operation, calls / 4);
  const long = heapGrowth(operation, (calls / 4) * 3);
  return (long - short) / (calls / 2);
}

function heapGrowth(operation: () => void, calls: number): number {
  const before = getHeapStatistics().used_heap_size;
  for (let i = 0; i < calls; i++) operation();
  return getHeapStatistics().used_heap_size - before;
}

/** Node.js hands the entries of a collection to observers in a later turn of the loop. */
async function entriesDelivered(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** Still a multiple of four. */
function fewer(calls: number): number {
  if (calls <= ROUND_CALLS_MIN) throw new Error(`the heap was collected within ${calls} calls`);
  return Math.ceil(calls / 16) * 4;
}
