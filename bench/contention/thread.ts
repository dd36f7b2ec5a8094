/** A thread of a contention case: warms up, then makes its calls in every round that it is told of. */
import { parentPort, workerData } from 'node:worker_threads';
import { CONTENTION_CASES } from './case-list.js';
import type { Shared } from './contention-case.js';
import { StartLine } from './start-line.js';
import { WARMUP_CALLS } from './warmup-calls.js';

export interface ThreadData {
  readonly id: string;
  readonly index: number;
  readonly shared: Shared;
  readonly startLine: Int32Array<SharedArrayBuffer>;
}

export interface Round {
  readonly number: number;
  readonly calls: number;
}

/** When a thread began and ended its calls, on the clock that all threads of a process share. */
export interface Stint {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** One entry into the compiled loop; a single long loop would stay in what V8 compiled while it ran. */
const CHUNK_CALLS = 100_000;

const { id, index, shared, startLine: rounds } = workerData as ThreadData;
const operation = CONTENTION_CASES.find(one => one.id === id)!.join(shared, index);
const startLine = new StartLine(rounds);

makeCalls(WARMUP_CALLS);
parentPort!.on('message', ({ number, calls }: Round) => {
  parentPort!.postMessage('ready');
  startLine.waitFor(number);
  const startNs = process.hrtime.bigint();
  makeCalls(calls);
  parentPort!.postMessage({ startNs, endNs: process.hrtime.bigint() } satisfies Stint);
});

function makeCalls(calls: number): void {
  for (let left = calls; left > 0; left -= CHUNK_CALLS) makeChunk(Math.min(left, CHUNK_CALLS));
}

function makeChunk(calls: number): void {
  for (let i = 0; i < calls; i++) operation();
}
