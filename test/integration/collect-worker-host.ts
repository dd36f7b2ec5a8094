/** Collect worker host: starts collect workers, commands them, and blocks and releases them. */
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { LateThread } from '../../src/index.js';
import type { CollectSetup, Command } from './collect-worker.js';
import { PACKAGE_URL } from './registry-worker-host.js';

interface Scope {
  after(hook: () => Promise<unknown>): void;
}

export interface WorkerScrape {
  readonly text: string;
  readonly late: readonly LateThread[];
}

export class CollectWorker {
  readonly worker: Worker;
  readonly threadId: number;
  /** Runs of the callback that have begun. */
  begun = 0;
  private readonly block = new SharedArrayBuffer(4);
  private readonly words = new Int32Array(this.block);

  /** Ends with its scope, if it has not ended before. */
  constructor(scope: Scope, setup: Partial<CollectSetup> = {}) {
    const workerData: CollectSetup = { packageUrls: [PACKAGE_URL], block: this.block, ...setup };
    this.worker = new Worker(new URL('./collect-worker.js', import.meta.url), { workerData });
    this.threadId = this.worker.threadId;
    this.worker.on('message', message => {
      if (message === 'running') this.begun++;
    });
    scope.after(() => this.worker.terminate());
  }

  /** Sends a command and waits for the answer. @throws when the worker fails instead of answering */
  async ask(command: Command): Promise<unknown> {
    this.worker.postMessage(command);
    for (;;) {
      const [message] = (await once(this.worker, 'message')) as [{ reply: unknown } | 'running'];
      if (message !== 'running') return message.reply;
    }
  }

  scrape(collectTimeoutMs: number): Promise<WorkerScrape> {
    return this.ask({ do: 'metrics', collectTimeoutMs }) as Promise<WorkerScrape>;
  }

  /** When this resolves, a run of the callback has begun after the call. */
  async nextRun(): Promise<void> {
    const before = this.begun;
    while (this.begun === before) await setImmediate();
  }

  /** When this resolves, the thread is blocked until release(). */
  async startBlocking(): Promise<void> {
    this.worker.postMessage({ do: 'block' } satisfies Command);
    while (!this.isBlocked) await setImmediate();
  }

  get isBlocked(): boolean {
    return Atomics.load(this.words, 0) === 1;
  }

  /** Releases the thread, and waits until it answers. */
  async release(): Promise<void> {
    const answered = this.ask({ do: 'ping' });
    Atomics.store(this.words, 0, 2);
    Atomics.notify(this.words, 0);
    await answered;
  }

  /** Ends the worker as the command says, and waits until it has exited. */
  async end(command: Command | 'terminate'): Promise<void> {
    this.worker.once('error', () => undefined);
    const exited = new Promise(resolve => this.worker.once('exit', resolve));
    if (command === 'terminate') await this.worker.terminate();
    else this.worker.postMessage(command);
    await exited;
  }
}
