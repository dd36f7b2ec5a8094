/** A worker with a bug: it ends with an uncaught error at its first batch. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', () => {
  throw new Error('planted bug');
});
