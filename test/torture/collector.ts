/** A worker whose collect callback runs, over turns of its event loop, until it is killed. */
import { parentPort, workerData } from 'node:worker_threads';
import { setImmediate } from 'node:timers/promises';
import type { RegistryToken } from '../../src/index.js';
import { Registry } from '../../src/index.js';

export interface CollectorTask {
  readonly token: RegistryToken;
  /** A word for each worker: the runs that it has begun. */
  readonly begun: SharedArrayBuffer;
  readonly row: number;
  /** True for a worker that scrapes without a pause itself. */
  readonly isScraping: boolean;
}

const { token, begun, row, isScraping } = workerData as CollectorTask;
const words = new Int32Array(begun);
const registry = Registry.attach(token);

registry.counter({
  name: 'runs_total',
  help: 'Runs that have ended.',
  async collect() {
    Atomics.add(words, row, 1);
    await setImmediate();
    this.inc();
  },
});
// Keeps the thread alive until it is killed.
parentPort!.on('message', () => undefined);
while (isScraping) {
  const { late } = await registry.render({ collectTimeoutMs: 60_000 });
  if (late.length > 0) throw new Error(`threads ${late.map(one => one.threadId).join()} were late`);
}
