/**
 * A program with a worker thread that listens, and what happens to it then.
 *
 *   argv     the file of the worker, its workerData, and 'terminate' (the worker) or 'exit' (the process)
 *   sends    the first message of the worker; 'survived' after a terminate
 *   obeys    any message by doing what argv says
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const [file, workerData, ending] = process.argv.slice(2);
const worker = new Worker(join(import.meta.dirname, file), { workerData });

worker.once('message', message => process.send?.(message));
process.once('message', () => void end());

async function end(): Promise<void> {
  if (ending === 'exit') process.exit(0);
  await worker.terminate();
  process.send?.('survived');
  process.disconnect();
}
