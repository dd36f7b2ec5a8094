/** A worker that observes its values of every round in every family. */
import { parentPort, workerData } from 'node:worker_threads';
import type { RegistryToken } from '../../src/index.js';
import { Registry } from '../../src/index.js';
import { defineSketches, valuesOf } from './sketch-metrics.js';

export interface SketchTortureTask {
  readonly token: RegistryToken;
  readonly seed: number;
  readonly worker: number;
  readonly rounds: number;
  readonly valuesPerRound: number;
  /** 0 until all workers are there. */
  readonly start: SharedArrayBuffer;
}

const { token, seed, worker, rounds, valuesPerRound, start } = workerData as SketchTortureTask;
const families = Object.values(defineSketches(Registry.attach(token)));
parentPort!.postMessage('ready');
Atomics.wait(new Int32Array(start), 0, 0);
for (let round = 0; round < rounds; round++) {
  const handles = families.map(family => family.labels({ round }));
  for (const value of valuesOf(seed, worker, round, valuesPerRound)) {
    for (const handle of handles) handle.observe(value);
  }
}
parentPort!.postMessage('done');
// The lease is kept until the main thread has looked at the last scrape.
parentPort!.once('message', () => process.exit());
