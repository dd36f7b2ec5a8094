/**
 * A processing worker as the dispatcher sees it.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker, WorkerStart } from './messages.js';

export interface WorkerLink {
  /** At most one listener each; both are set before the first message is sent. */
  onMessage(listener: (message: FromWorker) => void): void;
  onFailure(listener: (error: WorkerFailure) => void): void;
  send(message: ToWorker): void;
  /** Asks the worker to end, and resolves when it has. A worker that has failed has already ended. */
  close(): Promise<void>;
  /** Ends the worker wherever it is: for a job that has failed, which must not wait for one that hangs. */
  terminate(): Promise<void>;
}

/** A worker ended by itself. What it had recorded stays in the registry; what it held in its windows is lost. */
export class WorkerFailure extends Error {
  override readonly name = 'WorkerFailure';
}

export const PROCESSOR_ENTRY = new URL('./stream-processor.js', import.meta.url);

export class ThreadLink implements WorkerLink {
  private readonly worker: Worker;
  private readonly workerName: string;
  private state: 'running' | 'closing' | 'ended' = 'running';

  constructor(entry: URL, workerName: string, start: WorkerStart) {
    this.workerName = workerName;
    this.worker = new Worker(entry, { name: workerName, workerData: start });
    this.worker.once('exit', () => {
      this.state = 'ended';
    });
  }

  onMessage(listener: (message: FromWorker) => void): void {
    this.worker.on('message', listener);
  }

  onFailure(listener: (error: WorkerFailure) => void): void {
    // An uncaught error comes before the exit that it causes, and says more.
    let cause: unknown;
    this.worker.once('error', error => {
      cause = error;
    });
    this.worker.prependOnceListener('exit', code => {
      if (this.state === 'closing') return;
      const reason = cause instanceof Error ? (cause.stack ?? cause.message) : `exit code ${code}`;
      listener(new WorkerFailure(`${this.workerName} ended unexpectedly: ${reason}`, { cause }));
    });
  }

  send(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  async close(): Promise<void> {
    if (this.state === 'ended') return;
    this.state = 'closing';
    const exited = once(this.worker, 'exit');
    this.send({ type: 'close' });
    await exited;
  }

  async terminate(): Promise<void> {
    this.state = this.state === 'ended' ? 'ended' : 'closing';
    await this.worker.terminate();
  }
}
