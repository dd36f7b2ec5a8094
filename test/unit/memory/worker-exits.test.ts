import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { attachThread, detachThread } from '../../../src/memory/attachment.js';
import type { Attachment } from '../../../src/memory/attachment.js';
import { watchWorker, watchWorkerExits } from '../../../src/memory/worker-exits.js';
import { attach, newArena } from './arenas.js';

/** What watchWorker needs of a worker: a thread id that is -1 once it has exited. */
class PlayedWorker extends EventEmitter {
  constructor(public threadId: number) {
    super();
  }

  exit(): void {
    this.threadId = -1;
    this.emit('exit', 0);
  }
}

function parentAndChild(test: TestContext, childId: number): { parent: Attachment; child: Attachment } {
  const arena = newArena();
  test.after(() => detachThread(arena));
  return { parent: attachThread(arena), child: attach(test, arena, childId) };
}

function heldBy({ leases }: Attachment): number[] {
  return leases.held().map(lease => lease.threadId);
}

describe('the exit of a watched worker', () => {
  it('returns its lease in every arena that this thread is attached to', test => {
    const [one, two] = [parentAndChild(test, 901), parentAndChild(test, 901)];
    const worker = new PlayedWorker(901);
    watchWorker(worker as unknown as Worker);
    assert.deepEqual(
      [heldBy(one.parent), heldBy(two.parent)],
      [
        [0, 901],
        [0, 901],
      ],
    );
    worker.exit();
    assert.deepEqual([heldBy(one.parent), heldBy(two.parent)], [[0], [0]]);
  });

  it('leaves the leases of others alone, and may be watched twice', test => {
    const { parent } = parentAndChild(test, 902);
    const worker = new PlayedWorker(903);
    watchWorker(worker as unknown as Worker);
    watchWorker(worker as unknown as Worker);
    worker.exit();
    assert.deepEqual(heldBy(parent), [0, 902]);
  });
});

describe('watching worker exits', () => {
  it('sees every worker that this thread creates from then on, once', test => {
    watchWorkerExits();
    const listeners = process.listenerCount('worker');
    watchWorkerExits();
    assert.equal(process.listenerCount('worker'), listeners);
    const { parent } = parentAndChild(test, 904);
    const worker = new PlayedWorker(904);
    (process as EventEmitter).emit('worker', worker);
    worker.exit();
    assert.deepEqual(heldBy(parent), [0]);
  });
});
