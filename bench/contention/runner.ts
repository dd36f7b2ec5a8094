/** Runner: one thread of a contention case, as the main thread sees it. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Round, Stint, ThreadData } from './thread.js';

const THREAD_FILE = join(import.meta.dirname, 'thread.js');

export class Runner {
  private readonly worker: Worker;

  constructor(workerData: ThreadData) {
    this.worker = new Worker(THREAD_FILE, { workerData });
  }

  /** Resolves when the thread is about to wait at the start line, with a promise of its stint. */
  async prepare(round: Round): Promise<{ stint: Promise<Stint> }> {
    const ready = this.nextMessage();
    this.worker.postMessage(round);
    await ready;
    // The message of a stint comes in a later turn of the loop than the one that said `ready`, once round is started.
    return { stint: this.nextMessage() as Promise<Stint> };
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private nextMessage(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.worker.once('error', reject);
      this.worker.once('message', message => {
        this.worker.off('error', reject);
        resolve(message);
      });
    });
  }
}
