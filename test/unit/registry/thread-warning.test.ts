import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { threadWarning } from '../../../src/registry/thread-warning.js';

describe('a process warning', () => {
  it('names the worker thread that gives it', async () => {
    const entry = new URL('../../../src/registry/cardinality.js', import.meta.url).href;
    const program = `
      import { parentPort } from 'node:worker_threads';
      import { warn } from ${JSON.stringify(entry)};
      process.removeAllListeners('warning');
      process.on('warning', ({ message, code }) => parentPort.postMessage([message, code]));
      warn('it is full');`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
    const { threadId } = worker;
    const [seen] = (await once(worker, 'message')) as [string[]];
    assert.deepEqual(seen, [`worker thread ${threadId}: it is full`, 'THREADTALLY_CARDINALITY']);
    await worker.terminate();
  });

  it('of the main thread is as it is', () => assert.equal(threadWarning('it is full'), 'it is full'));
});
