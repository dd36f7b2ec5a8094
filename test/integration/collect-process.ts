/**
 * A program with collect callbacks in two threads, which scrapes, and then has nothing left to do.
 *
 *   argv     'settle', or 'never': what the callbacks do
 *   prints   how many threads were late; must then end by itself, without anything being closed or terminated
 */
import { once } from 'node:events';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { Gauge, register } from '../../src/index.js';

const manner = process.argv[2];

new Gauge({
  name: 'g',
  help: 'G.',
  collect() {
    this.inc();
    return manner === 'never' ? new Promise(() => undefined) : undefined;
  },
});

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { argv: [manner] });
  await once(worker, 'message');
  const { late } = await register.render({ collectTimeoutMs: manner === 'never' ? 1 : 60_000 });
  // Told only now: until then the worker is alive because it listens.
  worker.postMessage('go');
  console.log(`${late.length} late`);
} else {
  // The only thing that keeps this worker alive.
  parentPort!.once('message', () => undefined);
  parentPort!.postMessage('defined');
}
