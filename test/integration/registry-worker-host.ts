/** Registry worker host: starts registry workers, asks them, and waits for their ends. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Registry } from '../../src/index.js';
import type { Request, WorkerSetup } from './registry-worker.js';

/** The copy of the package that the tests themselves use. */
export const PACKAGE_URL = new URL('../../src/index.js', import.meta.url).href;

/** A test, or the file with all of its tests. */
interface Scope {
  after(hook: () => Promise<unknown>): void;
}

export class RegistryWorker {
  readonly worker: Worker;

  /** Ends with its scope, if it has not ended before. */
  constructor(scope: Scope, setup: Partial<WorkerSetup> = {}) {
    const workerData: WorkerSetup = { packageUrl: PACKAGE_URL, ...setup };
    this.worker = new Worker(new URL('./registry-worker.js', import.meta.url), { workerData });
    scope.after(() => this.worker.terminate());
  }

  /** Sends a request and waits for the answer. @throws when the worker fails instead of answering */
  async ask(request: Request): Promise<unknown> {
    const answered = once(this.worker, 'message');
    this.worker.postMessage(request);
    const [answer] = (await answered) as [unknown];
    return answer;
  }

  /** Sends a request that ends the worker, and waits until it has exited. */
  async end(request: Request): Promise<void> {
    // A crash is an 'error' event before the 'exit' event; it is what the test wants.
    this.worker.once('error', () => undefined);
    const exited = new Promise(resolve => this.worker.once('exit', resolve));
    this.worker.postMessage(request);
    await exited;
  }
}

/** The values of all samples, by name and labels. */
export async function valuesOf(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  );
}
