/**
 * Registry worker: a thread that does to its registry what it is told, one request after the other.
 *
 * It loads the package when it is told to, and from where it is told: so a test can start it before its parent has
 * loaded anything, or let it load another copy.
 */
import { once } from 'node:events';
import { Worker, parentPort, workerData } from 'node:worker_threads';
import type { Registry, RegistryToken } from '../../src/index.js';

type Package = typeof import('../../src/index.js');

export interface WorkerSetup {
  /** Where the package is loaded from. */
  readonly packageUrl: string;
  /** The registry to record into; the default one if absent. */
  readonly token?: RegistryToken;
}

export type Request =
  | { readonly do: 'load' }
  | { readonly do: 'attachRegister'; readonly token: RegistryToken }
  | { readonly do: 'record'; readonly amount: number; readonly times?: number }
  | { readonly do: 'metrics' }
  | { readonly do: 'nest'; readonly amount: number }
  | { readonly do: 'processExit' }
  | { readonly do: 'return' }
  | { readonly do: 'throw' };

export interface SeenWarning {
  readonly code: string | undefined;
  readonly message: string;
}

const setup = workerData as WorkerSetup;
const port = parentPort!;
const warnings: SeenWarning[] = [];
let loaded: Package | undefined;
let attached: Registry | undefined;

process.removeAllListeners('warning');
process.on('warning', ({ code, message }: Error & { code?: string }) => warnings.push({ code, message }));

async function threadtally(): Promise<Package> {
  return (loaded ??= (await import(setup.packageUrl)) as Package);
}

async function registry(): Promise<Registry> {
  const { Registry, register } = await threadtally();
  return setup.token === undefined ? register : (attached ??= Registry.attach(setup.token));
}

async function record(amount: number, times: number): Promise<void> {
  const target = await registry();
  const counter = target.counter({ name: 'worker_events_total', help: 'Events.' });
  const histogram = target.histogram({ name: 'worker_sizes', help: 'Sizes.', buckets: [1, 10] });
  for (let i = 0; i < times; i++) {
    counter.inc(amount);
    histogram.observe(amount);
  }
  target.gauge({ name: 'workers_busy', help: 'Busy workers.' }).inc();
}

/** A worker of this worker records, and ends. */
async function nest(amount: number): Promise<void> {
  const inner = new Worker(new URL(import.meta.url), { workerData: setup });
  inner.postMessage({ do: 'record', amount } satisfies Request);
  await once(inner, 'message');
  inner.postMessage({ do: 'return' } satisfies Request);
  await once(inner, 'exit');
}

async function answer(request: Request): Promise<unknown> {
  switch (request.do) {
    case 'load':
      await threadtally();
      return undefined;
    case 'attachRegister':
      return (await threadtally()).attachRegister(request.token);
    case 'record':
      await record(request.amount, request.times ?? 1);
      // The warnings of the first use come with the next tick.
      return new Promise(resolve => setImmediate(() => resolve(warnings)));
    case 'metrics':
      return (await registry()).metrics();
    case 'nest':
      return nest(request.amount);
    case 'processExit':
      return process.exit(0);
    case 'return':
      return port.close();
    case 'throw':
      // Outside of any promise, as a bug in a callback would be.
      setImmediate(() => {
        throw new Error('this worker crashes');
      });
      return undefined;
  }
}

port.on('message', (request: Request) => {
  void answer(request).then(reply => {
    if (!['return', 'throw'].includes(request.do)) port.postMessage(reply);
  });
});
