/**
 * Worker exits: returns the leases of workers that ended without a word.
 *
 * `process.on('worker')` shows every worker that this thread creates, and a worker's `exit` event follows its last
 * instruction, after `terminate()` and crashes too. That, and nothing else, proves that a stripe has no writer.
 */
import { isMainThread } from 'node:worker_threads';
import type { Worker } from 'node:worker_threads';
import { announceAsParent, attachEverywhere, recoverEverywhere } from './attachment.js';
import { LAYOUT_VERSION } from './layout.js';

const watchKey = Symbol.for(`threadtally.worker-exits.${LAYOUT_VERSION}`);

const watchHolder = globalThis as { [watchKey]?: { workers: number } };

/** Starts watching the workers that this thread creates from now on. Further calls do nothing. */
export function watchWorkerExits(): void {
  if (watchHolder[watchKey] !== undefined) return;
  watchHolder[watchKey] = { workers: 0 };
  announceAsParent();
  process.on('worker', worker => {
    watchWorker(worker);
    // So that whoever sees this thread end finds the leases of its workers through its own.
    if (!isMainThread) attachEverywhere();
  });
}

/** True once this thread has created a worker since it started to watch. */
export function hasCreatedWorkers(): boolean {
  return (watchHolder[watchKey]?.workers ?? 0) > 0;
}

/** Watches one worker that was created before watchWorkerExits. Watching it twice is harmless. */
export function watchWorker(worker: Worker): void {
  // Afterwards the id reads -1.
  const { threadId } = worker;
  if (watchHolder[watchKey] !== undefined) watchHolder[watchKey].workers++;
  worker.once('exit', () => recoverEverywhere(threadId));
}
